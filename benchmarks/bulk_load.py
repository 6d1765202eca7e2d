"""Fills a store with accounts and sessions as fast as SQLite takes them.

Ids and tokens are hashes of a number: they lie as random ones do, and nothing has to be kept.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from passport.accounts.api_key_form import write_key
from passport.accounts.passwords import Passwords
from passport.clock import utc_now
from passport.services import compose
from passport.storage.database import DATABASE_FILE, Database
from passport.storage.migration import migrate
from passport.storage.tables import EPOCH, metadata
from server_process import PASSWORD
from sqlalchemy import Boolean

CHEAP = (8, 1)  # KiB and passes: the least that argon2 takes
DAY_SECONDS = 24 * 60 * 60
KEYS_THAT_EXIST = 3_000
MONTH_MILLISECONDS = 30 * DAY_SECONDS * 1000
NETWORK = "127.0.0.0/24"
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

Row = dict[str, Any]


def load(folder: Path, accounts: int, sessions: int, api_keys: int = 0) -> None:
    """Make a data folder with so many; even accounts have the cheapest hash, odd ones the real.

    Each session has left the event of its log-in.
    """
    compose({}, folder).database.close()  # makes the tables
    now = (utc_now() - EPOCH).total_seconds() * 1000 // 1
    hashes = (Passwords(*CHEAP).hash_now(PASSWORD), Passwords().hash_now(PASSWORD))
    connection = sqlite3.connect(folder / DATABASE_FILE, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    _insert(connection, "accounts", _accounts(accounts, int(now)))
    _insert(connection, "identities", _identities(accounts, int(now)))
    _insert(connection, "passwords", _passwords(accounts, hashes, int(now)))
    _insert(connection, "sessions", _sessions(accounts, sessions, int(now)))
    _insert(connection, "audit_events", _events(accounts, sessions, int(now)))
    _insert(connection, "api_keys", _api_keys(accounts, api_keys, int(now)))
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()


def load_server(url: str, accounts: int, sessions: int) -> None:
    """Do the same in a PostgreSQL, but for the events; the server must not be anybody's else."""
    database = Database(url)
    migrate(database)
    now = int((utc_now() - EPOCH).total_seconds() * 1000)
    hashes = (Passwords(*CHEAP).hash_now(PASSWORD), Passwords().hash_now(PASSWORD))
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    for table, rows in (
        ("accounts", _accounts(accounts, now)),
        ("identities", _identities(accounts, now)),
        ("passwords", _passwords(accounts, hashes, now)),
        ("sessions", _sessions(accounts, sessions, now)),
    ):
        first = next(rows)
        columns = [column.name for column in metadata.tables[table].columns if column.name in first]
        types = {column.name: column.type for column in metadata.tables[table].columns}
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in itertools.chain([first], rows):
                copy.write_row(
                    [
                        bool(row[name]) if isinstance(types[name], Boolean) else row[name]
                        for name in columns
                    ]
                )
    connection.commit()
    for table in ("accounts", "identities", "passwords", "sessions"):
        cursor.execute(f"ANALYZE {table}")
    connection.commit()
    connection.close()
    database.close()


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


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    columns = [column.name for column in metadata.tables[table].columns]
    if table == "audit_events":
        columns.remove("id")  # the store counts
    values = ([row.get(name) for name in columns] for row in rows)
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    connection.executemany(statement, values)


def _accounts(count: int, now: int) -> Iterator[Row]:
    for number in range(count):
        yield {
            "id": id_of("account", number),
            "state": "active",
            "display_name": f"Person {number}",
            "email": email_of(number),
            "created_at": now - MONTH_MILLISECONDS + number,
            "role": "user" if number else "owner",
            "email_verified_at": now,
        }


def _identities(count: int, now: int) -> Iterator[Row]:
    for number in range(count):
        yield {
            "id": id_of("identity", number),
            "account_id": id_of("account", number),
            "kind": "password",
            "subject": email_of(number),
            "created_at": now,
        }


def _passwords(count: int, hashes: tuple[str, str], now: int) -> Iterator[Row]:
    for number in range(count):
        yield {
            "account_id": id_of("account", number),
            "password_hash": hashes[number % 2],
            "stamp": id_of("stamp", number),
            "changed_at": now,
        }


def _sessions(accounts: int, count: int, now: int) -> Iterator[Row]:
    for number in range(count):
        yield {
            "id": id_of("session", number),
            "account_id": id_of("account", number % accounts),
            "token_sha256": hashlib.sha256(token_of(number).encode()).digest(),
            "created_at": now - number,
            "last_seen_at": now + DAY_SECONDS * 1000,  # nobody has to note that it was seen
            "expires_at": now + 90 * DAY_SECONDS * 1000 - number,
            "idle_seconds": 30 * DAY_SECONDS,
            "shared_computer": 0,
            "method": "password",
            "address": "127.0.0.1",
            "user_agent": USER_AGENT,
            "proved_at": now - number,
        }


def _api_keys(accounts: int, count: int, now: int) -> Iterator[Row]:
    for number in range(count):
        digest = (
            hashlib.sha256(api_key_of(number).encode()).digest()
            if number < KEYS_THAT_EXIST
            else hashlib.sha256(f"filler {number}".encode()).digest()
        )
        yield {
            "id": id_of("key", number),
            "account_id": id_of("account", number % accounts),
            "name": f"key {number}",
            "key_sha256": digest,
            "shown": "cpp_abcd…wxyz",
            "scopes": "run read manage",
            "created_at": now - number,
            # Nobody has to note that it was used.
            "last_used_at": now + DAY_SECONDS * 1000,
            "last_used_address": "127.0.0.1",
        }


def _events(accounts: int, count: int, now: int) -> Iterator[Row]:
    for number in range(count):
        yield {
            "at": now - MONTH_MILLISECONDS + number,
            "account_id": id_of("account", number % accounts),
            "action": "signed_in",
            "address": "127.0.0.1",
            "network": NETWORK,
            "user_agent": USER_AGENT,
            "details": '{"method": "password"}',
        }
