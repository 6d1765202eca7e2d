"""Proving who one is with a Comfy API key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import (
    AccountRow,
    add_account,
    add_identity,
    describe_account,
    find_account,
    find_account_by_identity,
    lock_account,
    replace_identity,
)
from ..storage.credential_rows import CredentialRow, find_credential, put_credential
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.session_rows import SessionRow
from ..vault.api_key_shape import parse_api_key
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials, Finding
from .errors import AccountDisabledError, IdentityTakenError, NotSignedInError
from .sessions import Principal, Sessions

COMFY_API_KEY = "comfy-api-key"


@dataclass(frozen=True)
class SignedIn:
    """A fresh log-in."""

    token: Secret
    session: SessionRow
    account: AccountRow
    credential: CredentialRow


class SignIn:
    """Turns what a person shows into an account and a session."""

    def __init__(
        self, database: Database, credentials: Credentials, sessions: Sessions, clock: Clock
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._sessions = sessions
        self._clock = clock

    async def with_api_key(self, text: str, shared_computer: bool) -> SignedIn:
        """Log in with a Comfy API key, and store it.

        The same key is the same account on every browser. A key that the service has refused is
        not stored; one that could not be checked is, and says so. Raises ApiKeyMalformedError,
        ApiKeyRefusedError, ApiKeyNotPermittedError, ServiceAnsweredNonsenseError.
        """
        api_key = parse_api_key(text)
        finding = await self._credentials.examine(api_key)
        return await self._database.run(self._enter, api_key, finding, shared_computer)

    async def replace_api_key(self, principal: Principal, text: str) -> CredentialRow:
        """Store another key for the account; from now on that one logs in.

        Raises what `with_api_key` raises, and IdentityTakenError for the key of another account.
        """
        api_key = parse_api_key(text)
        finding = await self._credentials.examine(api_key)
        return await self._database.run(self._replace, principal.account_id, api_key, finding)

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

    def sign_out(self, principal: Principal, forget_credentials: bool) -> None:
        """End the session; on request remove the account's stored credentials at once, first."""
        if forget_credentials:
            self._credentials.forget_all(principal.account_id)
        self._sessions.end(principal.session)

    def _enter(self, api_key: Secret, finding: Finding, shared_computer: bool) -> SignedIn:
        try:
            account, credential = self._keep(api_key, finding)
        except AlreadyExistsError:  # two first log-ins at once: the other has made the account
            account, credential = self._keep(api_key, finding)
        token, session = self._sessions.start(account.id, shared_computer)
        return SignedIn(Secret(token), session, account, credential)

    def _keep(self, api_key: Secret, finding: Finding) -> tuple[AccountRow, CredentialRow]:
        subject = fingerprint(api_key)
        now = self._clock()
        name, email = _describe(finding)
        with self._database.transaction() as connection:
            account = find_account_by_identity(connection, COMFY_API_KEY, subject)
            if account is None:
                account = add_account(connection, name, email, now)
                add_identity(connection, account.id, COMFY_API_KEY, subject, now)
            elif account.state != "active":
                raise AccountDisabledError("This account is disabled. Ask this server's owner.")
            elif finding.customer:
                describe_account(connection, account.id, name, email)
            lock_account(connection, account.id)
            known = find_credential(connection, account.id, COMFY, DEFAULT_PROFILE)
            credential = self._credentials.seal(account.id, api_key, finding, known)
            put_credential(connection, credential)
            return find_account(connection, account.id) or account, credential

    def _replace(self, account_id: str, api_key: Secret, finding: Finding) -> CredentialRow:
        credential = self._credentials.seal(account_id, api_key, finding)
        try:
            with self._database.transaction() as connection:
                lock_account(connection, account_id)
                replace_identity(
                    connection, account_id, COMFY_API_KEY, fingerprint(api_key), self._clock()
                )
                if finding.customer:
                    describe_account(connection, account_id, *_describe(finding))
                put_credential(connection, credential)
        except AlreadyExistsError as error:
            raise IdentityTakenError(
                "This API key belongs to another account on this server. Log out, and log in "
                "with the key."
            ) from error
        return credential


def fingerprint(api_key: Secret) -> str:
    """Return the subject of the key's identity. The key is 64 random characters: a plain hash
    of it cannot be searched.
    """
    return hashlib.sha256(b"passport comfy api key\0" + api_key.reveal().encode()).hexdigest()


def _describe(finding: Finding) -> tuple[str, str | None]:
    customer = finding.customer
    if customer is None:
        return "", None
    return (customer.name or customer.email or "")[:255], customer.email
