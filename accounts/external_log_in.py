"""Logging in by what another service proves, and linking it to an account."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..providers.proved_identity import ProvedIdentity
from ..secret import Secret
from ..storage.account_rows import (
    ACTIVE,
    AccountRow,
    add_account,
    add_identity,
    change_account,
    find_account,
    find_account_by_identity,
    list_identities,
    lock_account,
    relabel_identity,
)
from ..storage.credential_rows import find_credential
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.password_rows import PASSWORD
from ..storage.session_rows import SessionRow
from ..vault.credentials import COMFY, DEFAULT_PROFILE
from .access_errors import AccountCancelledError
from .admission import Admission, Application
from .email_addresses import make_email_key
from .errors import IdentityTakenError
from .external_errors import EmailHasAccountError, IdentityExistsError, IdentityOtherError
from .external_names import read_email, read_name
from .merging import Asking, Merging, require
from .sessions import Sessions
from .sign_in import SignedIn, require_usable

Also = Callable[[Connection, str], None]
"""What is to be written in the same transaction, for the account of this id."""


class ExternalLogIn:
    """Turns a proved identity into a session, or into one more way into an account.

    A mail address proves nothing here: it links no accounts, whoever says that it is verified.
    """

    def __init__(
        self,
        database: Database,
        admission: Admission,
        sessions: Sessions,
        merging: Merging,
        clock: Clock,
    ) -> None:
        self._database = database
        self._admission = admission
        self._sessions = sessions
        self._merging = merging
        self._clock = clock

    async def log_in(
        self,
        proved: ProvedIdentity,
        application: Application,
        shared_computer: bool,
        client: Client,
        also: Also | None = None,
    ) -> SignedIn:
        """Log in whoever this is, as a new account at the first time.

        Raises AccountDisabledError, EmailHasAccountError, and for a new account what
        `Admission.admit` raises.
        """

        def enter() -> SignedIn:
            with self._database.transaction() as connection:
                account = self._find_or_add(connection, proved, application, client)
                if also is not None:
                    also(connection, account.id)
                return self._start(connection, account, proved.kind, shared_computer, client)

        try:
            return await self._database.run(enter)
        except AlreadyExistsError:  # two first log-ins at once: the other has made the account
            return await self._database.run(enter)

    async def link(
        self,
        asking: Asking,
        proved: ProvedIdentity,
        link_accounts: bool = False,
        also: Also | None = None,
    ) -> AccountRow:
        """Let this identity log in to the account that is signed in.

        Raises IdentityExistsError when it has another one of this kind, IdentityTakenError when
        it logs in to another account, unless the two are to become one; then what
        `Merging.absorb_whole` raises.
        """

        def join() -> tuple[AccountRow, str | None]:
            with self._database.transaction() as connection:
                other_id = self._join(connection, asking, proved, link_accounts)
                if also is not None:
                    also(connection, asking.account_id)
                return require(connection, asking.account_id), other_id

        try:
            account, other_id = await self._database.run(join)
        except AlreadyExistsError:
            raise _taken(proved) from None
        if other_id is not None:
            self._merging.settle(asking, other_id)
        return account

    async def reauthenticate(
        self, session: SessionRow, proved: ProvedIdentity, client: Client
    ) -> Secret:
        """Note that it is still the session's person; return the session's new token.

        Raises IdentityOtherError when it is somebody else.
        """

        def renew() -> Secret:
            with self._database.transaction() as connection:
                holder = find_account_by_identity(connection, proved.kind, proved.subject)
                if holder is None or not secrets.compare_digest(holder.id, session.account_id):
                    raise IdentityOtherError(
                        "This is another account there than the one that logs in here. Nothing "
                        "was changed: choose the right one, and try again."
                    )
                token = self._sessions.renew(connection, session)
                self._note(connection, audit.REAUTHENTICATED, holder.id, client, proved.kind)
                return token

        token = await self._database.run(renew)
        self._sessions.forget(session.account_id)
        return token

    def _find_or_add(
        self,
        connection: Connection,
        proved: ProvedIdentity,
        application: Application,
        client: Client,
    ) -> AccountRow:
        account = find_account_by_identity(connection, proved.kind, proved.subject)
        if account is None:
            return self._add(connection, proved, application, client)
        lock_account(connection, account.id)
        account = find_account(connection, account.id) or account
        require_usable(account)
        relabel_identity(connection, proved.kind, proved.subject, proved.label)
        return account

    def _add(
        self,
        connection: Connection,
        proved: ProvedIdentity,
        application: Application,
        client: Client,
    ) -> AccountRow:
        email = read_email(proved)
        if email and find_account_by_identity(connection, PASSWORD, make_email_key(email)):
            raise EmailHasAccountError(
                "An account with your mail address is here already. Log in to it with its "
                "password, then link the two under “Ways to log in”.",
                email=email,
            )
        now = self._clock()
        application = replace(application, email_key=make_email_key(email) if email else "")
        self._admission.count_set_up_try(connection, application, client)
        role = self._admission.admit(connection, application)
        account = add_account(connection, read_name(proved, email), email, now, role)
        if email:
            change_account(connection, account.id, email_verified_at=now)
        add_identity(connection, account.id, proved.kind, proved.subject, now, proved.label)
        self._note(connection, audit.REGISTERED, account.id, client, proved.kind)
        return find_account(connection, account.id) or account

    def _start(
        self,
        connection: Connection,
        account: AccountRow,
        kind: str,
        shared_computer: bool,
        client: Client,
    ) -> SignedIn:
        token, session = self._sessions.start(connection, account.id, kind, shared_computer, client)
        self._note(connection, audit.SIGNED_IN, account.id, client, kind)
        credential = find_credential(connection, account.id, COMFY, DEFAULT_PROFILE)
        return SignedIn(Secret(token), session, account, credential)

    def _join(
        self, connection: Connection, asking: Asking, proved: ProvedIdentity, link_accounts: bool
    ) -> str | None:
        """Add the identity; return the account that was absorbed for it, if one was."""
        holder = find_account_by_identity(connection, proved.kind, proved.subject)
        for account_id in sorted({asking.account_id, holder.id if holder else asking.account_id}):
            lock_account(connection, account_id)
        _require_active(require(connection, asking.account_id))
        if holder is not None and holder.id == asking.account_id:
            relabel_identity(connection, proved.kind, proved.subject, proved.label)
            return None
        mine = {identity.kind for identity in list_identities(connection, asking.account_id)}
        if proved.kind in mine:
            raise IdentityExistsError(
                "Your account has a log-in of this kind already. Unlink that one first."
            )
        if holder is not None:
            if not link_accounts:
                raise _taken(proved)
            self._merging.absorb_whole(connection, asking, holder)
            return holder.id
        now = self._clock()
        add_identity(connection, asking.account_id, proved.kind, proved.subject, now, proved.label)
        self._note(connection, audit.IDENTITY_LINKED, asking.account_id, asking.client, proved.kind)
        return None

    def _note(
        self, connection: Connection, action: str, account_id: str, client: Client, kind: str
    ) -> None:
        audit.record(connection, self._clock(), action, account_id, client, method=kind)


def _require_active(account: AccountRow) -> None:
    if account.state != ACTIVE:  # it was when the log-in elsewhere began
        raise AccountCancelledError("This account is cancelled. Reactivate it first.")


def _taken(proved: ProvedIdentity) -> IdentityTakenError:
    return IdentityTakenError(
        "This log-in belongs to another account on this server. Log out and log in with it, or "
        "make the two accounts one.",
        kind=proved.kind,
    )
