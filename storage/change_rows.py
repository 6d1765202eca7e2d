"""What has changed that other processes remember: noted with the change, read without gaps.

A number is taken from `change_counter` as the last act before a commit, and its row stays locked
until the commit is seen: numbers become visible in their order, none is missing and none comes
late. PostgreSQL's own sequences do not promise that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from .shared_tables import change_counter, change_log

ACCESS, CREDENTIAL = "access", "credential"
"""Whoever remembers a session, an API key or the state of the account has to ask again; a
credential of the account was removed."""

COUNTER = "changes"
MOST_READ = 1000
_WAITING = "passport_changes"


@dataclass(frozen=True)
class ChangeRow:
    """One change, without a name: what is deleted leaves no trace of whose it was."""

    account_sha256: bytes
    kind: str


def hash_account(account_id: str) -> bytes:
    """Return what stands for the account in the log."""
    return hashlib.sha256(account_id.encode()).digest()


def note_change(
    connection: Connection, kind: str, *account_ids: str, at: datetime | None = None
) -> None:
    """Have the change written down as this transaction of `Database` is committed."""
    waiting = connection.info.setdefault(_WAITING, {})
    for account_id in account_ids:
        waiting[hash_account(account_id), kind] = at


def drop_changes(connection: Connection) -> None:
    """Forget what an earlier transaction on this connection has noted and not committed."""
    connection.info.pop(_WAITING, None)


def write_changes(connection: Connection, now: datetime) -> None:
    """Write down what was noted. The last act of a transaction: it holds up others like it."""
    waiting = connection.info.pop(_WAITING, None)
    if not waiting:
        return
    counting = update(change_counter).where(change_counter.c.name == COUNTER)
    counting = counting.values(value=change_counter.c.value + len(waiting))
    if connection.execute(counting).rowcount == 0:  # a store that was restored from before it
        connection.execute(insert(change_counter).values(name=COUNTER, value=len(waiting)))
    first = read_position(connection) - len(waiting) + 1
    rows = [
        {"id": number, "at": at or now, "account_sha256": account, "kind": kind}
        for number, ((account, kind), at) in enumerate(waiting.items(), first)
    ]
    connection.execute(insert(change_log), rows)


def read_position(connection: Connection) -> int:
    """Return the number of the newest change."""
    query = select(change_counter.c.value).where(change_counter.c.name == COUNTER)
    return connection.execute(query).scalar() or 0


def list_changes(connection: Connection, after: int) -> list[ChangeRow]:
    """Return the changes that came later, the oldest first; old ones are not kept for long."""
    query = select(change_log.c.account_sha256, change_log.c.kind).where(change_log.c.id > after)
    rows = connection.execute(query.order_by(change_log.c.id).limit(MOST_READ))
    return [ChangeRow(bytes(account), kind) for account, kind in rows]


def find_mark(connection: Connection, number: int) -> tuple[bytes, str, datetime] | None:
    """Return by what the change with this number is known again, or None when it is not kept.

    A server that takes another's place without its newest changes gives their numbers to others.
    """
    query = select(change_log.c.account_sha256, change_log.c.kind, change_log.c.at)
    row = connection.execute(query.where(change_log.c.id == number)).first()
    return None if row is None else (bytes(row[0]), row[1], row[2])


def has_changed(connection: Connection, kind: str, account_id: str, since: datetime) -> bool:
    """Tell whether there was such a change of the account since then."""
    query = select(change_log.c.id).where(
        change_log.c.account_sha256 == hash_account(account_id),
        change_log.c.kind == kind,
        change_log.c.at >= since,
    )
    return connection.execute(query.limit(1)).first() is not None


def delete_changes_before(connection: Connection, instant: datetime) -> None:
    """Forget changes that everybody has heard of."""
    connection.execute(delete(change_log).where(change_log.c.at < instant))
