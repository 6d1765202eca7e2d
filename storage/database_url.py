"""Reading the address of a store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import SettingsError
from .connect_failures import ENCODE

POSTGRESQL = ("postgres", "postgresql")


def read_url(text: str) -> URL:
    """Return the address, with the driver that we use.

    Raises sqlalchemy's ArgumentError, whose text can hold the password, and SettingsError where a
    password was written as it is.
    """
    _, _, rest = text.partition("://")
    place, _, _ = rest.partition("?")
    authority, _, path = place.partition("/")
    if authority.count("@") > 1 or "@" in path:
        raise _not_encoded()
    try:
        url = make_url(text)
    except ValueError:  # the port is no number: it is the rest of a password
        raise _not_encoded() from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url
    if backend not in POSTGRESQL:
        raise ArgumentError("another kind of database")
    # Which driver a bare name means differs between versions of SQLAlchemy; ours is psycopg.
    return url.set(drivername="postgresql+psycopg")


def _not_encoded() -> SettingsError:
    return SettingsError(
        "PASSPORT_DATABASE_URL cannot be read: there is a character in its user or password that "
        f"means something in an address, or its port is no number. {ENCODE}"
    )


def name_connection(connection: Any, _record: Any) -> None:
    """Tell a PostgreSQL server who connects: operators see it, and `exclusive` does."""
    connection.execute(
        "SELECT set_config('application_name', 'passport ' || coalesce(current_schema(), ''), "
        "false)"
    )
    connection.commit()
