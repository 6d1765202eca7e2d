"""What is missing on a machine is said in one line."""

import importlib.util
import subprocess
import sys

import pytest
from passport.dev import chromium, environment
from passport.dev.environment import ROOT, Missing


def test_no_venv_module_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(Missing, match="venv module is missing"):
        environment._make(tmp_path / "environment")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("NewConnectionError: nothing there", "is there a network"),
        ("ERROR: no version of x (from versions: none)", "is there a network"),
        ("No module named pip", "pip is missing"),
        ("ERROR: No matching distribution found for x==9", "No matching distribution"),
    ],
)
def test_a_failed_pip_is_explained_in_one_line(output, message):
    explained = environment._explain(output)
    assert message in explained
    assert "\n" not in explained


def test_a_browser_that_was_named_but_is_not_there_is_said(monkeypatch):
    monkeypatch.setenv(chromium.VARIABLE, "/no/such/browser")
    with pytest.raises(Missing, match="names no file"):
        chromium.installed_chromium()


def test_the_dev_group_is_read_from_pyproject():
    wanted = environment._dev_requirements(environment.Path(sys.executable))
    assert any(requirement.startswith("pytest") for requirement in wanted)


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["dance"], 2), (["--help"], 0)])
def test_the_command_says_how_it_is_used(arguments, code, tmp_path):
    ended = subprocess.run(
        [sys.executable, str(ROOT / "dev"), *arguments],
        check=False, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == code
    assert "usage: python3 dev" in ended.stdout + ended.stderr


def test_the_checks_fail_when_nothing_is_run():
    ended = subprocess.run(
        [sys.executable, str(ROOT / "dev"), "test", "tests/dev", "-k", "no_such_test_at_all"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 5  # pytest's code for "no tests were collected"
