"""Rows in every table of a store, of whatever revision it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from passport.storage.database import Database
from passport.storage.instance_rows import add_store_id
from passport.storage.migration import read_revision, upgrade
from passport.storage.tables import credentials

from .sealed import keep_secret, loader

PERSON = "7" * 32
MAIL = "ada.in.every.table@example.org"
NUMBER = 1_795_571_638_535


def fill(database: Database, folder: Path) -> None:
    """Put a row into each table, and two credentials that open with the keys of the folder."""
    with database.transaction() as connection:
        fill_tables(connection)
        connection.execute(sa.delete(credentials))  # its bytes are no ciphertext
        add_store_id(connection)
    for name in ("Ada", "Ben"):
        keep_secret(database, loader(folder)(), name)


def make_at(database: Database, revision: str) -> dict[str, list[dict[str, Any]]]:
    """Make the tables as they were at a revision, with a row in each; return all rows."""
    with database.transaction() as connection:
        upgrade(connection, revision)
        assert read_revision(connection) == revision
        return fill_tables(connection)


def fill_tables(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Put a row into each table that is there."""
    for table in reflect(connection).sorted_tables:
        if table.name != "alembic_version":
            row = {column.name: _make_value(table, column) for column in table.columns}
            connection.execute(sa.insert(table).values(row))
    return read_tables(connection)


def read_tables(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each table as they are stored."""
    return {
        table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
        for table in reflect(connection).sorted_tables
        if table.name != "alembic_version"
    }


def reflect(connection: sa.Connection) -> sa.MetaData:
    found = sa.MetaData()
    found.reflect(connection)
    return found


def _make_value(table: sa.Table, column: sa.Column[Any]) -> Any:
    if column.foreign_keys or (table.name, column.name) == ("accounts", "id"):
        return PERSON
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer):
        return 7 if column.primary_key else NUMBER % 100_000 if not _is_big(kind) else NUMBER
    if isinstance(kind, sa.LargeBinary):
        return (table.name + column.name).encode().ljust(32, b"\0")[:32]
    return MAIL if column.name == "email" else f"{column.name} ä✓"[: kind.length]


def _is_big(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.BigInteger)
