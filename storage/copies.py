"""Copies of a SQLite store, made before something changes it as a whole.

They hold what the store held, also of accounts that were deleted since: so they go after a while.
"""

from __future__ import annotations

import itertools
import os
import re
import sqlite3
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..data_folder import name_anew
from .database import Database
from .errors import DataFolderNotWritableError, DiskFullError

PREFIX = "passport-before-"
KEPT = 3
KEPT_FOR = timedelta(days=30)
STAMP = "%Y%m%dT%H%M%S%fZ"
NAME = re.compile(rf"{PREFIX}(?P<event>\w+)-(?P<stamp>\d{{8}}T\d{{12}}Z)\.(sqlite|backup)")
DRAFT = ".part"
SCRATCH = "restoring-"
LONGEST_DRAFT = timedelta(hours=1)
OWNER_ONLY = 0o600


def find_folder(database: Database) -> Path | None:
    """Return the folder of an SQLite store's file; None for another store."""
    url = database.engine.url
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database).parent


def name_copy(folder: Path, event: str, now: datetime, kind: str = "sqlite") -> Path:
    """Return the path of a copy made before this event."""
    return folder / f"{PREFIX}{event}-{now.astimezone(timezone.utc).strftime(STAMP)}.{kind}"


def copy_file(file: str, path: Path) -> None:
    """Copy the SQLite store in this file as it was committed; whoever writes it meanwhile may.

    Raises what `copy_store` raises.
    """
    source = sqlite3.connect(file, isolation_level=None)
    try:
        copy_store(source, path)
    finally:
        source.close()


def copy_store(source: sqlite3.Connection, path: Path) -> None:
    """Write the store as this connection sees it to a file that its owner alone can read.

    The connection is not writing just now: SQLite would wait for it for ever. The file has its
    name only when it is whole. Raises DataFolderNotWritableError and DiskFullError.
    """
    draft = path.with_name(path.name + DRAFT)
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY))
        copy = sqlite3.connect(draft, isolation_level=None)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        finally:
            copy.close()
        name_anew(draft, path)
    except sqlite3.Error as error:
        kind = DiskFullError if "full" in str(error) else DataFolderNotWritableError
        raise kind(_explain(str(error))) from error
    except OSError as error:
        raise DataFolderNotWritableError(_explain(error.strerror or "")) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def remove_old_copies(folder: Path, now: datetime) -> None:
    """Keep the newest few of those made before migrations, and none that is too old.

    What a killed process has left half made goes too.
    """
    found = (NAME.fullmatch(path.name) for path in folder.iterdir())
    before_migrations = 0
    for name in sorted(filter(None, found), key=lambda name: name["stamp"], reverse=True):
        before_migrations += name["event"].isdigit()
        too_many = name["event"].isdigit() and before_migrations > KEPT
        if too_many or now - _read_stamp(name["stamp"]) >= KEPT_FOR:
            _remove(folder / name[0])
    drafts = (folder.glob(f"{PREFIX}*{DRAFT}*"), folder.glob(f"{SCRATCH}*"))
    for path in itertools.chain(*drafts):
        with suppress(OSError):
            made_at = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
            if now - made_at >= LONGEST_DRAFT:
                _remove(path)


def _read_stamp(stamp: str) -> datetime:
    return datetime.strptime(stamp, STAMP).replace(tzinfo=timezone.utc)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _explain(reason: str) -> str:
    return (
        "The store could not be copied before it was to be changed, so nothing was changed: "
        f"{reason}. Free some space, or give the user that runs ComfyUI the right to write there."
    )
