"""What `python3 dev test` looks at, and for how long."""

import os

import pytest
from passport.dev import test_command
from passport.tests.architecture.source import FOLDERS


def test_bandit_looks_at_the_whole_product_and_at_nothing_else():
    assert set(FOLDERS) == {each for each in test_command._product() if not each.endswith(".py")}
    assert {"__init__.py", "settings.py"} <= set(test_command._product())


@pytest.mark.parametrize(
    ("arguments", "length"), [(["--full", "tests/x"], "full"), (["tests/x"], None)]
)
def test_a_full_run_is_said_to_the_tests_and_not_to_pytest(
    monkeypatch, tmp_path, arguments, length
):
    handed_on = []
    monkeypatch.delenv("PASSPORT_TESTS", raising=False)
    monkeypatch.setattr(test_command, "ready_python", lambda for_tests: tmp_path)
    monkeypatch.setattr(
        test_command, "_pytest", lambda _, given, _more: handed_on.append(given) or 0
    )

    assert test_command._test(arguments) == 0

    assert handed_on == [["tests/x"]]
    assert os.environ.pop("PASSPORT_TESTS", None) == length
