"""Telling people by mail that somebody has logged in to their account from somewhere new."""

from __future__ import annotations

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.browsers import describe_browser
from ..audit.clients import Client
from ..storage.account_rows import find_account
from ..storage.audit_rows import list_clients
from .outbox import Outbox

NEW_LOG_IN = "new_log_in"  # the kind of a letter
BEING_HERE = (audit.SIGNED_IN, audit.REGISTERED)
WAKE_AFTER_SECONDS = 1
"""By then the log-in is committed; if not, the letter goes with the next look."""


class LogInNotice:
    """Knows a browser again by what people call it and its network, as the audit log has them."""

    def __init__(self, outbox: Outbox, wanted: bool) -> None:
        self._outbox = outbox
        self._wanted = wanted

    def tell(self, connection: Connection, account_id: str, client: Client) -> None:
        """Let a letter wait if this is somewhere new; call it before the log-in is written down.

        It goes to verified addresses alone. The first log-in of an account is no news.
        """
        if not (self._wanted and self._outbox.enabled):
            return
        known = {
            (network, describe_browser(user_agent))
            for network, user_agent in list_clients(connection, account_id, BEING_HERE)
        }
        if not known or (client.network, describe_browser(client.user_agent)) in known:
            return
        account = find_account(connection, account_id)
        if account is None or not account.email or account.email_verified_at is None:
            return
        self._outbox.put(
            connection,
            NEW_LOG_IN,
            account.email,
            account_id,
            address=client.address,
            user_agent=client.user_agent,
        )
        self._outbox.wake(WAKE_AFTER_SECONDS)
