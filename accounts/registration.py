"""Making an account of one's own: mail address, password, a name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import (
    OWNER,
    AccountRow,
    add_account,
    add_identity,
    find_account_by_identity,
    lock_ownership,
)
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.password_rows import PASSWORD, put_password
from .admission import Admission, Application
from .display_names import parse_display_name
from .email_addresses import EmailAddress, parse_email
from .errors import EmailTakenError
from .new_passwords import NewPasswords, make_row
from .outbox import Outbox
from .sessions import Sessions
from .sign_in import SignedIn
from .throttle import REGISTER_ALL, REGISTER_NETWORK, Try, spend
from .tokens import VERIFY_EMAIL


@dataclass(frozen=True)
class NewAccount:
    """What somebody gives to register."""

    email: str
    password: str = field(repr=False)
    display_name: str = ""
    """Empty: the first part of the mail address."""

    shared_computer: bool = False
    base: str | None = None
    """Where links in mails lead to, as far as the server knows its own address."""


class Registration:
    """Makes accounts that log in by mail address and password."""

    def __init__(
        self,
        database: Database,
        new_passwords: NewPasswords,
        admission: Admission,
        outbox: Outbox,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._new_passwords = new_passwords
        self._admission = admission
        self._outbox = outbox
        self._sessions = sessions
        self._clock = clock

    async def register(self, new: NewAccount, application: Application, client: Client) -> SignedIn:
        """Make the account and log it in; the first is the owner's.

        Raises EmailInvalidError, DisplayNameInvalidError, PasswordUnacceptableError,
        EmailTakenError, what `Admission.examine` raises, TooManyTriesError and ServerBusyError.
        """
        email = parse_email(new.email)
        name = parse_display_name(new.display_name or email.shown.partition("@")[0])
        application = replace(application, email_key=email.key)
        await self._database.run(self._examine, email, application, client)
        password_hash = await self._new_passwords.make(new.password, email.shown, name)

        def enter() -> SignedIn:
            with self._database.transaction() as connection:
                role = self._admission.admit(connection, application)
                account = self.add(connection, email, name, password_hash, role)
                return self._start(connection, account, new, client)

        try:
            signed_in = await self._database.run(enter)
        except AlreadyExistsError:
            raise email_taken() from None
        self._outbox.wake()
        return signed_in

    async def create_owner(self, new: NewAccount, client: Client) -> AccountRow:
        """Make an account that owns this server, beside others; for the command line.

        Raises EmailInvalidError, DisplayNameInvalidError, PasswordUnacceptableError,
        EmailTakenError and ServerBusyError.
        """
        email = parse_email(new.email)
        name = parse_display_name(new.display_name or email.shown.partition("@")[0])
        password_hash = await self._new_passwords.make(new.password, email.shown, name)

        def enter() -> AccountRow:
            with self._database.transaction() as connection:
                lock_ownership(connection)
                account = self.add(connection, email, name, password_hash, OWNER)
                self._note(connection, account, new, client)
                now = self._clock()
                audit.record(connection, now, audit.OWNERSHIP_TAKEN, account.id, client)
                return account

        try:
            account = await self._database.run(enter)
        except AlreadyExistsError:
            raise email_taken() from None
        self._outbox.wake()
        return account

    def add(
        self,
        connection: Connection,
        email: EmailAddress,
        name: str,
        password_hash: str,
        role: str,
    ) -> AccountRow:
        """Write the account. Raises AlreadyExistsError when the address logs in already."""
        now = self._clock()
        account = add_account(connection, name, email.shown, now, role)
        add_identity(connection, account.id, PASSWORD, email.key, now)
        put_password(connection, make_row(account.id, password_hash, now))
        return replace(account, has_password=True)

    def _examine(self, email: EmailAddress, application: Application, client: Client) -> None:
        """Refuse before the work of hashing what would be refused after it."""
        with self._database.transaction() as connection:
            spend(
                connection, self._clock(), Try(REGISTER_NETWORK, client.network), Try(REGISTER_ALL)
            )
            self._admission.count_set_up_try(connection, application, client)
        with self._database.reading() as connection:
            self._admission.examine(connection, application)
            if find_account_by_identity(connection, PASSWORD, email.key):
                raise email_taken()

    def _start(
        self, connection: Connection, account: AccountRow, new: NewAccount, client: Client
    ) -> SignedIn:
        self._note(connection, account, new, client)
        token, session = self._sessions.start(
            connection, account.id, PASSWORD, new.shared_computer, client
        )
        return SignedIn(Secret(token), session, account, None)

    def _note(
        self, connection: Connection, account: AccountRow, new: NewAccount, client: Client
    ) -> None:
        now = self._clock()
        audit.record(connection, now, audit.REGISTERED, account.id, client, method=PASSWORD)
        if self._outbox.enabled:
            self._outbox.put(
                connection, VERIFY_EMAIL, account.email or "", account.id, base=new.base
            )


def email_taken() -> EmailTakenError:
    """Return the error for an address that logs in already."""
    return EmailTakenError(
        "An account with this mail address is here already. Log in, or ask for a new password."
    )
