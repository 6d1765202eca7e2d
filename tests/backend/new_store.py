"""New stores: migrating each from nothing takes longer than what most tests do with it."""

from __future__ import annotations

from typing import Any

from passport.storage.database import Database
from passport.storage.migration import migrate, read_revision
from sqlalchemy import event

_WRITES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")
_done: dict[str, list[tuple[str, Any]]] = {}
"""The statements that migrated the first store of each kind."""


def lay_tables(database: Database) -> None:
    """Bring a store to the newest revision; one that is new by what was done to the first such."""
    kind = database.engine.dialect.name
    with database.transaction() as connection:
        is_new = read_revision(connection) is None
        if is_new:
            for statement, parameters in _done.get(kind, ()):
                connection.exec_driver_sql(statement, parameters)
    if is_new and kind not in _done:
        _done[kind] = _record_migration(database)
    else:
        migrate(database)


def _record_migration(database: Database) -> list[tuple[str, Any]]:
    done: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(_WRITES):
            done.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    migrate(database)
    event.remove(database.engine, "before_cursor_execute", note)
    return done
