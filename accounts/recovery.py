"""Getting in again without the password: by a mail, by the owner, or from the command line."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import (
    AccountRow,
    change_account,
    delete_other_identities,
    find_account,
    lock_account,
)
from ..storage.api_key_rows import delete_all_api_keys
from ..storage.database import Database
from ..storage.node_pack_rows import delete_all_node_packs
from ..storage.password_rows import PASSWORD, find_password, put_password
from ..storage.session_rows import delete_sessions
from ..storage.token_rows import TokenRow, delete_tokens
from ..vault.credentials import Credentials
from .email_addresses import parse_email
from .errors import AccountMissingError, EmailMissingError, MailNotSetUpError, TokenInvalidError
from .new_passwords import NewPasswords, make_row
from .outbox import Outbox
from .throttle import RESET_ADDRESS, RESET_ALL, RESET_NETWORK, TOKEN_NETWORK, Try, count, spend
from .tokens import LIFETIMES, PASSWORD_RESET, check_token, issue_token, use_token

LONGEST_PAUSE_MS = 5_000

PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the kind of a letter


@dataclass(frozen=True)
class ResetToken:
    """A token that was just made for a person, and until when it is good."""

    account: AccountRow
    token: Secret
    expires_at: datetime


class Recovery:
    """Gives out reset tokens, and sets passwords by them."""

    def __init__(
        self,
        database: Database,
        new_passwords: NewPasswords,
        forget: Callable[[str], None],
        credentials: Credentials,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._database = database
        self._new_passwords = new_passwords
        self._forget = forget
        self._credentials = credentials
        self._outbox = outbox
        self._clock = clock

    def request(self, email: str, client: Client, base: str | None) -> None:
        """Have a mail sent to the account with this address, if there is one.

        What happens here is the same for every address: whether there is such an account is
        looked up as the mail is sent. Raises MailNotSetUpError, EmailInvalidError,
        TooManyTriesError.
        """
        if not self._outbox.enabled:
            raise MailNotSetUpError(
                "This server sends no mail, so it cannot send you a link. Its owner can make one "
                "in Passport, or on the machine: `python3 ComfyUI-Passport reset-password MAIL`."
            )
        address = parse_email(email)
        with self._database.transaction() as connection:
            spend(
                connection,
                self._clock(),
                Try(RESET_ADDRESS, address.key),
                Try(RESET_NETWORK, client.network),
                Try(RESET_ALL),
            )
            audit.record(connection, self._clock(), audit.PASSWORD_RESET_REQUESTED, None, client)
            self._outbox.put(connection, PASSWORD_RESET, address.shown, None, base=base)
        # Not at once: the work on a letter that goes out would slow down the next request of
        # whoever asks, and tell them that there is such an account.
        self._outbox.wake(secrets.randbelow(LONGEST_PAUSE_MS) / 1000)

    def make(self, account_id: str, by: str | None, client: Client) -> ResetToken:
        """Return a token that the owner hands to the person.

        Raises AccountMissingError, and EmailMissingError for an account that has no password.
        """
        now = self._clock()
        with self._database.transaction() as connection:
            account = find_account(connection, account_id)
            if account is None:
                raise AccountMissingError("There is no such account.")
            password = find_password(connection, account_id)
            if password is None:
                raise _no_password()
            delete_tokens(connection, account_id, PASSWORD_RESET)
            token = issue_token(connection, now, PASSWORD_RESET, account_id, "", password.stamp)
            audit.record(connection, now, audit.PASSWORD_RESET_MADE, account_id, client, by=by)
        return ResetToken(account, token, now + LIFETIMES[PASSWORD_RESET])

    async def confirm(self, token: str, new_password: str, client: Client) -> None:
        """Set the password; every session of the account ends, and its owner is told.

        Of many calls with one token, one succeeds. Raises TokenInvalidError,
        PasswordUnacceptableError, TooManyTriesError and ServerBusyError; after the middle one the
        token is still good.
        """
        account = await self._database.run(self._examine, token, client)
        about = (account.email or "", account.display_name)
        password_hash = await self._new_passwords.make(new_password, *about)
        await self._database.run(self._set, token, password_hash, client)
        self._outbox.wake()

    async def set_password(self, account: AccountRow, new_password: str, client: Client) -> None:
        """Set the password without a token; for the command line. The rest is as with one.

        Raises EmailMissingError for an account that has no password, PasswordUnacceptableError
        and ServerBusyError.
        """
        if not account.has_password:
            raise _no_password()
        about = (account.email or "", account.display_name)
        password_hash = await self._new_passwords.make(new_password, *about)

        def enter() -> None:
            with self._database.transaction() as connection:
                lock_account(connection, account.id)
                self._put(connection, account.id, password_hash, client)
            self._forget(account.id)

        await self._database.run(enter)
        self._outbox.wake()

    def _examine(self, token: str, client: Client) -> AccountRow:
        now = self._clock()
        count(self._database, now, Try(TOKEN_NETWORK, client.network))
        with self._database.reading() as connection:
            row = check_token(connection, now, PASSWORD_RESET, token)
            account = find_account(connection, row.account_id)
        if account is None:
            raise TokenInvalidError("This account is no more.")
        return account

    def _set(self, token: str, password_hash: str, client: Client) -> None:
        now = self._clock()
        with self._database.transaction() as connection:
            account_id = check_token(connection, now, PASSWORD_RESET, token).account_id
            # First, as whoever voids tokens does, or the two could wait for each other.
            lock_account(connection, account_id)
            row = use_token(connection, now, PASSWORD_RESET, token)
            self._require_stamp(connection, row)
            account = find_account(connection, account_id)
            if row.email and account is not None:
                self._take_over(connection, account, client)
            self._put(connection, account_id, password_hash, client)
        self._forget(account_id)

    def _put(
        self, connection: Connection, account_id: str, password_hash: str, client: Client
    ) -> None:
        now = self._clock()
        put_password(connection, make_row(account_id, password_hash, now))
        drop_what_waits(connection, account_id)
        delete_sessions(connection, account_id)
        audit.record(connection, now, audit.PASSWORD_RESET, account_id, client)
        account = find_account(connection, account_id)
        if account is not None:
            tell_password_changed(connection, self._outbox, account, client, "reset")

    def _require_stamp(self, connection: Connection, row: TokenRow) -> None:
        password = find_password(connection, row.account_id)
        if password is None or password.stamp != row.stamp:
            raise TokenInvalidError("The password was changed since this link was made.")

    def _take_over(self, connection: Connection, account: AccountRow, client: Client) -> None:
        """Note that whoever uses the token reads the mail of its address.

        Before the address was proved, anybody may have made the account under it and kept a way
        in, to wait for the person whose address it is: such ways end here.
        """
        if account.email_verified_at is not None:
            return
        delete_other_identities(connection, account.id, PASSWORD)
        delete_all_api_keys(connection, account.id)
        delete_all_node_packs(connection, account.id)
        self._credentials.forget_in(connection, account.id, client)
        change_account(connection, account.id, email_verified_at=self._clock())


def _no_password() -> EmailMissingError:
    return EmailMissingError("This account logs in by API key alone: it has no password.")


def drop_what_waits(connection: Connection, account_id: str) -> None:
    """Void what was begun under the password before: links, and a move to another address.

    Whoever knew that password may have asked for the move, and a letter that waits would still
    make a link for it.
    """
    delete_tokens(connection, account_id)
    change_account(connection, account_id, pending_email=None)


def tell_password_changed(
    connection: Connection,
    outbox: Outbox,
    account: AccountRow,
    client: Client,
    how: str,
) -> None:
    """Write to the account's address that its password is another one now.

    `how` is `change` or `reset`.
    """
    if outbox.enabled and account.email:
        outbox.put(
            connection,
            PASSWORD_CHANGED,
            account.email,
            account.id,
            how=how,
            address=client.address,
            user_agent=client.user_agent,
        )
