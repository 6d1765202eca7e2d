"""Proving who one is: with a Comfy API key, or with mail address and password."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import (
    ACTIVE,
    DISABLED,
    AccountRow,
    add_account,
    add_identity,
    change_account,
    find_account,
    find_account_by_identity,
    lock_account,
)
from ..storage.credential_rows import CredentialRow, find_credential, put_credential
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.session_rows import SessionRow
from ..vault.api_key_shape import parse_api_key
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials
from ..vault.findings import Finding
from .admission import Admission, Application
from .errors import AccountDisabledError, NotSignedInError
from .principals import Principal
from .sessions import Sessions
from .throttle import API_KEY_NETWORK, Try, count, give_back

COMFY_API_KEY = "comfy-api-key"


@dataclass(frozen=True)
class SignedIn:
    """A fresh log-in."""

    token: Secret
    session: SessionRow
    account: AccountRow
    credential: CredentialRow | None


class SignIn:
    """Turns an API key into an account and a session."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        sessions: Sessions,
        admission: Admission,
        clock: Clock,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._sessions = sessions
        self._admission = admission
        self._clock = clock

    async def with_api_key(
        self, text: str, shared_computer: bool, client: Client, application: Application
    ) -> SignedIn:
        """Log in with a Comfy API key, and store it.

        The same key is the same account on every browser. A key that the service has refused is
        not stored; one that could not be checked is, and says so. Raises ApiKeyMalformedError,
        ApiKeyRefusedError, ApiKeyNotPermittedError, ServiceAnsweredNonsenseError,
        TooManyTriesError, and for a new account what `Admission.admit_with_key` raises.
        """
        api_key = parse_api_key(text)
        counted = Try(API_KEY_NETWORK, client.network)
        await self._database.run(count, self._database, self._clock(), counted)
        finding = await self._credentials.examine(api_key)

        def enter() -> SignedIn:
            with self._database.transaction() as connection:
                account, credential = self._keep(connection, api_key, finding, client, application)
                give_back(connection, counted)
                return self._start(connection, account, credential, shared_computer, client)

        try:
            return await self._database.run(enter)
        except AlreadyExistsError:  # two first log-ins at once: the other has made the account
            return await self._database.run(enter)

    def find_account(self, principal: Principal) -> AccountRow:
        """Return who is signed in. Raises NotSignedInError when the account has gone."""
        account = self.find_account_by_id(principal.account_id)
        if account is None:
            raise NotSignedInError("This account is no more. Log in again.")
        return account

    def find_account_by_id(self, account_id: str) -> AccountRow | None:
        """Return the account, or None."""
        with self._database.reading() as connection:
            return find_account(connection, account_id)

    def _keep(
        self,
        connection: Connection,
        api_key: Secret,
        finding: Finding,
        client: Client,
        application: Application,
    ) -> tuple[AccountRow, CredentialRow | None]:
        account = _find_and_lock(connection, api_key)
        if account is None:
            account = self._add_account(connection, api_key, finding, client, application)
        require_usable(account)
        if account.state != ACTIVE:  # a cancelled account keeps what it has, and takes no more
            return account, find_credential(connection, account.id, COMFY, DEFAULT_PROFILE)
        describe(connection, account, finding)
        known = find_credential(connection, account.id, COMFY, DEFAULT_PROFILE)
        credential = self._credentials.seal(account.id, api_key, finding, known)
        put_credential(connection, credential)
        return find_account(connection, account.id) or account, credential

    def _add_account(
        self,
        connection: Connection,
        api_key: Secret,
        finding: Finding,
        client: Client,
        application: Application,
    ) -> AccountRow:
        now = self._clock()
        role = self._admission.admit_with_key(connection, application)
        account = add_account(connection, *_holder(finding), now, role)
        add_identity(connection, account.id, COMFY_API_KEY, fingerprint(api_key), now)
        audit.record(connection, now, audit.REGISTERED, account.id, client, method=COMFY_API_KEY)
        return account

    def _start(
        self,
        connection: Connection,
        account: AccountRow,
        credential: CredentialRow | None,
        shared_computer: bool,
        client: Client,
    ) -> SignedIn:
        token, session = self._sessions.start(
            connection, account.id, COMFY_API_KEY, shared_computer, client
        )
        audit.record(
            connection, self._clock(), audit.SIGNED_IN, account.id, client, method=COMFY_API_KEY
        )
        return SignedIn(Secret(token), session, account, credential)


def _find_and_lock(connection: Connection, api_key: Secret) -> AccountRow | None:
    locked = None
    # Once more after each wait: it may have got another key meanwhile, or have become one with
    # another account.
    while account := find_account_by_identity(connection, COMFY_API_KEY, fingerprint(api_key)):
        if account.id == locked:
            break
        lock_account(connection, account.id)
        locked = account.id
    return account


def fingerprint(api_key: Secret) -> str:
    """Return the subject of the key's identity. The key is 64 random characters: a plain hash
    of it cannot be searched.
    """
    return hashlib.sha256(b"passport comfy api key\0" + api_key.reveal().encode()).hexdigest()


def require_usable(account: AccountRow) -> None:
    """Raise AccountDisabledError for an account that nobody may log in to."""
    if account.state == DISABLED:
        raise AccountDisabledError("This account is disabled. Ask this server's owner.")


def describe(connection: Connection, account: AccountRow, finding: Finding) -> None:
    """Call the account what the service calls the key's holder, unless it has its own name."""
    if finding.customer and not account.has_password:
        name, email = _holder(finding)
        change_account(connection, account.id, display_name=name, email=email)


def _holder(finding: Finding) -> tuple[str, str | None]:
    customer = finding.customer
    if customer is None:
        return "", None
    return (customer.name or customer.email or "")[:255], customer.email
