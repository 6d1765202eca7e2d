"""Forks processes that change a store as a whole, and kills each at a point of its own.

For `test_killed_changing_the_store`. A point is an SQL statement, the end of a transaction, or a
file that gets or loses its name. Lines on stdin are JSON: what, folder, point; the answer is how
the process ended.
"""

# ruff: noqa: E402  # the package has its name first

from __future__ import annotations

import json
import os
import signal
import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[2]
package = types.ModuleType("passport")
package.__path__ = [str(ROOT)]
sys.modules["passport"] = package

import alembic.command  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401
from passport.backups import encryption
from passport.backups.archive import Archive
from passport.backups.move import Move
from passport.backups.restore import Keys, Restore, examine
from passport.storage.database import Database, sqlite_url
from passport.storage.migration import migrate
from passport.tests.backend.clock import SettableClock
from passport.tests.backend.sealed import SECOND, loader, open_rotation
from passport.vault import rotation as rotation_module
from sqlalchemy import Engine, event

FILES = ("os.rename", "os.link", "os.remove")


def change(what: str, folder: Path) -> None:
    clock = SettableClock()
    database = Database(sqlite_url(folder))
    if what == "migrate":
        migrate(database, clock)
    elif what == "rotate":
        rotation_module.BATCH = 1
        open_rotation(database, folder, clock).rotate(SECOND)
    elif what == "restore":
        encryption.MEMORY_KIB, encryption.PASSES = 8 * encryption.LANES, 1
        archive = Archive(folder / "backup")
        archive.unlock(None)
        keys = Keys(None, loader(folder))
        Restore(database, folder, keys, clock).restore(examine(archive), "x", True, None)
    else:
        Move(database, clock).move(f"sqlite:///{folder / 'there.sqlite'}")


def count_down(point: int) -> None:
    """Kill this process when it comes to the point."""
    left = [point]

    def step(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    sys.addaudithook(lambda name, _: step() if name in FILES else None)


def main() -> None:
    for line in sys.stdin:
        what, folder, point = json.loads(line)
        child = os.fork()
        if child == 0:
            count_down(point)
            change(what, Path(folder))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, f"{code}\n".encode())


if __name__ == "__main__":
    main()
