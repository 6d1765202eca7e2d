"""Queries on one-shot tickets; only their SHA-256 is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .shared_tables import tickets


@dataclass(frozen=True)
class TicketRow:
    """Which session or API key the ticket stands for, once."""

    account_id: str
    session_id: str | None
    key_sha256: bytes | None
    expires_at: datetime


COLUMNS = tuple(tickets.c[name] for name in TicketRow.__dataclass_fields__)


def add_ticket(connection: Connection, row: TicketRow, ticket_sha256: bytes) -> None:
    """Keep a ticket that was just given out."""
    connection.execute(insert(tickets).values(**vars(row), ticket_sha256=ticket_sha256))


def find_ticket(connection: Connection, ticket_sha256: bytes) -> TicketRow | None:
    """Return what the ticket stands for, or None; it stays good."""
    query = select(*COLUMNS).where(tickets.c.ticket_sha256 == ticket_sha256)
    row = connection.execute(query).first()
    return None if row is None else TicketRow(*row)


def take_ticket(connection: Connection, ticket_sha256: bytes) -> bool:
    """Use the ticket up; tell whether this call was the one that did."""
    taken = connection.execute(delete(tickets).where(tickets.c.ticket_sha256 == ticket_sha256))
    return taken.rowcount == 1


def delete_expired_tickets(connection: Connection, now: datetime) -> None:
    """Forget tickets that nobody can use any more."""
    connection.execute(delete(tickets).where(tickets.c.expires_at <= now))
