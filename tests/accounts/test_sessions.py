"""Sessions: opaque, hashed, ended by time and at once by hand."""

from __future__ import annotations

import hashlib
import re
import sqlite3

import pytest
from passport.accounts import principals
from passport.accounts.principals import TRUSTED_FOR
from passport.accounts.sessions import TOKEN_LENGTH_BYTES, Sessions
from passport.storage import sqlite_engine
from passport.storage.account_rows import add_account
from passport.storage.errors import StorageError
from passport.storage.session_rows import find_session, touch_session
from passport.storage.tables import accounts, sessions
from passport.tests.backend.fixtures import HERE, LIFETIMES, House
from sqlalchemy import event, select, update


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


def start(house, account_id, shared_computer=False):
    with house.database.transaction() as connection:
        return house.sessions.start(connection, account_id, "password", shared_computer, HERE)


def end(house, session):
    house.sign_out.end(session, HERE)


def stored(database, token):
    with database.reading() as connection:
        found = find_session(connection, hashlib.sha256(token.encode()).digest())
    return found and found[0]


async def test_a_token_is_recognized_as_its_session(house, ada):
    token, session = start(house, ada)
    principal = await house.sessions.recognize(token)
    assert (principal.account_id, principal.session) == (ada, session)


class TestRecalling:
    async def test_who_was_recognized_is_named_without_a_query(self, house, ada, queries):
        token, _ = start(house, ada)
        assert house.sessions.recall(token) is None
        principal = await house.sessions.recognize(token)
        queries.clear()
        assert house.sessions.recall(token) is principal
        assert queries == []

    async def test_only_as_long_as_the_memory_is_believed(self, house, ada, clock):
        token, _ = start(house, ada)
        await house.sessions.recognize(token)
        clock.advance(seconds=TRUSTED_FOR.total_seconds())
        assert house.sessions.recall(token) is None

    async def test_nobody_once_the_session_is_over_within_that_time(self, house, ada, clock):
        token, session = start(house, ada, shared_computer=True)
        clock.advance(seconds=session.idle_seconds - 0.25)
        with house.database.transaction() as connection:
            connection.execute(update(sessions).values(expires_at=clock() + TRUSTED_FOR / 2))
        assert await house.sessions.recognize(token) is not None
        clock.advance(seconds=0.75)
        assert house.sessions.recall(token) is None

    async def test_nobody_once_the_session_is_ended(self, house, ada):
        token, session = start(house, ada)
        await house.sessions.recognize(token)
        end(house, session)
        assert house.sessions.recall(token) is None


@pytest.mark.asvs("7.2.1")
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
    token, _ = start(house, ada)
    assert await house.sessions.recognize(forge(token)) is None


@pytest.mark.asvs("7.2.3")
def test_a_token_has_256_random_bits_in_the_form_of_a_cookie(house, ada):
    tokens = [start(house, ada)[0] for _ in range(50)]
    assert TOKEN_LENGTH_BYTES * 8 == 256
    assert len(set(tokens)) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)
    assert len({token[0] for token in tokens}) > 5


def test_the_token_source_is_asked_for_as_many_bytes(database, clock, ada):
    asked = []

    def source(length):
        asked.append(length)
        return "token"

    sessions = Sessions(database, LIFETIMES, clock, source)
    with database.transaction() as connection:
        token, _ = sessions.start(connection, ada, "password", False, HERE)
    assert (token, asked) == ("token", [TOKEN_LENGTH_BYTES])


def test_the_store_has_a_hash_of_the_token_alone(house, ada, database):
    token, _ = start(house, ada)
    with database.reading() as connection:
        row = connection.execute(select(sessions)).one()
    assert row.token_sha256 == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)


@pytest.mark.parametrize(
    ("shared", "idle"),
    [(False, LIFETIMES.idle_seconds), (True, LIFETIMES.shared_computer_idle_seconds)],
)
async def test_an_unused_session_ends_sooner_on_a_shared_computer(house, ada, clock, shared, idle):
    token, session = start(house, ada, shared)
    assert (session.idle_seconds, session.shared_computer) == (idle, shared)
    clock.advance(seconds=idle - 1)
    assert await house.sessions.recognize(token)
    clock.advance(seconds=idle)
    assert await house.sessions.recognize(token) is None


