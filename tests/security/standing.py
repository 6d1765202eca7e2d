"""Somebody who is signed in before each call, whatever the calls before have done to them."""

from __future__ import annotations

import uuid

from passport.audit.clients import Client
from passport.server_routes.session_cookie import cookie_name
from passport.storage.account_rows import ACTIVE, AccountRow, add_account, find_account
from passport.tests.server_routes.passport_server import PassportServer

HERE = Client("127.0.0.1", "a test")


class Standing:
    """An account of that role; another one takes its place once it cannot log in any more."""

    def __init__(self, server: PassportServer, role: str) -> None:
        self.server = server
        self.role = role
        self.account: AccountRow | None = None

    def cookie(self) -> str:
        """Start a session, as a log-in would, and give its cookie."""
        services = self.server.services
        with services.database.transaction() as connection:
            if self.account is not None:
                self.account = find_account(connection, self.account.id)
            if self.account is None or self.account.state != ACTIVE:
                email = f"{self.role}-{uuid.uuid4().hex[:8]}@example.org"
                now = self.server.clock()
                self.account = add_account(connection, self.role.title(), email, now, self.role)
            token, _ = services.accounts.sessions.start(
                connection, self.account.id, "password", False, HERE
            )
        return f"{cookie_name(services.store_id, secure=False)}={token}"
