"""The whole store into another database: what arrives is what was sent, or nothing changes."""

from __future__ import annotations

import pytest
from passport.backups import move as move_module
from passport.backups.errors import (
    CarryingFailedError,
    StoreNotEmptyError,
    TargetUnusableError,
)
from passport.backups.move import Move
from passport.storage.account_rows import add_account
from passport.storage.copies import PREFIX
from passport.storage.database import Database
from passport.storage.errors import DatabaseTooNewError, StoreInUseError
from passport.storage.instance_rows import add_store_id
from passport.storage.migration import migrate
from passport.storage.tables import audit_events
from passport.storage.whole_store import Summary, summarize
from passport.tests.backend.full_store import fill, make_at
from passport.tests.backend.sealed import keep_secret, loader, open_all
from sqlalchemy import insert, text

SECRETS = ["secret of Ada", "secret of Ben"]


@pytest.fixture
def open_at():
    """Call it for a database at an address."""
    opened = []

    def open_one(url):
        opened.append(Database(url))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def there(postgresql):
    """An empty PostgreSQL."""
    return postgresql.make_database()


def sums(store):
    with store.reading() as connection:
        return summarize(connection)


def add_event(store, clock):
    row = {"at": clock(), "action": "x", "address": "", "network": "", "user_agent": "",
           "details": ""}  # fmt: skip
    with store.transaction() as connection:
        return connection.execute(insert(audit_events).values(row)).inserted_primary_key[0]


def test_from_sqlite_to_postgresql_and_back(store, folder, there, open_at, clock):
    before = sums(store)
    moved = Move(store, clock).move(there)
    assert (moved.was_there, moved.former, moved.tables) == (False, None, before)
    carried = open_at(there)
    assert sums(carried) == before == sums(store)
    assert all(each.rows for each in before.values())
    assert open_all(carried, loader(folder)()) == SECRETS
    assert add_event(carried, clock) == 8, "events count on from the highest number"

    keep_secret(carried, loader(folder)(), "Eve")
    back = f"sqlite:///{folder / 'back.sqlite'}"
    later = sums(carried)
    carried.engine.dispose()
    assert Move(carried, clock).move(back).tables == later
    assert sums(open_at(back)) == later
    assert (folder / "back.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_second_time_there_is_nothing_to_do(store, there, clock):
    Move(store, clock).move(there)
    before = sums(store)
    moved = Move(store, clock).move(there)
    assert (moved.was_there, moved.tables) == (True, before)


def test_a_target_that_was_used_since_is_replaced_only_when_asked(store, folder, open_at, clock):
    url = f"sqlite:///{folder / 'there' / 'passport.sqlite'}"
    (folder / "there").mkdir()
    Move(store, clock).move(url)
    there = open_at(url)
    with there.transaction() as connection:
        add_account(connection, "came later", None, clock())
    later = sums(there)
    there.engine.dispose()
    with pytest.raises(StoreNotEmptyError, match="--replace"):
        Move(store, clock).move(url)
    assert sums(there) == later
    there.engine.dispose()
    moved = Move(store, clock).move(url, replace=True)
    assert sums(there) == sums(store)
    assert moved.former.name.startswith(f"{PREFIX}move-")
    assert sums(open_at(f"sqlite:///{moved.former}")) == later


def test_a_store_of_other_people_is_never_replaced(store, folder, there, open_at, clock):
    other = open_at(there)
    migrate(other)
    fill(other, folder)
    before = sums(other)
    other.engine.dispose()
    for replace in (False, True):
        with pytest.raises(StoreNotEmptyError, match="Another store"):
            Move(store, clock).move(there, replace)
    assert sums(other) == before


def test_one_that_comfyui_has_made_and_nobody_used_is_taken(store, there, open_at, clock):
    other = open_at(there)
    migrate(other)
    with other.transaction() as connection:
        add_store_id(connection)
    add_event(other, clock)
    other.engine.dispose()
    Move(store, clock).move(there)
    assert sums(other) == sums(store)


def test_an_older_target_is_brought_up_to_date(store, there, open_at, clock):
    other = open_at(there)
    make_at(other, "0002")
    with other.transaction() as connection:
        connection.execute(text("DELETE FROM accounts"))
    other.engine.dispose()
    Move(store, clock).move(there)
    assert sums(other) == sums(store)


def test_a_newer_target_is_left_alone(store, there, open_at, clock):
    other = open_at(there)
    migrate(other)
    with other.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNewError, match="newer Passport"):
        Move(store, clock).move(there)


