"""Fills a store with accounts and sessions; the database makes the rows itself, on both engines.

Ids and tokens are hashes of a number: nothing has to be kept, and they come in the order of random
ones. So the indexes on them grow as they do in a store that people fill, one page split after the
other, and a look-up by token touches pages that lie anywhere in the file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from passport.accounts.api_key_form import write_key
from passport.accounts.passwords import Passwords
from passport.services import compose
from passport.storage.database import sqlite_url
from passport.storage.database_url import read_url
from passport.storage.tables import EPOCH, metadata
from server_process import PASSWORD
from sqlalchemy import Connection, create_engine, text

CHEAP = (8, 1)  # KiB and passes: the least that argon2 takes
DAY_SECONDS = 24 * 60 * 60
KEYS_THAT_EXIST = 3_000
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
PRAGMAS = (
    "journal_mode=OFF",
    "synchronous=OFF",
    "foreign_keys=OFF",
    "locking_mode=EXCLUSIVE",
    "cache_size=-2000000",  # KiB, as they are negative
)
POSTGRESQL_SET_UP = (
    "SET LOCAL session_replication_role = replica",  # it need not look for each row's account
    """CREATE FUNCTION id_of(kind text, number bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT left(encode(sha256(convert_to(kind || ' ' || number, 'UTF8')), 'hex'), 32) $$""",
    """CREATE FUNCTION session_sha256_of(number bigint) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
    SELECT sha256(convert_to(rtrim(translate(encode(sha256(convert_to(
        'token ' || number, 'UTF8')), 'base64'), '+/', '-_'), '='), 'UTF8')) $$""",
)
FILL = """INSERT INTO {table}
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
SELECT {values} FROM numbers"""

# Tables with their columns, and the values of their row n.
ACCOUNTS = {
    "accounts (id, state, display_name, email, created_at, role, email_verified_at)": """
        id_of('account', n), 'active', 'Person ' || n, 'person' || n || '@example.org',
        :month_ago + n, CASE WHEN n = 0 THEN 'owner' ELSE 'user' END, :now""",
    "identities (id, account_id, kind, subject, created_at)": """
        id_of('identity', n), id_of('account', n), 'password', 'person' || n || '@example.org',
        :now""",
    "passwords (account_id, password_hash, stamp, changed_at)": """
        id_of('account', n), CASE WHEN n % 2 = 0 THEN :cheap_hash ELSE :real_hash END,
        id_of('stamp', n), :now""",
}
SESSIONS = {
    """sessions (id, account_id, token_sha256, created_at, last_seen_at, expires_at, idle_seconds,
        shared_computer, method, address, user_agent, proved_at)""": """
        id_of('session', n), id_of('account', n % :accounts), session_sha256_of(n), :now - n, :now,
        :in_months - n, :month_seconds, FALSE, 'password', '127.0.0.1', :user_agent, :now - n"""
}
EVENTS = {
    "audit_events (at, account_id, action, address, network, user_agent, details)": """
        :month_ago + n, id_of('account', n % :accounts), 'signed_in', '127.0.0.1', '127.0.0.0/24',
        :user_agent, '{"method": "password"}'"""
}
API_KEYS = {
    """api_keys (id, account_id, name, key_sha256, shown, scopes, created_at, last_used_at,
        last_used_address)""": """
        id_of('key', n), id_of('account', n % :accounts), 'key ' || n, api_key_sha256_of(n),
        'cpp_abcd…wxyz', 'run read manage', :now - n, :now, '127.0.0.1'"""
}


@dataclass(frozen=True)
class Counts:
    """How many rows a store is to have."""

    accounts: int
    sessions: int = 0
    events: int = 0
    api_keys: int = 0
    """On SQLite alone."""


def load(folder: Path, counts: Counts, now: datetime) -> None:
    """Make a data folder with so many; even accounts have the cheapest hash, odd ones the real.

    Sessions and keys were last used `now`: whoever asks a minute off it, either way, measures a
    write and its wait for the disk with each look-up, which is what twice the time once came from.
    """
    compose({}, folder).database.close()  # makes the tables
    engine = create_engine(sqlite_url(folder))
    with engine.connect() as connection:
        for pragma in PRAGMAS:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        _add_functions(connection)
        _fill(connection, counts, now)
        connection.commit()
    engine.dispose()


def load_server(url: str, folder: Path, counts: Counts, now: datetime) -> None:
    """Do the same in a PostgreSQL; the server must not be anybody's else."""
    compose({"PASSPORT_DATABASE_URL": url}, folder).database.close()  # makes the tables
    engine = create_engine(read_url(url))  # not the product's, which cuts off what takes so long
    with engine.begin() as connection:
        for statement in POSTGRESQL_SET_UP:
            connection.exec_driver_sql(statement)
        _fill(connection, counts, now)
    outside = engine.execution_options(isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")  # or it would come while we measure
    engine.dispose()


def id_of(kind: str, number: int) -> str:
    """Return the id of a row."""
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:32]


def token_of(session: int) -> str:
    """Return the session's token."""
    digest = hashlib.sha256(f"token {session}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def api_key_of(number: int) -> str:
    """Return the key; there is one for the first `KEYS_THAT_EXIST` rows, the others only fill."""
    digest = hashlib.sha256(f"api key {number}".encode()).digest()
    return write_key(int.from_bytes(digest, "big"))


def email_of(account: int) -> str:
    """Return the account's address."""
    return f"person{account}@example.org"


def _fill(connection: Connection, counts: Counts, now: datetime) -> None:
    day = DAY_SECONDS * 1000
    now_milliseconds = int((now - EPOCH).total_seconds() * 1000)
    values: dict[str, Any] = {
        "accounts": counts.accounts,
        "now": now_milliseconds,
        "month_ago": now_milliseconds - 30 * day,
        "in_months": now_milliseconds + 90 * day,
        "month_seconds": 30 * DAY_SECONDS,
        "cheap_hash": Passwords(*CHEAP).hash_now(PASSWORD),
        "real_hash": Passwords().hash_now(PASSWORD),
        "user_agent": USER_AGENT,
    }
    with _without_indexes(connection):
        for rows, count in (
            (ACCOUNTS, counts.accounts),
            (SESSIONS, counts.sessions),
            (EVENTS, counts.events),
            (API_KEYS, counts.api_keys),
        ):
            for table, row in rows.items() if count else ():
                filling = text(FILL.format(table=table, values=row))
                connection.execute(filling, {"count": count, **values})


def _add_functions(connection: Connection) -> None:
    """Give SQLite the functions that PostgreSQL is given in SQL."""
    driver: Any = connection.connection.driver_connection
    for arguments, function in (
        (2, id_of),
        (1, session_sha256_of),
        (1, api_key_sha256_of),
    ):
        driver.create_function(function.__name__, arguments, function, deterministic=True)


def session_sha256_of(number: int) -> bytes:
    """Return what the store knows a session's token by."""
    return hashlib.sha256(token_of(number).encode()).digest()


def api_key_sha256_of(number: int) -> bytes:
    """Return what the store knows an API key by."""
    key = api_key_of(number) if number < KEYS_THAT_EXIST else f"filler {number}"
    return hashlib.sha256(key.encode()).digest()


@contextmanager
def _without_indexes(connection: Connection) -> Generator[None, None, None]:
    """Make the indexes that are no keys at the end, which is faster."""
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)
