"""What the store knows of itself."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select

from .tables import instance

STORE_ID = "store_id"
MASTER_KEY_CHANGED_AT = "master_key_changed_at"


def find_value(connection: Connection, name: str) -> str | None:
    """Return what the store knows under this name, or None."""
    return connection.execute(select(instance.c.value).where(instance.c.name == name)).scalar()


def put_value(connection: Connection, name: str, value: str) -> None:
    """Keep it in place of what was known under this name."""
    connection.execute(delete(instance).where(instance.c.name == name))
    connection.execute(insert(instance).values(name=name, value=value))


def lock_instance(connection: Connection) -> None:
    """Let no other transaction that does the same go on until this one ends."""
    connection.execute(select(instance.c.name).with_for_update())


def find_store_id(connection: Connection) -> str | None:
    """Return the store's name for itself, or None in a new store."""
    return find_value(connection, STORE_ID)


def add_store_id(connection: Connection) -> str:
    """Give the store a name; it stands in cookie names, so that servers on one host do not mix."""
    store_id = secrets.token_hex(4)
    connection.execute(insert(instance).values(name=STORE_ID, value=store_id))
    return store_id
