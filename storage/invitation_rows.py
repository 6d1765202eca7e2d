"""Queries on invitations; only the SHA-256 of a code is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .tables import invitations


@dataclass(frozen=True)
class InvitationRow:
    """One person may register."""

    id: str
    email: str | None
    created_at: datetime
    expires_at: datetime


COLUMNS = tuple(invitations.c[name] for name in InvitationRow.__dataclass_fields__)


def add_invitation(connection: Connection, row: InvitationRow, code_sha256: bytes) -> None:
    """Keep an invitation that was just made."""
    connection.execute(insert(invitations).values(**vars(row), code_sha256=code_sha256))


def find_invitation(connection: Connection, code_sha256: bytes) -> InvitationRow | None:
    """Return the invitation, or None when it was used, taken back, or never made."""
    query = select(*COLUMNS).where(invitations.c.code_sha256 == code_sha256)
    row = connection.execute(query).first()
    return None if row is None else InvitationRow(*row)


def list_invitations(connection: Connection, now: datetime) -> list[InvitationRow]:
    """Return the invitations that can still be used, the newest first."""
    query = select(*COLUMNS).where(invitations.c.expires_at > now)
    ordered = query.order_by(invitations.c.created_at.desc(), invitations.c.id)
    return [InvitationRow(*row) for row in connection.execute(ordered)]


def delete_invitation(connection: Connection, invitation_id: str) -> bool:
    """Use the invitation up, or take it back; tell whether this call was the one that did."""
    gone = connection.execute(delete(invitations).where(invitations.c.id == invitation_id))
    return gone.rowcount == 1


def delete_expired_invitations(connection: Connection, now: datetime) -> None:
    """Forget invitations that nobody can use any more."""
    connection.execute(delete(invitations).where(invitations.c.expires_at <= now))
