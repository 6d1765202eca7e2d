"""Proving that one reads the mail of an address, and moving to another address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import (
    AccountRow,
    change_account,
    find_account,
    find_account_by_identity,
    lock_account,
    replace_identity,
)
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.outbox_rows import delete_for_account
from ..storage.password_rows import PASSWORD, find_password
from ..storage.token_rows import TokenRow, delete_tokens
from .email_addresses import EmailAddress, make_email_key, parse_email
from .errors import EmailMissingError, MailNotSetUpError, TokenInvalidError
from .outbox import Outbox
from .password_proof import PasswordProof, Proven
from .registration import email_taken
from .throttle import TOKEN_NETWORK, VERIFY_ADDRESS, VERIFY_ADDRESS_SOON, Try, spend
from .tokens import VERIFY_EMAIL, VERIFY_NEW_EMAIL, check_token, use_token

EMAIL_CHANGED = "email_changed"  # the kind of a letter


class Verification:
    """Sends and takes the links that prove a mail address."""

    def __init__(
        self, database: Database, proof: PasswordProof, outbox: Outbox, clock: Clock
    ) -> None:
        self._database = database
        self._proof = proof
        self._outbox = outbox
        self._clock = clock

    def send_again(self, account_id: str, base: str | None) -> str:
        """Have the mail sent once more; return to which address.

        Raises MailNotSetUpError, EmailMissingError when there is nothing to verify, and
        TooManyTriesError.
        """
        if not self._outbox.enabled:
            raise MailNotSetUpError(
                "This server sends no mail. Its owner can vouch for your address instead."
            )
        with self._database.transaction() as connection:
            account = find_account(connection, account_id)
            if account is None or not (recipient := _unproved_address(account)):
                raise EmailMissingError("There is no address left to verify.")
            spend(
                connection,
                self._clock(),
                Try(VERIFY_ADDRESS_SOON, recipient),
                Try(VERIFY_ADDRESS, recipient),
            )
            kind = VERIFY_NEW_EMAIL if account.pending_email else VERIFY_EMAIL
            delete_for_account(connection, account_id, kind)
            self._outbox.put(connection, kind, recipient, account_id, base=base)
        self._outbox.wake()
        return recipient

    def confirm(self, token: str, client: Client) -> str:
        """Take the token of either mail; return the address that is proved now.

        Raises TokenInvalidError, EmailTakenError and TooManyTriesError.
        """
        now = self._clock()
        with self._database.transaction() as connection:
            spend(connection, now, Try(TOKEN_NETWORK, client.network))
        try:
            with self._database.transaction() as connection:
                return self._confirm(connection, token, client)
        except AlreadyExistsError:
            raise email_taken() from None

    async def change_email(
        self, account_id: str, email: str, password: str, client: Client, base: str | None
    ) -> AccountRow:
        """Move to another address: at once where no mail is sent, else once the link in the mail
        to the new one is opened. Until then the old one stays.

        Raises EmailInvalidError, PasswordWrongError, EmailTakenError, TooManyTriesError.
        """
        address = parse_email(email)
        proven = await self._proof.of_account(account_id, password, client)

        def change() -> AccountRow:
            with self._database.transaction() as connection:
                return self._change(connection, proven, address, client, base)

        try:
            account = await self._database.run(change)
        except AlreadyExistsError:
            raise email_taken() from None
        self._outbox.wake()
        return account

    def _change(
        self,
        connection: Connection,
        proven: Proven,
        address: EmailAddress,
        client: Client,
        base: str | None,
    ) -> AccountRow:
        account_id = proven.account.id
        lock_account(connection, account_id)
        self._proof.confirm(connection, proven)
        holder = find_account_by_identity(connection, PASSWORD, address.key)
        if holder is not None and holder.id != account_id:
            raise email_taken()
        delete_tokens(connection, account_id)
        if self._outbox.enabled:
            change_account(connection, account_id, pending_email=address.shown)
            delete_for_account(connection, account_id, VERIFY_NEW_EMAIL)
            self._outbox.put(connection, VERIFY_NEW_EMAIL, address.shown, account_id, base=base)
            action = audit.EMAIL_CHANGE_REQUESTED
        else:
            self._move(connection, proven.account, address, None)
            action = audit.EMAIL_CHANGED
        audit.record(connection, self._clock(), action, account_id, client)
        return find_account(connection, account_id) or proven.account

    def _confirm(self, connection: Connection, token: str, client: Client) -> str:
        now = self._clock()
        row, account = self._use(connection, token)
        if row.purpose == VERIFY_EMAIL:
            if account.email != row.email:
                raise _outdated()
            change_account(connection, account.id, email_verified_at=now)
            audit.record(connection, now, audit.EMAIL_VERIFIED, account.id, client)
            return row.email
        if account.pending_email != row.email:
            raise _outdated()
        self._move(connection, account, parse_email(row.email), now)
        audit.record(connection, now, audit.EMAIL_CHANGED, account.id, client)
        return row.email

    def _use(self, connection: Connection, token: str) -> tuple[TokenRow, AccountRow]:
        now = self._clock()
        try:
            check_token(connection, now, VERIFY_EMAIL, token)
            purpose = VERIFY_EMAIL
        except TokenInvalidError:
            purpose = VERIFY_NEW_EMAIL
        row = use_token(connection, now, purpose, token)
        account = find_account(connection, row.account_id)
        password = find_password(connection, row.account_id)
        if account is None or password is None or password.stamp != row.stamp:
            raise _outdated()
        return row, account

    def _move(
        self,
        connection: Connection,
        account: AccountRow,
        address: EmailAddress,
        proved_at: datetime | None,
    ) -> None:
        now = self._clock()
        if account.email and make_email_key(account.email) != address.key and self._outbox.enabled:
            self._outbox.put(
                connection, EMAIL_CHANGED, account.email, account.id, new_email=address.shown
            )
        delete_tokens(connection, account.id)  # whoever reads the old address has no say any more
        replace_identity(connection, account.id, PASSWORD, address.key, now)
        change_account(
            connection,
            account.id,
            email=address.shown,
            email_verified_at=proved_at,
            pending_email=None,
        )


def _unproved_address(account: AccountRow) -> str | None:
    """Return the address that waits for its proof. Only a password makes one's address one's own:
    that of an API key's holder is what the service says.
    """
    if not account.has_password:
        return None
    if account.pending_email:
        return account.pending_email
    return account.email if account.email_verified_at is None else None


def _outdated() -> TokenInvalidError:
    return TokenInvalidError(
        "This link is not good any more: the address or the password was changed since. Ask for a "
        "new one."
    )