def test_tables_of_somebody_else_are_left_alone(store, there, open_at, clock):
    other = open_at(there)
    with other.transaction() as connection:
        connection.execute(text("CREATE TABLE accounts (name text)"))
    with pytest.raises(TargetUnusableError, match="accounts"):
        Move(store, clock).move(there)


@pytest.mark.parametrize("side", ["source", "target"])
def test_while_either_is_open_elsewhere_it_is_refused(
    store, open_chosen, there, open_at, clock, side
):
    if side == "source":
        sums(open_chosen())
    else:
        running = open_at(there)
        migrate(running)
        sums(running)
    with pytest.raises(StoreInUseError):
        Move(store, clock).move(there)


def test_whatever_goes_wrong_on_the_way_leaves_the_target_empty(
    store, there, open_at, clock, monkeypatch
):
    carry = move_module.carry

    def lose_a_row(source, target):
        found = carry(source, target)
        return {**found, "sessions": Summary(0, "")}

    before = sums(store)
    for kind, what in ((CarryingFailedError, lose_a_row), (KeyError, fail_at_the_end(carry))):
        monkeypatch.setattr(move_module, "carry", what)
        with pytest.raises(kind):
            Move(store, clock).move(there)
        monkeypatch.undo()
        other = open_at(there)
        filled = {name for name, each in sums(other).items() if each.rows}
        assert filled == {"change_counter"}, "as in any new store"
        other.engine.dispose()
    assert sums(store) == before


def fail_at_the_end(carry):
    def act(source, target):
        carry(source, target)
        raise KeyError

    return act


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "Write postgresql://"),
        ("mysql://ada:canary@host/name", "Write postgresql://"),
        ("postgresql://ada:can@ry@host/name", "%40"),
        ("postgresql://ada:canary@127.0.0.1:1/name", "Check host, port"),
        ("postgresql://ada:canary@127.0.0.1:port/name", "%40"),
        ("sqlite://", "whole path"),
        ("sqlite:///relative.sqlite", "whole path"),
        ("sqlite:////no/such/folder/x.sqlite", "in a folder that is there"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(store, clock, url, words):
    with pytest.raises(TargetUnusableError) as caught:
        Move(store, clock).move(url)
    assert words in caught.value.message
    for canary in ("canary", "can@ry"):
        assert canary not in caught.value.message


def test_the_present_address_is_no_target(store, clock):
    url = store.engine.url.render_as_string(hide_password=False)
    with pytest.raises(TargetUnusableError, match="there already"):
        Move(store, clock).move(url)


def test_a_file_that_is_no_database_is_left_as_it_is(store, folder, clock):
    (folder / "notes.txt").write_text("not a database " * 100)
    with pytest.raises(TargetUnusableError):
        Move(store, clock).move(f"sqlite:///{folder / 'notes.txt'}")
    assert (folder / "notes.txt").read_text() == "not a database " * 100


class TestAUserOfPostgreSQL:
    """With a password full of what addresses are made of, and rights of its own."""

    PASSWORD = "p%w@r:d/ #?ä"
    WRITTEN = "p%25w%40r%3Ad%2F%20%23%3F%C3%A4"

    @pytest.fixture
    def address(self, there, open_at, request):
        name = f"user_{abs(hash(there)) % 10**8}"
        escaped = self.PASSWORD.replace(":", r"\:")  # or `text` would take it for a parameter
        admin = open_at(there)
        with admin.transaction() as connection:
            connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{escaped}'"))
            schema = connection.execute(text("SELECT current_schema()")).scalar()
            rights = getattr(request, "param", "USAGE, CREATE")
            connection.execute(text(f"GRANT {rights} ON SCHEMA {schema} TO {name}"))
        admin.engine.dispose()
        return there.replace("passport@", f"{name}:{self.WRITTEN}@")

    def test_a_password_with_every_odd_character_is_understood(self, store, address, clock):
        moved = Move(store, clock).move(address)
        assert "***" in moved.url
        assert self.WRITTEN not in moved.url

    @pytest.mark.parametrize("address", ["USAGE"], indirect=True)
    def test_without_the_right_to_make_tables_it_says_which(self, store, address, clock):
        with pytest.raises(TargetUnusableError, match="GRANT USAGE, CREATE ON SCHEMA"):
            Move(store, clock).move(address)