@pytest.mark.asvs("7.3.2")
@pytest.mark.parametrize("shared", [False, True])
async def test_use_keeps_a_session_until_its_absolute_end(house, ada, clock, shared):
    token, session = start(house, ada, shared)
    while clock.advance(minutes=5) < session.expires_at:
        assert await house.sessions.recognize(token)
    assert clock() == session.expires_at
    assert await house.sessions.recognize(token) is None


async def test_a_session_ends_in_time_though_the_cache_remembers_it(house, ada, clock, queries):
    token, session = start(house, ada)
    while clock.now < session.expires_at:
        assert await house.sessions.recognize(token)
        clock.advance(minutes=10)
    clock.now = session.expires_at
    clock.advance(seconds=-0.5)
    assert await house.sessions.recognize(token)
    queries.clear()
    clock.advance(seconds=0.5)
    assert await house.sessions.recognize(token) is None
    assert queries == []


async def test_most_requests_ask_the_store_nothing(house, ada, clock, queries):
    token, _ = start(house, ada)
    await house.sessions.recognize(token)
    queries.clear()
    clock.advance(seconds=0.9)
    for _ in range(20):
        assert await house.sessions.recognize(token)
    assert queries == []
    clock.advance(seconds=0.1)
    await house.sessions.recognize(token)
    assert len([query for query in queries if query.startswith("SELECT")]) == 1


async def test_use_is_noted_once_a_minute_at_most(house, ada, clock, queries, database):
    token, _ = start(house, ada)
    for _ in range(30):
        clock.advance(seconds=6)
        await house.sessions.recognize(token)
    notes = [query for query in queries if query.startswith("UPDATE")]
    assert len(notes) == 3
    assert stored(database, token).last_seen_at == clock()


@pytest.mark.asvs("8.3.2")
async def test_a_revoked_session_is_over_at_once_also_in_the_cache(house, ada):
    token, session = start(house, ada)
    other, _ = start(house, ada)
    for each in (token, other):
        assert await house.sessions.recognize(each)
    end(house, session)
    assert await house.sessions.recognize(token) is None
    assert await house.sessions.recognize(other)
    end(house, session)  # twice is no fault


@pytest.mark.asvs("7.4.1")
@pytest.mark.threat(17)
async def test_advisory_a_copied_cookie_is_worth_nothing_after_log_out(house, ada, database, clock):
    token, session = start(house, ada)
    end(house, session)
    assert stored(database, token) is None
    assert await Sessions(database, LIFETIMES, clock).recognize(token) is None


@pytest.mark.asvs("8.3.2")
async def test_a_revocation_by_another_process_counts_within_a_second(
    house, ada, open_sqlite, comfy, clock
):
    token, session = start(house, ada)
    assert await house.sessions.recognize(token)
    end(House(open_sqlite(), comfy, clock), session)
    clock.advance(seconds=TRUSTED_FOR.total_seconds())
    assert TRUSTED_FOR.total_seconds() <= 1
    assert await house.sessions.recognize(token) is None


async def test_the_sessions_of_a_disabled_account_end_within_a_second(house, ada, clock):
    token, _ = start(house, ada)
    assert await house.sessions.recognize(token)
    with house.database.transaction() as connection:
        connection.execute(update(accounts).values(state="disabled"))
    clock.advance(seconds=TRUSTED_FOR.total_seconds())
    assert await house.sessions.recognize(token) is None


async def test_a_locked_store_sends_nobody_away(house, ada, clock, tmp_path, monkeypatch):
    token, _ = start(house, ada)
    house.database.engine.dispose()
    monkeypatch.setattr(sqlite_engine, "LOCK_WAIT_SECONDS", 0)
    with house.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    holder = sqlite3.connect(tmp_path / "passport.sqlite")
    holder.execute("BEGIN IMMEDIATE")
    clock.advance(minutes=5)
    assert await house.sessions.recognize(token)
    with pytest.raises(StorageError):
        start(house, ada)
    holder.close()


