"""What a letter says, found out as it is sent: who it is for, and a token that no store holds."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ..audit.browsers import describe_browser
from ..clock import Clock, to_iso
from ..secret import Secret
from ..storage.account_rows import ACTIVE, CANCELLED, AccountRow, find_account
from ..storage.database import Database
from ..storage.outbox_rows import OutboxRow
from ..storage.password_rows import find_by_email_key, find_password
from ..storage.token_rows import delete_tokens
from .email_addresses import make_email_key
from .leaving import ACCOUNT_CANCELLED
from .tokens import PASSWORD_RESET, VERIFY_EMAIL, VERIFY_NEW_EMAIL, issue_token

INVITATION = "invitation"  # the kind of a letter

FRAGMENTS = {
    PASSWORD_RESET: "passport-reset",
    VERIFY_EMAIL: "passport-verify",
    VERIFY_NEW_EMAIL: "passport-verify",
    INVITATION: "passport-invite",
}


class LetterValues:
    """Called by the outbox for each letter, right before it goes."""

    def __init__(self, database: Database, public_url: str, clock: Clock) -> None:
        self._database = database
        self._public_url = public_url
        self._clock = clock

    def __call__(self, row: OutboxRow) -> dict[str, Any] | None:
        """Return the values, or None when the letter is for nobody (any more)."""
        details: dict[str, Any] = {"at": to_iso(row.created_at), **json.loads(row.details)}
        base = details.get("base") or self._public_url or None
        with self._database.transaction() as connection:
            account = self._find_account(connection, row)
            wanted = CANCELLED if row.kind == ACCOUNT_CANCELLED else ACTIVE
            if account is None or account.state != wanted:
                return None
            # Never to what somebody typed: only to the address that the account has.
            values: dict[str, Any] = {**details, "base": base, "recipient": row.recipient}
            if row.kind in FRAGMENTS:
                if row.kind == PASSWORD_RESET:
                    values["recipient"] = account.email or ""
                token = self._issue(connection, row.kind, account, values["recipient"])
                values["token"] = token.reveal()
                values["link"] = make_link(base, row.kind, token)
        if "user_agent" in values:
            values["browser"], values["platform"] = describe_browser(values.pop("user_agent"))
        return values

    def _find_account(self, connection: Connection, row: OutboxRow) -> AccountRow | None:
        if row.kind == PASSWORD_RESET:
            found = find_by_email_key(connection, make_email_key(row.recipient))
            return found[0] if found else None
        account = find_account(connection, row.account_id or "")
        if account is None:
            return None
        wanted = {VERIFY_EMAIL: account.email, VERIFY_NEW_EMAIL: account.pending_email}
        return account if wanted.get(row.kind, row.recipient) == row.recipient else None

    def _issue(
        self, connection: Connection, purpose: str, account: AccountRow, email: str
    ) -> Secret:
        now: datetime = self._clock()
        password = find_password(connection, account.id)
        delete_tokens(connection, account.id, purpose)
        stamp = password.stamp if password else ""
        return issue_token(connection, now, purpose, account.id, email, stamp)


def make_link(base: str | None, kind: str, token: Secret) -> str | None:
    """Return the link that opens the panel with the token, or None without an address.

    The token stands in the fragment, which browsers do not send: no log and no Referer has it.
    """
    if not base:
        return None
    return f"{base.rstrip('/')}/#{FRAGMENTS[kind]}={token.reveal()}"
