"""Queries on log-ins that are under way at another service.

Only the SHA-256 of their ids is kept; what they carry is sealed with what their browser alone has.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from .tables import pending_log_ins


def add_pending(
    connection: Connection, id_sha256: bytes, sealed: bytes, expires_at: datetime
) -> None:
    """Keep a log-in that has begun."""
    values = {"id_sha256": id_sha256, "sealed": sealed, "expires_at": expires_at}
    connection.execute(insert(pending_log_ins).values(values))


def find_pending(connection: Connection, id_sha256: bytes) -> tuple[bytes, datetime] | None:
    """Return what was sealed and when it expires, or None; it stays."""
    query = select(pending_log_ins.c.sealed, pending_log_ins.c.expires_at)
    row = connection.execute(query.where(pending_log_ins.c.id_sha256 == id_sha256)).first()
    return None if row is None else (row[0], row[1])


def take_pending(connection: Connection, id_sha256: bytes) -> bool:
    """Use the log-in up; tell whether this call was the one that did."""
    removal = delete(pending_log_ins).where(pending_log_ins.c.id_sha256 == id_sha256)
    return connection.execute(removal).rowcount == 1


def claim_poll(
    connection: Connection, id_sha256: bytes, now: datetime, next_poll_at: datetime
) -> bool:
    """Tell whether the service may be asked now; of many calls at once, one may."""
    due = pending_log_ins.c.next_poll_at.is_(None) | (pending_log_ins.c.next_poll_at <= now)
    change = update(pending_log_ins).where(pending_log_ins.c.id_sha256 == id_sha256, due)
    return connection.execute(change.values(next_poll_at=next_poll_at)).rowcount == 1


def rewrite_pending(
    connection: Connection, id_sha256: bytes, sealed: bytes, next_poll_at: datetime
) -> bool:
    """Have the log-in carry something else, and be asked about later; tell whether it is there."""
    change = update(pending_log_ins).where(pending_log_ins.c.id_sha256 == id_sha256)
    written = connection.execute(change.values(sealed=sealed, next_poll_at=next_poll_at))
    return written.rowcount == 1


def delete_expired_pending(connection: Connection, now: datetime) -> None:
    """Forget log-ins that nobody has come back from."""
    connection.execute(delete(pending_log_ins).where(pending_log_ins.c.expires_at <= now))
