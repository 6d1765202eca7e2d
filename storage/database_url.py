"""Reading the address of a store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import SettingsError


def read_url(text: str) -> URL:
    """Return the address, with the driver that we use.

    Raises sqlalchemy's ArgumentError, whose text can hold the password, and SettingsError where a
    password was written as it is.
    """
    _, _, rest = text.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    if authority.count("@") > 1:
        raise SettingsError(
            "There is more than one @ in the address of the database. In a user or password write "
            "@ as %40, : as %3A, / as %2F and % as %25."
        )
    # Which driver a bare name means differs between versions of SQLAlchemy; ours is psycopg.
    try:
        url = make_url(text)
    except ValueError:
        raise ArgumentError("the port is no number") from None
    bare = url.drivername in ("postgres", "postgresql")
    return url.set(drivername="postgresql+psycopg") if bare else url


def name_connection(connection: Any, _record: Any) -> None:
    """Tell a PostgreSQL server who connects: operators see it, and `exclusive` does."""
    connection.execute(
        "SELECT set_config('application_name', 'passport ' || coalesce(current_schema(), ''), "
        "false)"
    )
    connection.commit()
