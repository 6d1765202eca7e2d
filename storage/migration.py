"""Brings the store to the newest revision, once, under a lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from .database import Database
from .errors import DatabaseTooNewError

HEAD_REVISION = "0005"
SCRIPTS = Path(__file__).parent / "migrations"
POSTGRESQL_LOCK = 0x50415353


def migrate(database: Database) -> None:
    """Create or upgrade the tables; several processes may start at once.

    A store that is current costs one query: alembic is imported only to change something.
    Raises DatabaseTooNewError when a newer Passport was here.
    """
    if _read_revision(database) == HEAD_REVISION:
        return
    with database.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRESQL_LOCK})
        _upgrade(connection)


def _read_revision(database: Database) -> str | None:
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    configuration = Config()
    configuration.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(configuration)

    def upgrade(revision: str, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001  # alembic's own command does the same

    context = MigrationContext.configure(
        connection,
        opts={"fn": upgrade},
    )
    revision = context.get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseTooNewError(
            "This database was written by a newer Passport. Update Passport; nothing was changed."
        )
    with Operations.context(context):
        context.run_migrations()
