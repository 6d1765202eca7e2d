"""Stored keys: kept sealed, checked, never erased by a network, forgotten on request."""

from __future__ import annotations

import dataclasses

import pytest
from passport.providers.errors import (
    ApiKeyNotPermittedError,
    ApiKeyRefusedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.secret import Secret
from passport.storage.account_rows import add_account
from passport.storage.credential_rows import put_credential
from passport.tests.backend.comfy_in_memory import ADA, KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import HERE, House
from passport.vault import credentials as credentials_module
from passport.vault.credentials import COMFY, require_known_service
from passport.vault.encryption import KeyRing
from passport.vault.errors import (
    CredentialMissingError,
    MasterKeyMissingError,
    ServiceUnknownError,
)
from passport.vault.findings import Finding

REFUSALS = {
    "refused": ApiKeyRefusedError("no"),
    "not_permitted": ApiKeyNotPermittedError("no"),
}
UNREACHABLE = ("dns", "connect", "tls", "timeout", "proxy", "busy", "server_error", "redirect")


@pytest.fixture
def account_id(house, clock):
    with house.database.transaction() as connection:
        return add_account(connection, "Ada", None, clock()).id


@pytest.fixture
def store(house, account_id):
    def put(text=KEY, finding=None, owner=account_id, known=None):
        finding = finding or Finding("not_checked", None, "timeout")
        row = house.credentials.seal(owner, Secret(text), finding, known)
        with house.database.transaction() as connection:
            put_credential(connection, row)
        return row

    return put


async def test_an_accepted_key_is_found_with_its_holder(house, clock):
    finding = await house.credentials.examine(Secret(KEY))
    assert finding == Finding("accepted", clock(), None, ADA)


@pytest.mark.parametrize("cause", UNREACHABLE)
async def test_an_unreachable_service_is_a_finding_and_no_error(house, comfy, cause):
    comfy.be_unreachable(cause)
    finding = await house.credentials.examine(Secret(KEY))
    assert finding == Finding("not_checked", None, cause)


@pytest.mark.parametrize(
    "problem", [*REFUSALS.values(), ServiceAnsweredNonsenseError("?")], ids=lambda e: e.code
)
async def test_a_key_that_the_service_turns_down_is_not_to_be_stored(house, comfy, problem):
    comfy.problem = problem
    with pytest.raises(type(problem)):
        await house.credentials.examine(Secret(KEY))


def test_a_stored_key_is_sealed_masked_and_opens_for_its_account(house, store, account_id):
    row = store()
    assert KEY.encode() not in row.ciphertext
    assert row.mask == "comfyui-…wxyz"
    assert house.credentials.find(account_id) == row
    assert house.credentials.list(account_id) == [row]
    assert house.credentials.open(row).reveal() == KEY
    assert KEY not in repr(row)


def test_what_was_known_of_a_key_stays_true_while_the_service_is_away(house, store, clock):
    known = store(finding=Finding("accepted", clock(), None, ADA))
    known = dataclasses.replace(known, last_used_at=clock())
    clock.advance(days=1)
    row = store(finding=Finding("not_checked", None, "dns"), known=known)
    assert (row.state, row.cause) == ("accepted", "dns")
    assert (row.holder_name, row.holder_email) == (ADA.name, ADA.email)
    assert row.created_at == row.checked_at == row.last_used_at == known.created_at


async def test_a_check_notes_who_holds_the_key(house, store, account_id, clock):
    store()
    row = await house.credentials.check(account_id, COMFY)
    assert (row.state, row.cause, row.holder_name) == ("accepted", None, ADA.name)
    assert row.checked_at == clock()
    assert house.credentials.find(account_id) == row


@pytest.mark.parametrize("state", REFUSALS)
async def test_a_check_notes_a_refusal_and_keeps_the_key_and_its_holder(
    house, comfy, store, account_id, clock, state
):
    before = store(finding=Finding("accepted", clock(), None, ADA))
    comfy.problem = REFUSALS[state]
    row = await house.credentials.check(account_id, COMFY)
    assert (row.state, row.holder_name) == (state, ADA.name)
    assert house.credentials.find(account_id).ciphertext == before.ciphertext


@pytest.mark.parametrize("state", ["accepted", "refused", "not_permitted"])
@pytest.mark.parametrize("cause", [*UNREACHABLE, "nonsense"])
async def test_advisory_a_network_error_never_erases_or_judges_a_key(
    house, comfy, store, account_id, clock, state, cause
):
    before = store(finding=Finding(state, clock(), None, ADA))
    if cause == "nonsense":
        comfy.problem = ServiceAnsweredNonsenseError("?")
    else:
        comfy.be_unreachable(cause)
    clock.advance(hours=1)
    row = await house.credentials.check(account_id, COMFY)
    assert row == dataclasses.replace(before, cause=cause)
    assert house.credentials.find(account_id) == row


async def test_advisory_a_key_replaced_while_it_was_checked_keeps_its_own_state(
    house, comfy, store, account_id
):
    store()
    comfy.problem = REFUSALS["refused"]

    async def replace():
        store(OTHER_KEY)

    comfy.meanwhile = replace
    row = await house.credentials.check(account_id, COMFY)
    assert (row.state, row.mask) == ("not_checked", "comfyui-…1234")
    assert house.credentials.find(account_id) == row


async def test_a_key_forgotten_while_it_was_checked_stays_forgotten(
    house, comfy, store, account_id
):
    store()

    async def forget():
        house.credentials.forget_all(account_id, HERE)

    comfy.meanwhile = forget
    with pytest.raises(CredentialMissingError):
        await house.credentials.check(account_id, COMFY)
    assert house.credentials.find(account_id) is None


async def test_there_is_nothing_to_check_without_a_key(house, account_id, comfy):
    with pytest.raises(CredentialMissingError):
        await house.credentials.check(account_id, COMFY)
    assert comfy.asked == []


async def test_a_key_under_a_missing_master_key_is_not_sent_anywhere(
    database, comfy, clock, store, account_id
):
    row = store()
    other = House(database, comfy, clock)
    other.credentials._key_ring = KeyRing([bytes(32)])
    assert not other.credentials.is_readable(row)
    with pytest.raises(MasterKeyMissingError):
        await other.credentials.check(account_id, COMFY)
    assert comfy.asked == []


async def test_keys_that_were_never_checked_are_checked_again(house, comfy, store, account_id):
    store()
    comfy.be_unreachable("dns")
    assert await house.credentials.check_unchecked() == 1
    assert house.credentials.find(account_id).cause == "dns"
    comfy.problem = None
    assert await house.credentials.check_unchecked() == 0
    assert house.credentials.find(account_id).state == "accepted"
    assert await house.credentials.check_unchecked() == 0
    assert comfy.asked == [KEY, KEY]


async def test_a_key_that_does_not_open_stands_in_nobodys_way(
    house, comfy, store, clock, monkeypatch, account_id
):
    monkeypatch.setattr(credentials_module, "RECHECKED_AT_ONCE", 2)
    row = store()
    with house.database.transaction() as connection:
        changed = dataclasses.replace(row, ciphertext=row.ciphertext[:-1] + b"\0")
        put_credential(connection, changed)
        for number in range(3):  # sealed with a master key that has gone
            lost = add_account(connection, f"{number}", None, clock()).id
            put_credential(
                connection, dataclasses.replace(row, account_id=lost, key_version="lost")
            )
        clock.advance(seconds=1)
        ben = add_account(connection, "Ben", None, clock()).id
    store(OTHER_KEY, owner=ben)
    await house.credentials.check_unchecked()
    assert house.credentials.find(ben).state == "accepted"
    assert comfy.asked == [OTHER_KEY]


def test_use_is_noted_once_a_minute_at_most(house, store, account_id, clock):
    house.credentials.note_use(store())
    first = house.credentials.find(account_id)
    assert first.last_used_at == clock()
    clock.advance(seconds=59)
    house.credentials.note_use(first)
    assert house.credentials.find(account_id) == first
    clock.advance(seconds=1)
    house.credentials.note_use(first)
    assert house.credentials.find(account_id).last_used_at == clock()


def test_a_forgotten_key_is_gone_at_once_and_its_runs_are_told(house, store, account_id, clock):
    store()
    queued_at = clock()
    assert not house.credentials.was_forgotten_since(account_id, queued_at)
    clock.advance(seconds=1)
    house.credentials.forget(account_id, COMFY, HERE)
    assert house.credentials.find(account_id) is None
    assert house.credentials.was_forgotten_since(account_id, queued_at)
    assert not house.credentials.was_forgotten_since(account_id, clock.advance(seconds=1))
    with pytest.raises(CredentialMissingError):
        house.credentials.forget(account_id, COMFY, HERE)


def test_forgetting_everything_leaves_other_accounts_alone(house, store, account_id, clock):
    with house.database.transaction() as connection:
        ben = add_account(connection, "Ben", None, clock()).id
    store()
    theirs = store(THIRD_KEY, owner=ben)
    house.credentials.forget_all(account_id, HERE)
    assert house.credentials.list(account_id) == []
    assert house.credentials.list(ben) == [theirs]
    assert not house.credentials.was_forgotten_since(ben, clock())


def test_without_a_master_key_nothing_is_kept_and_the_problem_is_told(database, comfy, clock):
    house = House(database, comfy, clock)
    problem = MasterKeyMissingError("gone")
    house.credentials._key_ring = KeyRing((), problem)
    assert house.credentials.key_problem is problem
    with pytest.raises(MasterKeyMissingError):
        house.credentials.seal("account", Secret(KEY), Finding("accepted", clock()))


def test_only_the_services_that_are_kept_are_known():
    require_known_service(COMFY)
    for name in ("", "Comfy", "openai"):
        with pytest.raises(ServiceUnknownError):
            require_known_service(name)


def test_unreachable_says_why():
    error = ServiceUnreachableError("…", "dns", "host")
    assert error.details == {"cause": "dns", "host": "host"}
