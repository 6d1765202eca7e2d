"""Brings the store to the newest revision, once, under a lock."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from ..clock import Clock, utc_now
from .copies import copy_file, find_folder, name_copy, remove_old_copies
from .database import Database
from .errors import DatabaseTooNewError

logger = logging.getLogger("passport")

HEAD_REVISION = "0005"
SCRIPTS = Path(__file__).parent / "migrations"
POSTGRESQL_LOCK = 0x50415353


def migrate(database: Database, clock: Clock = utc_now) -> None:
    """Create or upgrade the tables; several processes may start at once.

    A store that is current costs one query: alembic is imported only to change something. A SQLite
    store with something in it is copied before it is changed. Raises DatabaseTooNewError when a
    newer Passport was here.
    """
    with database.reading() as connection:
        if read_revision(connection) == HEAD_REVISION:
            return
    with database.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRESQL_LOCK})
        if _has_rows(connection):
            _keep_copy(database, clock)
        upgrade(connection)


def read_revision(connection: Connection) -> str | None:
    """Return the revision of the store, or None for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _has_rows(connection: Connection) -> bool:
    """Tell whether an older store has something to lose."""
    revision = read_revision(connection)
    if revision is None or revision not in list_revisions() or revision == HEAD_REVISION:
        return False
    return connection.execute(text("SELECT 1 FROM accounts LIMIT 1")).first() is not None


def _keep_copy(database: Database, clock: Clock) -> None:
    folder = find_folder(database)
    if folder is None:
        logger.warning(
            "The store is brought to revision %s. Keeping a copy of it is up to whoever looks "
            "after the database server.",
            HEAD_REVISION,
        )
        return
    path = name_copy(folder, HEAD_REVISION, clock())
    # Our transaction has begun and changed nothing: nobody else writes until it has.
    copy_file(database.engine.url.database or "", path)
    remove_old_copies(folder, clock())
    logger.warning("The store is brought to revision %s; before, it was copied to %s.",
                   HEAD_REVISION, path)  # fmt: skip


def list_revisions() -> list[str]:
    """Return the revisions that this Passport knows, oldest first."""
    names = sorted(path.name for path in (SCRIPTS / "versions").glob("[0-9]*.py"))
    return [name.partition("_")[0] for name in names]


@contextmanager
def _silent_alembic() -> Generator[None, None, None]:
    """Keep what alembic says of our steps out of ComfyUI's console, not what it says of others'."""
    alembic = logging.getLogger("alembic")
    level = alembic.level
    alembic.setLevel(logging.WARNING)
    try:
        yield
    finally:
        alembic.setLevel(level)


@_silent_alembic()
def upgrade(connection: Connection, target: str = "head") -> None:
    """Bring the store to a revision, in this transaction. Raises DatabaseTooNewError."""
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    configuration = Config()
    configuration.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(configuration)

    def list_steps(revision: str, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs(target, revision)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001  # alembic's own command does the same

    context = MigrationContext.configure(
        connection,
        opts={"fn": list_steps},
    )
    revision = context.get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseTooNewError(
            "This database was written by a newer Passport. Update Passport; nothing was changed."
        )
    with Operations.context(context):
        context.run_migrations()
