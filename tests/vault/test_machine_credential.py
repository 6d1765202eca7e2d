"""COMFY_API_KEY and COMFY_API_KEY_FILE."""

from __future__ import annotations

import pytest
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.vault.machine_credential import MachineCredential


def test_without_the_variables_there_is_none_and_nothing_to_say():
    machine = MachineCredential({"COMFY_API_KEY": "", "COMFY_API_KEY_FILE": ""})
    assert not machine.configured
    assert machine.read() is None
    assert machine.explain_problem() is None


@pytest.mark.parametrize("text", [KEY, f" {KEY}\n"])
def test_the_variable_is_the_key(text):
    machine = MachineCredential({"COMFY_API_KEY": text})
    assert machine.configured
    assert machine.read().reveal() == KEY
    assert machine.explain_problem() is None


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_the_file_is_the_key_and_a_replaced_file_counts_at_once(tmp_path, mark):
    file = tmp_path / "key"
    file.write_text(f"{mark}{KEY}\n", encoding="utf-8")
    machine = MachineCredential({"COMFY_API_KEY_FILE": str(file)})
    assert machine.read().reveal() == KEY
    file.write_text(f"{mark}{OTHER_KEY}\n", encoding="utf-8")
    assert machine.read().reveal() == OTHER_KEY
    file.unlink()
    assert machine.read() is None
    assert machine.configured


def test_the_variable_wins_over_the_file(tmp_path):
    environment = {"COMFY_API_KEY": KEY, "COMFY_API_KEY_FILE": str(tmp_path / "missing")}
    assert MachineCredential(environment).read().reveal() == KEY


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"COMFY_API_KEY": "sk-canary"}, "OpenAI"),
        ({"COMFY_API_KEY": f"{KEY}canary"}, "6 too long"),
        ({"COMFY_API_KEY_FILE": "/missing/canary"}, "cannot be read"),
        ({"COMFY_API_KEY_FILE": "/"}, "cannot be read"),
        ({"COMFY_API_KEY": " "}, "Enter"),
    ],
)
def test_what_is_wrong_is_explained_without_showing_it(environment, said):
    machine = MachineCredential(environment)
    assert machine.configured
    assert machine.read() is None
    assert said in machine.explain_problem()
    assert "canary" not in machine.explain_problem()


def test_a_file_that_is_no_text_is_explained(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(KEY.encode("utf-16"))
    machine = MachineCredential({"COMFY_API_KEY_FILE": str(file)})
    assert machine.read() is None
    assert "cannot be read" in machine.explain_problem()
