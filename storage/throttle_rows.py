"""Queries on how far each bucket is spent: the instant at which it is full again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from .tables import throttles

# Both know the clause; SQLAlchemy has no common word for it.
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def add_buckets(connection: Connection, keys: Collection[bytes], free_at: datetime) -> None:
    """Have a row for each bucket, so that `read_buckets` can lock it; one that is there stays."""
    put = INSERT[connection.dialect.name](throttles).on_conflict_do_nothing()
    rows = [{"key_sha256": key, "free_at": free_at} for key in sorted(keys)]
    connection.execute(put, rows)


def read_buckets(connection: Connection, keys: Collection[bytes]) -> dict[bytes, datetime]:
    """Return when the buckets are full again, those that are not full now, and lock them."""
    query = select(throttles.c.key_sha256, throttles.c.free_at).where(
        throttles.c.key_sha256.in_(keys)
    )
    # In one order for all, so that two requests never wait for each other.
    rows = connection.execute(query.order_by(throttles.c.key_sha256).with_for_update())
    return {bytes(key): free_at for key, free_at in rows}


def write_buckets(connection: Connection, free_at: Mapping[bytes, datetime]) -> None:
    """Note when the buckets are full again."""
    if not free_at:
        return
    put = INSERT[connection.dialect.name](throttles)
    put = put.on_conflict_do_update(
        index_elements=[throttles.c.key_sha256], set_={"free_at": put.excluded.free_at}
    )
    rows = [{"key_sha256": key, "free_at": free_at[key]} for key in sorted(free_at)]
    connection.execute(put, rows)


def delete_full_buckets(connection: Connection, now: datetime) -> None:
    """Forget buckets that are full: they are as good as new."""
    connection.execute(delete(throttles).where(throttles.c.free_at <= now))
