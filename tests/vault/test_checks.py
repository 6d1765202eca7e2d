"""The Doctor's rows on the store, the master key and the key."""

from __future__ import annotations

import dataclasses

import pytest
from passport.secret import Secret
from passport.storage.errors import DatabaseDamagedError
from passport.tests.backend.comfy_in_memory import KEY
from passport.vault.checks import (
    STATES,
    check_credential,
    check_data_folder,
    check_database,
    check_machine_credential,
    check_master_key,
)
from passport.vault.encryption import KeyRing
from passport.vault.errors import MasterKeyMissingError
from passport.vault.findings import Finding
from passport.vault.machine_credential import MachineCredential


@pytest.fixture
def row(house, clock):
    return house.credentials.seal("account", Secret(KEY), Finding("accepted", clock()))


@pytest.mark.parametrize(("mode", "state"), [(0o700, "ok"), (0o750, "warn"), (0o701, "warn")])
def test_the_data_folder_is_for_its_owner(tmp_path, mode, state):
    tmp_path.chmod(mode)
    check = check_data_folder(tmp_path, name_it=True)
    assert check.details == {"folder": str(tmp_path)}
    assert (check.id, check.state) == ("data_folder", state)
    assert (check.remedy is None) == (state == "ok")


def test_a_data_folder_that_has_gone_fails(tmp_path):
    check = check_data_folder(tmp_path / "gone", name_it=True)
    assert check.state == "fail"
    assert "No such file" in check.cause


@pytest.mark.parametrize("name", ["there", "gone"])
def test_where_the_folder_lies_is_not_told_to_a_stranger(tmp_path, name):
    (tmp_path / "there").mkdir(mode=0o755)
    assert str(tmp_path) not in repr(check_data_folder(tmp_path / name, name_it=False))


def test_the_store_answers(house):
    assert check_database(house.credentials).state == "ok"


def test_a_store_that_does_not_answer_fails_with_its_cause(house, monkeypatch):
    def fail(_):
        raise DatabaseDamagedError("It is damaged.")

    monkeypatch.setattr(house.credentials, "list", fail)
    check = check_database(house.credentials)
    assert (check.state, check.cause) == ("fail", "It is damaged.")
    assert check.details == {"code": "database_damaged"}


def test_the_master_key(house):
    assert check_master_key(house.credentials).state == "ok"
    house.credentials._key_ring = KeyRing((), MasterKeyMissingError("It is gone."))
    check = check_master_key(house.credentials)
    assert (check.state, check.cause) == ("fail", "It is gone.")
    assert check.details == {"code": "master_key_missing"}


@pytest.mark.parametrize("state", STATES)
def test_the_row_of_a_key_tells_its_state_and_never_the_key(house, clock, row, state):
    row = dataclasses.replace(row, state=state)
    check = check_credential(row, house.credentials, None)
    expected = {"accepted": "ok", "not_checked": "warn"}.get(state, "fail")
    assert (check.id, check.state) == ("credential", expected)
    assert (check.remedy is None) == (expected == "ok")
    assert KEY not in repr(check)


def test_a_key_under_another_master_key_fails(house, clock, row):
    house.credentials._key_ring = KeyRing([bytes(32)])
    check = check_credential(row, house.credentials, None)
    assert check.state == "fail"
    assert "master key" in check.cause


@pytest.mark.parametrize(
    ("machine_mask", "said"), [(None, "No API key"), ("comfyui-…wxyz", "default API key")]
)
def test_no_key_is_no_fault(house, machine_mask, said):
    check = check_credential(None, house.credentials, machine_mask)
    assert check.state == "ok"
    assert said in check.cause
    assert check.details == {"machine": machine_mask}


def test_the_machines_key_has_a_row_only_when_it_is_wrong():
    assert check_machine_credential(MachineCredential({})) is None
    assert check_machine_credential(MachineCredential({"COMFY_API_KEY": KEY})) is None
    check = check_machine_credential(MachineCredential({"COMFY_API_KEY": "canary"}))
    assert check.state == "fail"
    assert "canary" not in repr(check)
