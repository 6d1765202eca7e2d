"""The queries, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import dataclasses
from datetime import timedelta, timezone

import pytest
from passport.storage import account_rows, credential_rows, node_pack_rows, session_rows
from passport.storage.api_key_rows import ApiKeyRow, add_api_key
from passport.storage.errors import AlreadyExistsError
from passport.storage.instance_rows import add_store_id, find_store_id
from passport.storage.leaving_rows import DeletionRequest, add_deletion_request
from passport.storage.outbox_rows import OutboxRow, add_to_outbox
from passport.storage.output_rows import put_outputs
from passport.storage.password_rows import PasswordRow, put_password
from passport.storage.tables import accounts
from passport.storage.ticket_rows import TicketRow, add_ticket
from passport.storage.token_rows import TokenRow, add_token
from passport.tests.backend.clock import START
from sqlalchemy import delete, func, select, update

TOKEN = bytes(32)


@pytest.fixture
def connection(open_store):
    with open_store().transaction() as connection:
        yield connection


@pytest.fixture
def account(connection):
    return account_rows.add_account(connection, "Ada", "ada@example.org", START)


@pytest.fixture
def other(connection):
    return account_rows.add_account(connection, "Ben", None, START)


def make_credential(account_id: str, **changes) -> credential_rows.CredentialRow:
    row = credential_rows.CredentialRow(
        account_id=account_id,
        service="comfy",
        profile="default",
        ciphertext=b"\0sealed\xff",
        key_version="v1",
        mask="comfyui-…wxyz",
        state="not_checked",
        cause="timeout",
        holder_name=None,
        holder_email=None,
        created_at=START,
        checked_at=None,
        last_used_at=None,
    )
    return dataclasses.replace(row, **changes)


def make_session(account_id: str, **changes) -> session_rows.SessionRow:
    row = session_rows.SessionRow(
        id="session",
        account_id=account_id,
        created_at=START,
        last_seen_at=START,
        expires_at=START + timedelta(hours=1),
        idle_seconds=60,
        shared_computer=True,
        method="password",
        address="203.0.113.7",
        user_agent="Firefox",
        proved_at=START,
    )
    return dataclasses.replace(row, **changes)


def make_api_key(account_id: str) -> ApiKeyRow:
    return ApiKeyRow(account_id, account_id, "name", None, "cpp_…", "run", START, None)


def make_deletion_request(account_id: str) -> DeletionRequest:
    return DeletionRequest(account_id, account_id, False, START, "203.0.113.7", "Firefox")


def test_a_store_has_no_name_until_it_is_given_one(connection):
    assert find_store_id(connection) is None
    store_id = add_store_id(connection)
    assert find_store_id(connection) == store_id
    assert len(store_id) == 8


def test_an_account_is_found_as_it_was_added(connection, account):
    assert account_rows.find_account(connection, account.id) == account
    assert account_rows.find_account(connection, "nobody") is None


def test_instants_come_back_aware_and_in_utc(connection, account):
    found = account_rows.find_account(connection, account.id)
    assert found.created_at.tzinfo is timezone.utc


def test_instants_keep_their_milliseconds_whatever_zone_they_came_in(connection):
    zone = timezone(timedelta(hours=5, minutes=30))
    moment = (START + timedelta(milliseconds=123)).astimezone(zone)
    row = account_rows.add_account(connection, "Eve", None, moment)
    assert account_rows.find_account(connection, row.id).created_at == moment


def test_an_account_can_be_called_something_else(connection, account):
    account_rows.change_account(connection, account.id, display_name="Ada Lovelace", email=None)
    found = account_rows.find_account(connection, account.id)
    assert (found.display_name, found.email) == ("Ada Lovelace", None)


@pytest.mark.parametrize("name", ["'; DROP TABLE accounts; --", "Ada\u2028Ω𝕏 %s :name ?"])
def test_text_is_data_and_never_sql(connection, account, name):
    account_rows.change_account(connection, account.id, display_name=name, email=name)
    assert account_rows.find_account(connection, account.id).display_name == name


def test_an_identity_proves_its_account_alone(connection, account, other):
    account_rows.add_identity(connection, account.id, "kind", "subject", START)
    assert account_rows.find_account_by_identity(connection, "kind", "subject") == account
    assert account_rows.find_account_by_identity(connection, "other kind", "subject") is None
    assert account_rows.find_account_by_identity(connection, "kind", "Subject") is None


def test_one_identity_cannot_prove_two_accounts(open_store):
    database = open_store()
    with database.transaction() as connection:
        ada = account_rows.add_account(connection, "Ada", None, START)
        ben = account_rows.add_account(connection, "Ben", None, START)
        account_rows.add_identity(connection, ada.id, "kind", "subject", START)
    with pytest.raises(AlreadyExistsError), database.transaction() as connection:
        account_rows.change_account(connection, ben.id, display_name="changed")
        account_rows.add_identity(connection, ben.id, "kind", "subject", START)
    with database.reading() as connection:
        assert account_rows.find_account(connection, ben.id).display_name == "Ben"


def test_replacing_an_identity_leaves_those_of_other_kinds_and_accounts(connection, account, other):
    add, find = account_rows.add_identity, account_rows.find_account_by_identity
    add(connection, account.id, "key", "old", START)
    add(connection, account.id, "mail", "ada", START)
    add(connection, other.id, "key", "bens", START)
    account_rows.replace_identity(connection, account.id, "key", "new", START)
    assert find(connection, "key", "old") is None
    assert find(connection, "key", "new") == account
    assert find(connection, "mail", "ada") == account
    assert find(connection, "key", "bens") == other


def test_a_credential_comes_back_as_it_was_put(connection, account):
    row = make_credential(account.id, holder_name="Ada", checked_at=START, last_used_at=START)
    credential_rows.put_credential(connection, row)
    assert credential_rows.find_credential(connection, account.id, "comfy", "default") == row


def test_a_credential_takes_the_place_of_the_one_before(connection, account):
    credential_rows.put_credential(connection, make_credential(account.id))
    credential_rows.put_credential(connection, make_credential(account.id, mask="new"))
    (found,) = credential_rows.list_credentials(connection, account.id)
    assert found.mask == "new"
    assert credential_rows.count_credentials(connection) == 1


def test_credentials_are_found_by_their_owner_alone(connection, account, other):
    credential_rows.put_credential(connection, make_credential(account.id))
    assert credential_rows.find_credential(connection, other.id, "comfy", "default") is None
    assert credential_rows.list_credentials(connection, other.id) == []
    assert not credential_rows.delete_credential(connection, other.id, "comfy", "default")
    credential_rows.delete_all_credentials(connection, other.id)
    assert credential_rows.count_credentials(connection) == 1


def test_a_check_is_written_on_the_ciphertext_that_it_looked_at(connection, account):
    seen = make_credential(account.id)
    credential_rows.put_credential(connection, seen)
    found = dataclasses.replace(seen, state="accepted", cause=None, checked_at=START)
    assert credential_rows.note_check(connection, seen, found)
    assert credential_rows.find_credential(connection, account.id, "comfy", "default") == found


def test_a_check_of_a_replaced_credential_writes_nothing(connection, account):
    seen = make_credential(account.id)
    replaced = dataclasses.replace(seen, ciphertext=b"another")
    credential_rows.put_credential(connection, replaced)
    assert not credential_rows.note_check(
        connection, seen, dataclasses.replace(seen, state="refused")
    )
    assert credential_rows.find_credential(connection, account.id, "comfy", "default") == replaced


def test_use_is_noted_on_one_credential(connection, account, other):
    for owner in (account, other):
        credential_rows.put_credential(connection, make_credential(owner.id))
    credential_rows.note_use(connection, account.id, "comfy", "default", START)
    used, unused = (
        credential_rows.find_credential(connection, owner.id, "comfy", "default")
        for owner in (account, other)
    )
    assert (used.last_used_at, unused.last_used_at) == (START, None)


def test_the_key_versions_in_use_are_known(connection, account, other):
    assert credential_rows.list_key_versions(connection) == set()
    for owner in (account, other):
        row = make_credential(owner.id, key_version=owner.display_name)
        credential_rows.put_credential(connection, row)
    assert credential_rows.list_key_versions(connection) == {"Ada", "Ben"}


def test_a_session_is_found_by_its_token_hash(connection, account):
    row = make_session(account.id)
    session_rows.add_session(connection, row, TOKEN)
    assert session_rows.find_session(connection, TOKEN) == (row, account_rows.ACTIVE)
    assert session_rows.find_session(connection, b"\1" * 32) is None


def test_a_session_of_a_cancelled_account_is_found_as_one(connection, account):
    row = make_session(account.id)
    session_rows.add_session(connection, row, TOKEN)
    account_rows.change_account(connection, account.id, state="cancelled")
    assert session_rows.find_session(connection, TOKEN) == (row, account_rows.CANCELLED)


@pytest.mark.parametrize("state", ["disabled", "ACTIVE", ""])
def test_sessions_of_an_account_that_nobody_may_use_are_not_found(connection, account, state):
    session_rows.add_session(connection, make_session(account.id), TOKEN)
    connection.execute(update(accounts).values(state=state))
    assert session_rows.find_session(connection, TOKEN) is None


def test_a_session_is_ended_by_its_own_account_alone(connection, account, other):
    session_rows.add_session(connection, make_session(account.id), TOKEN)
    session_rows.delete_session(connection, "session", other.id)
    assert session_rows.find_session(connection, TOKEN)
    session_rows.delete_session(connection, "session", account.id)
    assert session_rows.find_session(connection, TOKEN) is None


def test_expired_sessions_are_swept_and_the_others_stay(connection, account):
    session_rows.add_session(connection, make_session(account.id), TOKEN)
    session_rows.delete_expired_sessions(connection, START + timedelta(minutes=59))
    assert session_rows.find_session(connection, TOKEN)
    session_rows.delete_expired_sessions(connection, START + timedelta(minutes=60))
    assert session_rows.find_session(connection, TOKEN) is None


def test_node_pack_decisions_are_kept_by_account_and_name(connection, account, other):
    for name, owner in (("b", account), ("a", account), ("c", other)):
        row = node_pack_rows.NodePackRow(name, "always", START)
        node_pack_rows.put_node_pack(connection, owner.id, row)
        node_pack_rows.put_node_pack(connection, owner.id, row)
    names = [row.name for row in node_pack_rows.list_node_packs(connection, account.id)]
    assert names == ["a", "b"]
    node_pack_rows.delete_node_pack(connection, other.id, "a")
    node_pack_rows.delete_node_pack(connection, account.id, "b")
    names = [row.name for row in node_pack_rows.list_node_packs(connection, account.id)]
    assert names == ["a"]


NOBODYS = (
    *("instance", "audit_events", "invitations", "pending_log_ins", "throttles"),
    *("change_counter", "change_log"),
)


def test_an_account_takes_everything_of_its_own_with_it(connection, account, other):
    for owner, token in ((account, TOKEN), (other, b"\2" * 32)):
        session = make_session(owner.id, id=owner.id)
        account_rows.add_identity(connection, owner.id, "kind", owner.id, START)
        session_rows.add_session(connection, session, token)
        credential_rows.put_credential(connection, make_credential(owner.id))
        pack = node_pack_rows.NodePackRow("pack", "always", START)
        node_pack_rows.put_node_pack(connection, owner.id, pack)
        put_password(connection, PasswordRow(owner.id, "hash", "stamp", START))
        add_token(connection, TokenRow(owner.id, "purpose", "", "stamp", START, START), token)
        letter = OutboxRow(owner.id, "kind", "to", owner.id, "{}", START, 0, START, None)
        add_to_outbox(connection, letter)
        add_api_key(connection, make_api_key(owner.id), token)
        put_outputs(connection, owner.id, [f"{owner.id}.png"], START)
        add_deletion_request(connection, make_deletion_request(owner.id))
        add_ticket(connection, TicketRow(owner.id, session.id, None, START), token)
    connection.execute(delete(accounts).where(accounts.c.id == account.id))
    for table in accounts.metadata.sorted_tables:
        if table.name not in NOBODYS:
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 1
