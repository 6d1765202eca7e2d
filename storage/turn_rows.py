"""Queries on turns: what one machine at a time may do, until it is done or an instant has passed.

A turn is a bucket of one try, and stands among the others: once over it is forgotten with them.
No lock is held meanwhile, which poolers and some servers do not keep.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, update

from .tables import throttles
from .throttle_rows import add_buckets


def take_turn(connection: Connection, key: bytes, now: datetime, until: datetime) -> bool:
    """Take the turn until then; tell whether it was free. Of many at once one gets it."""
    add_buckets(connection, [key], now)
    over = throttles.c.free_at <= now
    # Nobody has one that long: it is from before a clock was set back.
    impossible = throttles.c.free_at > until + (until - now)
    taking = update(throttles).where(throttles.c.key_sha256 == key, over | impossible)
    return connection.execute(taking.values(free_at=until)).rowcount == 1


def end_turn(connection: Connection, key: bytes, until: datetime) -> None:
    """Give back the turn that lasts until then, unless somebody else has it by now."""
    mine = (throttles.c.key_sha256 == key) & (throttles.c.free_at == until)
    connection.execute(delete(throttles).where(mine))
