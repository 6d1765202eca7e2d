"""The points of a flow at which something is written: a process can end right before and after."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from passport.storage.database import Database
from sqlalchemy import event

FILES_CHANGE = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link")
READS = ("SELECT", "PRAGMA", "SHOW")


class Points:
    """Calls `meet` with the name of each point that is passed, once `watch` was called."""

    def __init__(self, meet: Callable[[str], None] = lambda _: None) -> None:
        self._meet = meet
        self._watching = False

    def pass_one(self, name: str) -> None:
        """Here is such a point."""
        if self._watching:
            self._meet(name)

    def watch(self, database: Database, folder: Path) -> None:
        """From now on, whatever this database or a file below the folder is told is a point."""
        engine = database.engine
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        commit = engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            self.pass_one("before COMMIT")
            commit(connection)
            self.pass_one("after COMMIT")

        engine.dialect.do_commit = do_commit
        if engine.dialect.name == "sqlite":
            self._watch_raw(database)
        sys.addaudithook(lambda name, values: self._note_file(name, values, str(folder)))
        self._watching = True

    def stop(self) -> None:
        """From now on nothing is a point any more."""
        self._watching = False

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(READS):
            self.pass_one(f"before {_shorten(statement)}")

    def _after(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(READS):
            self.pass_one(f"after {_shorten(statement)}")

    def _watch_raw(self, database: Database) -> None:
        """What is said past SQLAlchemy: the scrubbing of the file and of its log."""
        raw = database._sqlite

        def watched() -> Any:
            self.pass_one("before scrubbing")
            return raw()

        database._sqlite = watched

    def _note_file(self, name: str, values: tuple[Any, ...], folder: str) -> None:
        if name in FILES_CHANGE and str(values[0]).startswith(folder):
            self.pass_one(f"before {name}")


def _shorten(statement: str) -> str:
    return " ".join(statement.split()[:3])
