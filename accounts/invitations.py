"""Invitations: one person may register, once, for some days."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock, is_current
from ..secret import Secret
from ..storage.database import Database
from ..storage.invitation_rows import (
    InvitationRow,
    add_invitation,
    delete_invitation,
    find_invitation,
    list_invitations,
)
from .email_addresses import make_email_key, parse_email
from .errors import InvitationInvalidError, InvitationMissingError

CODE_LENGTH_BYTES = 16
DEFAULT_DAYS = 7
MOST_DAYS = 90


class Invitations:
    """Makes, lists and takes back invitations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(
        self, email: str | None, days: int, by: str | None, client: Client
    ) -> tuple[InvitationRow, Secret]:
        """Return a new invitation and its code, which nobody can ask for again.

        With a mail address it is good for that address alone. Raises EmailInvalidError.
        """
        shown = parse_email(email).shown if email else None
        now = self._clock()
        code = secrets.token_urlsafe(CODE_LENGTH_BYTES)
        row = InvitationRow(uuid.uuid4().hex, shown, now, now + timedelta(days=days))
        with self._database.transaction() as connection:
            add_invitation(connection, row, _hash(code))
            audit.record(connection, now, audit.INVITATION_MADE, by, client, days=days)
        return row, Secret(code)

    def list(self) -> list[InvitationRow]:
        """Return those that can still be used, the newest first."""
        with self._database.reading() as connection:
            return list_invitations(connection, self._clock())

    def take_back(self, invitation_id: str, by: str | None, client: Client) -> None:
        """Void the invitation. Raises InvitationMissingError."""
        with self._database.transaction() as connection:
            if not delete_invitation(connection, invitation_id):
                raise InvitationMissingError("There is no such invitation; it may have been used.")
            audit.record(connection, self._clock(), audit.INVITATION_TAKEN_BACK, by, client)


def find_good_invitation(
    connection: Connection, now: datetime, code: str, email_key: str | None
) -> InvitationRow:
    """Return the invitation; it stays good. Raises InvitationInvalidError.

    `email_key` None stands for somebody who registers without a mail address, an empty one for
    somebody whose address is not proved: no invitation for one address is good for them.
    """
    row = find_invitation(connection, _hash(code))
    if row is None or not is_current(now, row.created_at, row.expires_at):
        raise _invalid()
    if row.email and email_key is not None and make_email_key(row.email) != email_key:
        raise _invalid()
    return row


def use_invitation(connection: Connection, now: datetime, code: str, email_key: str | None) -> None:
    """Use the invitation up: of many calls at once, one succeeds. Raises InvitationInvalidError."""
    row = find_good_invitation(connection, now, code, email_key)
    if not delete_invitation(connection, row.id):
        raise _invalid()


def _invalid() -> InvitationInvalidError:
    return InvitationInvalidError(
        "This invitation is not good: it was used or taken back, has expired, or is made out to "
        "another mail address. Ask the server's owner for a new one."
    )


def _hash(code: str) -> bytes:
    return hashlib.sha256(f"invitation\0{code.strip()}".encode()).digest()
