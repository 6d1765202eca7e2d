"""What the store knows of itself."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select

from .tables import instance

STORE_ID = "store_id"


def find_store_id(connection: Connection) -> str | None:
    """Return the store's name for itself, or None in a new store."""
    query = select(instance.c.value).where(instance.c.name == STORE_ID)
    return connection.execute(query).scalar()


def add_store_id(connection: Connection) -> str:
    """Give the store a name; it stands in cookie names, so that servers on one host do not mix."""
    store_id = secrets.token_hex(4)
    connection.execute(insert(instance).values(name=STORE_ID, value=store_id))
    return store_id
