"""Queries on letters that wait to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from .tables import outbox


@dataclass(frozen=True)
class OutboxRow:
    """A letter that waits: what it is about, and not yet its text."""

    id: str
    kind: str
    recipient: str = field(repr=False)
    account_id: str | None
    details: str = field(repr=False)
    """A JSON object; never a secret."""
    created_at: datetime
    attempts: int
    due_at: datetime
    problem: str | None


COLUMNS = tuple(outbox.c[name] for name in OutboxRow.__dataclass_fields__)


def _is_due(now: datetime, latest: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.due_at <= now, outbox.c.due_at > latest)


def _is_as_seen(row: OutboxRow) -> ColumnElement[bool]:
    return (
        (outbox.c.id == row.id)
        & (outbox.c.due_at == row.due_at)
        & (outbox.c.attempts == row.attempts)
    )


def add_to_outbox(connection: Connection, row: OutboxRow) -> None:
    """Let the letter wait; it is durable exactly when the transaction is."""
    connection.execute(insert(outbox).values(**vars(row)))


def list_due(
    connection: Connection, now: datetime, latest: datetime, limit: int
) -> list[OutboxRow]:
    """Return letters to send now, the longest due first.

    Nothing is put off beyond `latest`: a letter that is has seen a clock that was set back since.
    """
    query = select(*COLUMNS).where(_is_due(now, latest)).order_by(outbox.c.due_at, outbox.c.id)
    return [OutboxRow(*row) for row in connection.execute(query.limit(limit))]


def find_next_due(connection: Connection) -> datetime | None:
    """Return when the next letter is due, or None when none waits."""
    return connection.execute(select(func.min(outbox.c.due_at))).scalar()


def claim(connection: Connection, row: OutboxRow, until: datetime) -> bool:
    """Take the letter for one attempt; tell whether nobody else had taken it meanwhile."""
    taking = update(outbox).where(_is_as_seen(row))
    taken = connection.execute(taking.values(due_at=until, attempts=outbox.c.attempts + 1))
    return taken.rowcount == 1


def reschedule(connection: Connection, row: OutboxRow, due_at: datetime, problem: str) -> bool:
    """Put a claimed letter off; tell whether it was still ours."""
    change = update(outbox).where(_is_as_seen(row))
    return connection.execute(change.values(due_at=due_at, problem=problem)).rowcount == 1


def delete_from_outbox(connection: Connection, row_id: str) -> None:
    """Let the letter go, sent or given up."""
    connection.execute(delete(outbox).where(outbox.c.id == row_id))


def delete_for_account(connection: Connection, account_id: str, kind: str) -> None:
    """Let the account's waiting letters of this kind go: a newer one takes their place."""
    connection.execute(
        delete(outbox).where(outbox.c.account_id == account_id, outbox.c.kind == kind)
    )


def count_waiting(connection: Connection) -> int:
    """Return how many letters wait."""
    return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def find_newest_problem(connection: Connection) -> str | None:
    """Return why the youngest of the letters that could not be sent still waits, or None."""
    query = select(outbox.c.problem).where(outbox.c.problem.is_not(None))
    newest = query.order_by(outbox.c.created_at.desc(), outbox.c.id).limit(1)
    return connection.execute(newest).scalar()
