"""Leaving: cancel, which can be undone for a while, and delete, which cannot."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import (
    ACTIVE,
    CANCELLED,
    OWNER,
    AccountRow,
    change_account,
    delete_account,
    find_account,
    lock_account,
    lock_ownership,
)
from ..storage.database import Database
from ..storage.errors import StorageError
from ..storage.leaving_rows import (
    count_belongings,
    count_other_accounts,
    count_other_owners,
    delete_traces,
)
from ..storage.session_rows import delete_sessions
from ..storage.token_rows import delete_tokens
from .errors import AccountMissingError, LastOwnerError
from .outbox import Outbox
from .sign_in import require_usable

ACCOUNT_CANCELLED = "account_cancelled"  # the kind of a letter
RECEIPT_GROUPS, RECEIPT_GROUP_BYTES = 3, 2


@dataclass(frozen=True)
class Preview:
    """What would go with the account."""

    account: AccountRow
    counts: dict[str, int]
    is_last_owner: bool
    """Others have accounts here, and nobody else owns the server: somebody must, first."""


@dataclass(frozen=True)
class Receipt:
    """Says that an account was deleted, when, and what went with it."""

    number: str
    deleted_at: datetime
    counts: dict[str, int]


class Leaving:
    """Cancels, reactivates and deletes accounts.

    `forget` takes an account's sessions and API keys out of memory; a cancelled account is
    deleted after `days`.
    """

    def __init__(
        self,
        database: Database,
        forget: Callable[[str], None],
        outbox: Outbox,
        clock: Clock,
        days: int,
    ) -> None:
        self._database = database
        self._forget = forget
        self._outbox = outbox
        self._clock = clock
        self._grace = timedelta(days=days)

    def cancel(self, account_id: str, session_id: str, client: Client) -> AccountRow:
        """Disable one's own account until the day it is deleted; all other sessions end.

        What it stores stays, sealed; nothing runs with it. Raises LastOwnerError, and
        AccountDisabledError: whoever was locked out does not get back in this way.
        """
        now = self._clock()
        with self._database.transaction() as connection:
            lock_ownership(connection)
            lock_account(connection, account_id)
            account = _require(connection, account_id)
            require_usable(account)
            self._require_other_owner(connection, account)
            purge_at = now + self._grace
            change_account(
                connection, account_id, state=CANCELLED, purge_at=purge_at, reminded_at=None
            )
            delete_sessions(connection, account_id, but=session_id)
            delete_tokens(connection, account_id)
            audit.record(connection, now, audit.ACCOUNT_CANCELLED, account_id, client)
            tell_cancelled(connection, self._outbox, account, purge_at)
            cancelled = _require(connection, account_id)
        self._forget(account_id)
        self._outbox.wake()
        return cancelled

    def reactivate(self, account_id: str, client: Client) -> AccountRow:
        """Undo the cancellation."""
        now = self._clock()
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            account = _require(connection, account_id)
            if account.state == CANCELLED:
                change_account(
                    connection, account_id, state=ACTIVE, purge_at=None, reminded_at=None
                )
                audit.record(connection, now, audit.ACCOUNT_REACTIVATED, account_id, client)
            reactivated = _require(connection, account_id)
        self._forget(account_id)
        return reactivated

    def preview(self, account_id: str) -> Preview:
        """Return what would go with the account. Raises AccountMissingError."""
        with self._database.reading() as connection:
            account = _require(connection, account_id)
            return Preview(
                account,
                count_belongings(connection, account_id),
                _is_last_owner(connection, account),
            )

    def delete(self, account_id: str, client: Client) -> Receipt:
        """Delete the account and everything about it, at once and for good.

        The address can register again, as a stranger. Raises AccountMissingError (of two calls at
        once, one deletes) and LastOwnerError.
        """
        with self._database.transaction() as connection:
            receipt = self.delete_in(connection, account_id, client)
        self.settle(account_id)
        return receipt

    def delete_in(
        self, connection: Connection, account_id: str, client: Client, by: str | None = None
    ) -> Receipt:
        """Do it in this transaction; call `settle` once it is committed.

        `by` is the owner's id where it is not the person who leaves.
        """
        lock_ownership(connection)
        lock_account(connection, account_id)
        account = _require(connection, account_id)
        self._require_other_owner(connection, account)
        counts = count_belongings(connection, account_id)
        delete_traces(connection, account)
        delete_account(connection, account_id)
        receipt = Receipt(_make_number(), self._clock(), counts)
        # Of the account itself nothing is written down: whose it was is known to whoever has
        # the number.
        audit.record(
            connection,
            receipt.deleted_at,
            audit.ACCOUNT_DELETED,
            None,
            Client("", ""),
            receipt=receipt.number,
            **({"by": by} if by else {}),
        )
        return receipt

    def settle(self, *account_ids: str) -> None:
        """Make what was deleted be gone from memory and from the files too."""
        for account_id in account_ids:
            self._forget(account_id)
        with suppress(StorageError):  # it is deleted; what is left to scrub, housekeeping does
            self._database.scrub()

    def _require_other_owner(self, connection: Connection, account: AccountRow) -> None:
        if _is_last_owner(connection, account):
            raise LastOwnerError(
                "You are the only owner of this server, and others have accounts on it. Make one "
                "of them an owner first (`python3 ComfyUI-Passport make-owner MAIL`)."
            )


def tell_cancelled(
    connection: Connection, outbox: Outbox, account: AccountRow, purge_at: datetime
) -> None:
    """Write to the account's address that it is cancelled, and when it is deleted."""
    if outbox.enabled and account.email and account.has_password:
        outbox.put(
            connection,
            ACCOUNT_CANCELLED,
            account.email,
            account.id,
            purge_at=purge_at.isoformat(timespec="seconds"),
        )


def _is_last_owner(connection: Connection, account: AccountRow) -> bool:
    return (
        account.role == OWNER
        and count_other_owners(connection, account.id) == 0
        and count_other_accounts(connection, account.id) > 0
    )


def _require(connection: Connection, account_id: str) -> AccountRow:
    account = find_account(connection, account_id)
    if account is None:
        raise AccountMissingError("This account is no more.")
    return account


def _make_number() -> str:
    groups = (secrets.token_hex(RECEIPT_GROUP_BYTES).upper() for _ in range(RECEIPT_GROUPS))
    return "-".join(groups)
