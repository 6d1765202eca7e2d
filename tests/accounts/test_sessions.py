"""Sessions: opaque, hashed, ended by time and at once by hand."""

from __future__ import annotations

import hashlib
import re
import sqlite3

import pytest
from passport.accounts import sessions as sessions_module
from passport.accounts.sessions import TOKEN_LENGTH_BYTES, TRUSTED_FOR, Sessions
from passport.storage import database as database_module
from passport.storage.account_rows import add_account
from passport.storage.errors import StorageError
from passport.storage.session_rows import find_session
from passport.storage.tables import accounts, sessions
from passport.tests.backend.fixtures import LIFETIMES
from sqlalchemy import event, func, select, update


@pytest.fixture
def ada(house, clock):
    with house.database.transaction() as connection:
        return add_account(connection, "Ada", None, clock()).id


@pytest.fixture
def queries(database):
    """Every statement that reaches the store."""
    seen: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: seen.append(statement),
    )
    return seen


def stored(database, token):
    with database.reading() as connection:
        return find_session(connection, hashlib.sha256(token.encode()).digest())


async def test_a_token_is_recognized_as_its_session(house, ada):
    token, session = house.sessions.start(ada, shared_computer=False)
    principal = await house.sessions.recognize(token)
    assert (principal.account_id, principal.session) == (ada, session)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.swapcase(),
        lambda token: hashlib.sha256(token.encode()).hexdigest(),
        lambda token: " " + token,
        lambda token: "A" * 43,
        lambda token: "\u2603" * 43,
    ],
    ids=range(8),
)
async def test_advisory_a_forged_token_is_nobody(house, ada, forge):
    token, _ = house.sessions.start(ada, shared_computer=False)
    assert await house.sessions.recognize(forge(token)) is None


def test_a_token_has_256_random_bits_in_the_form_of_a_cookie(house, ada):
    tokens = [house.sessions.start(ada, shared_computer=False)[0] for _ in range(50)]
    assert TOKEN_LENGTH_BYTES * 8 == 256
    assert len(set(tokens)) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)
    assert len({token[0] for token in tokens}) > 5


def test_the_token_source_is_asked_for_as_many_bytes(database, clock, ada):
    asked = []

    def source(length):
        asked.append(length)
        return "token"

    token, _ = Sessions(database, LIFETIMES, clock, source).start(ada, shared_computer=False)
    assert (token, asked) == ("token", [TOKEN_LENGTH_BYTES])


def test_the_store_has_a_hash_of_the_token_alone(house, ada, database):
    token, _ = house.sessions.start(ada, shared_computer=False)
    with database.reading() as connection:
        row = connection.execute(select(sessions)).one()
    assert row.token_sha256 == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)


@pytest.mark.parametrize(
    ("shared", "idle"),
    [(False, LIFETIMES.idle_seconds), (True, LIFETIMES.shared_computer_idle_seconds)],
)
async def test_an_unused_session_ends_sooner_on_a_shared_computer(house, ada, clock, shared, idle):
    token, session = house.sessions.start(ada, shared_computer=shared)
    assert (session.idle_seconds, session.shared_computer) == (idle, shared)
    clock.advance(seconds=idle - 1)
    assert await house.sessions.recognize(token)
    clock.advance(seconds=idle)
    assert await house.sessions.recognize(token) is None


@pytest.mark.parametrize("shared", [False, True])
async def test_use_keeps_a_session_until_its_absolute_end(house, ada, clock, shared):
    token, session = house.sessions.start(ada, shared_computer=shared)
    while clock.advance(minutes=5) < session.expires_at:
        assert await house.sessions.recognize(token)
    assert clock() == session.expires_at
    assert await house.sessions.recognize(token) is None


async def test_a_session_ends_in_time_though_the_cache_remembers_it(house, ada, clock, queries):
    token, session = house.sessions.start(ada, shared_computer=False)
    while clock.now < session.expires_at:
        assert await house.sessions.recognize(token)
        clock.advance(minutes=10)
    clock.now = session.expires_at
    clock.advance(seconds=-1)
    assert await house.sessions.recognize(token)
    queries.clear()
    clock.advance(seconds=1)
    assert await house.sessions.recognize(token) is None
    assert queries == []