async def test_a_session_cannot_start_for_nobody(house):
    with pytest.raises(StorageError):
        start(house, "nobody")


async def test_the_cache_is_bounded_and_forgets_the_oldest(house, ada, monkeypatch, queries):
    monkeypatch.setattr(principals, "CACHED", 2)
    tokens = [start(house, ada)[0] for _ in range(3)]
    for token in tokens:
        await house.sessions.recognize(token)
    assert len(house.sessions._memory._remembered) == 2
    queries.clear()
    await house.sessions.recognize(tokens[2])
    assert queries == []
    assert await house.sessions.recognize(tokens[0])
    assert queries


async def test_the_cache_keeps_nothing_of_accounts_that_it_knows_no_more(
    house, ada, clock, monkeypatch
):
    monkeypatch.setattr(principals, "CACHED", 2)
    with house.database.transaction() as connection:
        people = [add_account(connection, name, None, clock()).id for name in ("Ben", "Eve", "Max")]
    for person in (ada, *people, people[-1]):
        assert await house.sessions.recognize(start(house, person)[0])
    memory = house.sessions._memory
    assert len(memory._remembered) == 2
    assert [len(tokens) for tokens in memory._tokens.values()] == [2]
    house.sessions.forget(people[-1])
    assert not memory._remembered
    assert not memory._tokens


async def test_unknown_tokens_fill_no_cache(house):
    for number in range(20):
        await house.sessions.recognize(f"{number}")
    assert not house.sessions._memory._remembered


def test_a_session_keeps_how_and_from_where_it_began(house, ada, database):
    token, session = start(house, ada)
    assert (session.method, session.address, session.user_agent) == (
        "password",
        HERE.address,
        HERE.user_agent,
    )
    assert stored(database, token) == session


async def test_living_sessions_are_those_that_somebody_can_still_use(house, ada, clock):
    sessions = {name: start(house, ada)[1] for name in ("idle", "ended", "lives")}
    clock.advance(seconds=LIFETIMES.idle_seconds - 1)
    sessions["late"] = start(house, ada, shared_computer=True)[1]
    with house.database.transaction() as connection:
        touch_session(connection, sessions["lives"].id, clock())
    end(house, sessions["ended"])
    clock.advance(seconds=1)
    ids = {name: session.id for name, session in sessions.items()}
    found = house.sessions.find_living([*ids.values(), "never there"])
    assert found == {ids["lives"], ids["late"]}
    assert house.sessions.find_living([]) == set()


async def test_living_sessions_are_read_from_the_store_and_not_from_the_cache(
    house, ada, open_sqlite, comfy, clock
):
    token, session = start(house, ada)
    assert await house.sessions.recognize(token)
    end(House(open_sqlite(), comfy, clock), session)
    assert house.sessions.find_living([session.id]) == set()


async def test_the_sessions_of_a_disabled_account_live_no_more(house, ada):
    _, session = start(house, ada)
    with house.database.transaction() as connection:
        connection.execute(update(accounts).values(state="disabled"))
    assert house.sessions.find_living([session.id]) == set()


async def test_forgetting_takes_these_accounts_out_of_the_memory_alone(house, ada, clock, queries):
    with house.database.transaction() as connection:
        others = [add_account(connection, name, None, clock()).id for name in ("Ben", "Eve")]
    tokens = {account_id: start(house, account_id)[0] for account_id in (ada, *others)}
    for token in tokens.values():
        await house.sessions.recognize(token)
    house.sessions.forget(ada, others[0])
    queries.clear()
    await house.sessions.recognize(tokens[others[1]])
    assert queries == []
    for account_id in (ada, others[0]):
        assert await house.sessions.recognize(tokens[account_id])
    assert queries


async def test_a_session_that_the_store_would_not_note_as_seen_is_noted_by_one_at_a_time(
    house, ada, clock, queries
):
    token, _ = start(house, ada)
    clock.advance(minutes=5)
    with house.sessions._noting:
        assert await house.sessions.recognize(token)
    assert not [query for query in queries if query.startswith("UPDATE")]
