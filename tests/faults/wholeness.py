"""What must be true of a store whenever somebody opens it, whoever was killed before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from passport.storage.database import Database
from passport.storage.tables import accounts, metadata
from sqlalchemy import Connection, select

HALF = {
    "an account without identity": "SELECT id FROM accounts WHERE id NOT IN "
    "(SELECT account_id FROM identities)",
    "an account that nothing tells of": "SELECT id FROM accounts WHERE id NOT IN "
    "(SELECT account_id FROM audit_events WHERE action = 'registered' "
    "AND account_id IS NOT NULL)",
    "a mail address without password": "SELECT account_id FROM identities "
    "WHERE kind = 'password' AND account_id NOT IN (SELECT account_id FROM passwords)",
    "a password without mail address": "SELECT account_id FROM passwords WHERE account_id NOT IN "
    "(SELECT account_id FROM identities WHERE kind = 'password')",
    "an account that is cancelled for ever": "SELECT id FROM accounts "
    "WHERE (state = 'cancelled') != (purge_at IS NOT NULL)",
    "a session whose beginning nobody wrote down": "SELECT account_id FROM sessions "
    "WHERE account_id NOT IN (SELECT account_id FROM audit_events "
    "WHERE action IN ('registered', 'signed_in') AND account_id IS NOT NULL)",
    **{
        f"{table.name} of nobody": f"SELECT account_id FROM {table.name} "  # noqa: S608
        "WHERE account_id IS NOT NULL AND account_id NOT IN (SELECT id FROM accounts)"
        for table in metadata.sorted_tables
        if "account_id" in table.c
    },
}
SQLITE_ALONE = {"a reference to nobody": "PRAGMA foreign_key_check"}

AT_RANDOM = {
    *("id", "ciphertext", "password_hash", "sealed", "shown", "stamp", "value"),
    *(
        "account_sha256",
        "code_sha256",
        "id_sha256",
        "key_sha256",
        "previous_sha256",
        "token_sha256",
    ),
}
"""Columns that differ from run to run of one and the same flow."""
RANDOM_DETAIL = re.compile(r"[0-9a-f]{32}|[0-9A-F]{4}(-[0-9A-F]{4}){2}")


def find_damage(database: Database) -> Iterator[str]:
    """Say what is damaged, and what is there by half."""
    with database.reading() as connection:
        queries = dict(HALF)
        if connection.dialect.name == "sqlite":
            queries |= SQLITE_ALONE
            (state,) = connection.exec_driver_sql("PRAGMA integrity_check").one()
            if state != "ok":
                yield f"integrity: {state}"
        for title, query in queries.items():
            for row in connection.exec_driver_sql(query):
                yield f"{title}: {row}"


def take_picture(database: Database) -> str:
    """Return a hash of all that the store holds, but for what is drawn at random."""
    with database.reading() as connection:
        rows = describe(connection)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def describe(connection: Connection) -> dict[str, list[str]]:
    """Return every row of every table as a text, with people's addresses in place of their ids."""
    people = {row.id: row.email or row.display_name for row in connection.execute(select(accounts))}
    return {
        table.name: sorted(_show(row, people) for row in connection.execute(select(table)))
        for table in metadata.sorted_tables
    }


def _show(row: Any, people: dict[str, str]) -> str:
    kept = {name: value for name, value in row._mapping.items() if name not in AT_RANDOM}
    if "account_id" in kept:
        kept["account_id"] = people.get(kept["account_id"])
    return RANDOM_DETAIL.sub("…", repr(kept))