async def test_most_requests_ask_the_store_nothing(house, ada, clock, queries):
    token, _ = house.sessions.start(ada, shared_computer=False)
    await house.sessions.recognize(token)
    queries.clear()
    clock.advance(seconds=4)
    for _ in range(20):
        assert await house.sessions.recognize(token)
    assert queries == []
    clock.advance(seconds=1)
    await house.sessions.recognize(token)
    assert len([query for query in queries if query.startswith("SELECT")]) == 1


async def test_use_is_noted_once_a_minute_at_most(house, ada, clock, queries, database):
    token, _ = house.sessions.start(ada, shared_computer=False)
    for _ in range(30):
        clock.advance(seconds=6)
        await house.sessions.recognize(token)
    notes = [query for query in queries if query.startswith("UPDATE")]
    assert len(notes) == 3
    assert stored(database, token).last_seen_at == clock()


async def test_a_revoked_session_is_over_at_once_also_in_the_cache(house, ada):
    token, session = house.sessions.start(ada, shared_computer=False)
    other, _ = house.sessions.start(ada, shared_computer=False)
    for each in (token, other):
        assert await house.sessions.recognize(each)
    house.sessions.end(session)
    assert await house.sessions.recognize(token) is None
    assert await house.sessions.recognize(other)
    house.sessions.end(session)  # twice is no fault


async def test_advisory_a_copied_cookie_is_worth_nothing_after_log_out(house, ada, database, clock):
    token, session = house.sessions.start(ada, shared_computer=False)
    house.sessions.end(session)
    assert stored(database, token) is None
    assert await Sessions(database, LIFETIMES, clock).recognize(token) is None


async def test_a_revocation_by_another_process_counts_within_seconds(
    house, ada, open_sqlite, clock
):
    token, session = house.sessions.start(ada, shared_computer=False)
    assert await house.sessions.recognize(token)
    Sessions(open_sqlite(), LIFETIMES, clock).end(session)
    clock.advance(seconds=TRUSTED_FOR.total_seconds())
    assert TRUSTED_FOR.total_seconds() <= 5
    assert await house.sessions.recognize(token) is None


async def test_the_sessions_of_a_disabled_account_end_within_seconds(house, ada, clock):
    token, _ = house.sessions.start(ada, shared_computer=False)
    assert await house.sessions.recognize(token)
    with house.database.transaction() as connection:
        connection.execute(update(accounts).values(state="cancelled"))
    clock.advance(seconds=TRUSTED_FOR.total_seconds())
    assert await house.sessions.recognize(token) is None


async def test_a_locked_store_sends_nobody_away(house, ada, clock, tmp_path, monkeypatch):
    token, _ = house.sessions.start(ada, shared_computer=False)
    house.database.engine.dispose()
    monkeypatch.setattr(database_module, "LOCK_WAIT_SECONDS", 0)
    with house.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    holder = sqlite3.connect(tmp_path / "passport.sqlite")
    holder.execute("BEGIN IMMEDIATE")
    clock.advance(minutes=5)
    assert await house.sessions.recognize(token)
    with pytest.raises(StorageError):
        house.sessions.start(ada, shared_computer=False)
    holder.close()


async def test_a_session_cannot_start_for_nobody(house):
    with pytest.raises(StorageError):
        house.sessions.start("nobody", shared_computer=False)


async def test_old_sessions_are_swept_when_a_new_one_starts(house, ada, clock, database):
    for _ in range(3):
        house.sessions.start(ada, shared_computer=False)
    clock.advance(seconds=LIFETIMES.lifetime_seconds)
    house.sessions.start(ada, shared_computer=False)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(sessions)).scalar() == 1


async def test_the_cache_is_bounded_and_forgets_the_oldest(house, ada, monkeypatch, queries):
    monkeypatch.setattr(sessions_module, "CACHED_SESSIONS", 2)
    tokens = [house.sessions.start(ada, shared_computer=False)[0] for _ in range(3)]
    for token in tokens:
        await house.sessions.recognize(token)
    assert len(house.sessions._cache) == 2
    queries.clear()
    await house.sessions.recognize(tokens[2])
    assert queries == []
    assert await house.sessions.recognize(tokens[0])
    assert queries


async def test_unknown_tokens_fill_no_cache(house):
    for number in range(20):
        await house.sessions.recognize(f"{number}")
    assert not house.sessions._cache
