"""Making one account of two, after both were proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_merging import absorb_account
from ..storage.account_rows import ACTIVE, OWNER, AccountRow, change_account, find_account
from ..storage.credential_rows import (
    CredentialRow,
    find_session,
    list_credentials,
    put_credential,
)
from ..vault.credentials import Credentials
from .errors import (
    AccountDisabledError,
    AccountMissingError,
    BothHaveKeysError,
    PasswordExistsError,
)

PERSONAL = ("display_name", "email", "email_verified_at", "pending_email")


@dataclass(frozen=True)
class Asking:
    """Which account links another way in, from where; `base` is where links in mails lead to."""

    account_id: str
    client: Client
    base: str | None = None


class Merging:
    """Lets the account that is signed in absorb another one.

    It is the one that survives, so that its runs that wait in the queue keep their key.
    """

    def __init__(
        self, credentials: Credentials, forget: Callable[[str, str], None], clock: Clock
    ) -> None:
        self._credentials = credentials
        self._forget = forget
        self._clock = clock

    def absorb(self, connection: Connection, asking: Asking, other: AccountRow) -> None:
        """Give the account what the other one has, credentials left out, and remove that one.

        Raises AccountDisabledError, and PasswordExistsError where both log in by mail. Call
        `settle` once it is committed.
        """
        if other.state != ACTIVE:
            raise AccountDisabledError(
                "The other account is disabled or cancelled. Reactivate it, or ask this server's "
                "owner."
            )
        inherited: dict[str, Any] = {}
        if other.has_password:
            require_without_password(connection, asking.account_id)
            inherited = {name: getattr(other, name) for name in PERSONAL}
        if other.role == OWNER:
            inherited["role"] = OWNER
        if other.comfy_user and not require(connection, asking.account_id).comfy_user:
            inherited["comfy_user"] = other.comfy_user
        session = self._find_session(connection, asking.account_id, other.id)
        absorb_account(connection, asking.account_id, other.id)
        if session is not None:
            put_credential(connection, session)
        if inherited:
            change_account(connection, asking.account_id, **inherited)
        now = self._clock()
        audit.record(connection, now, audit.ACCOUNTS_LINKED, asking.account_id, asking.client)

    def absorb_whole(self, connection: Connection, asking: Asking, other: AccountRow) -> None:
        """Do the same, credentials included. Raises BothHaveKeysError besides."""
        theirs = list_credentials(connection, other.id)
        if theirs and list_credentials(connection, asking.account_id):
            raise BothHaveKeysError(
                "Both accounts store a Comfy API key, and only one can stay. Remove the one that "
                "you do not need, then link again. Nothing was changed."
            )
        moved = [self._credentials.seal_again(row, asking.account_id) for row in theirs]
        self.absorb(connection, asking, other)
        for row in moved:
            put_credential(connection, row)

    def _find_session(
        self, connection: Connection, account_id: str, other_id: str
    ) -> CredentialRow | None:
        """Return the other account's log-in at the hosted service, where it can be kept on."""
        if find_session(connection, account_id) is not None:
            return None
        theirs = find_session(connection, other_id)
        if theirs is None or not self._credentials.is_readable(theirs):
            return None
        return self._credentials.seal_again(theirs, account_id)

    def settle(self, asking: Asking, other_id: str) -> None:
        """Have the sessions and API keys of both belong to the one account from now on."""
        self._forget(asking.account_id, other_id)


def require_without_password(connection: Connection, account_id: str) -> AccountRow:
    """Return the account. Raises PasswordExistsError when it logs in by mail already."""
    account = require(connection, account_id)
    if account.has_password:
        raise PasswordExistsError("This account logs in with a mail address already.")
    return account


def require(connection: Connection, account_id: str) -> AccountRow:
    """Return the account. Raises AccountMissingError."""
    account = find_account(connection, account_id)
    if account is None:
        raise AccountMissingError("This account is no more. Log in again.")
    return account
