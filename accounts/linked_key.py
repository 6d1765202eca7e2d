"""The API key that an account logs in with and runs with.

What logs in stays a way in for whoever has it, so a session alone makes no key one: somebody else
may sit at it, and a program with an API key of ours is nobody at all.
"""

from __future__ import annotations

from sqlalchemy import Connection

from ..audit import log as audit
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import (
    AccountRow,
    find_account,
    find_account_by_identity,
    list_identities,
    lock_account,
    replace_identity,
)
from ..storage.credential_rows import CredentialRow, put_credential
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..vault.api_key_shape import parse_api_key
from ..vault.credentials import Credentials
from ..vault.findings import Finding
from .errors import AccountMissingError, IdentityTakenError
from .merging import Asking, Merging
from .sign_in import COMFY_API_KEY, describe, fingerprint


class LinkedKey:
    """Stores the first key of an account, or another one."""

    def __init__(
        self, database: Database, credentials: Credentials, merging: Merging, clock: Clock
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._merging = merging
        self._clock = clock

    async def replace(self, asking: Asking, text: str, link_accounts: bool) -> CredentialRow:
        """Store the key for the account; from now on that one logs in.

        Its person was proved lately, or `is_theirs`. Raises what a log-in with the key raises, and
        IdentityTakenError for the key of another account, unless the two are to become one: the
        key that is shown then takes the place of both accounts' keys.
        """
        api_key = parse_api_key(text)
        finding = await self._credentials.examine(api_key)
        try:
            return await self._database.run(self._replace, asking, api_key, finding, link_accounts)
        except AlreadyExistsError:
            raise _taken() from None

    async def keep_for_runs(self, asking: Asking, text: str) -> CredentialRow:
        """Store the key for the account's runs alone; what logs in stays what it is.

        Raises what a log-in with the key raises.
        """
        api_key = parse_api_key(text)
        finding = await self._credentials.examine(api_key)

        def keep() -> CredentialRow:
            with self._database.transaction() as connection:
                _find_and_lock(connection, asking.account_id)
                return self._put(connection, asking, api_key, finding)

        return await self._database.run(keep)

    async def is_theirs(self, account_id: str, text: str) -> bool:
        """Tell whether nobody but the account's person can have this key.

        It logs them in already; or a key is their only way in, and this is another one of the same
        person at Comfy. Such a person may be unable to show the old one: it was deleted there.
        Raises what a log-in with the key raises.
        """
        api_key = parse_api_key(text)
        account, ways = await self._database.run(self._find_ways, account_id)
        if (COMFY_API_KEY, fingerprint(api_key)) in ways:
            return True
        if account is None or {kind for kind, _ in ways} != {COMFY_API_KEY}:
            return False
        customer = (await self._credentials.examine(api_key)).customer
        email = customer.email if customer else None
        return email is not None and email == account.email

    def _find_ways(self, account_id: str) -> tuple[AccountRow | None, set[tuple[str, str]]]:
        with self._database.reading() as connection:
            ways = list_identities(connection, account_id)
            return find_account(connection, account_id), {(row.kind, row.subject) for row in ways}

    def _replace(
        self, asking: Asking, api_key: Secret, finding: Finding, link_accounts: bool
    ) -> CredentialRow:
        account_id = asking.account_id
        with self._database.transaction() as connection:
            account = _find_and_lock(connection, account_id)
            holder = find_account_by_identity(connection, COMFY_API_KEY, fingerprint(api_key))
            other = holder if holder and holder.id != account_id else None
            if other is not None:
                if not link_accounts:
                    raise _taken()
                self._merging.absorb(connection, asking, other)
            credential = self._keep(connection, asking, account, api_key, finding)
        if other is not None:
            self._merging.settle(asking, other.id)
        return credential

    def _keep(
        self,
        connection: Connection,
        asking: Asking,
        account: AccountRow,
        api_key: Secret,
        finding: Finding,
    ) -> CredentialRow:
        subject = fingerprint(api_key)
        replace_identity(connection, account.id, COMFY_API_KEY, subject, self._clock())
        describe(connection, find_account(connection, account.id) or account, finding)
        return self._put(connection, asking, api_key, finding)

    def _put(
        self, connection: Connection, asking: Asking, api_key: Secret, finding: Finding
    ) -> CredentialRow:
        credential = self._credentials.seal(asking.account_id, api_key, finding)
        put_credential(connection, credential)
        audit.record(
            connection, self._clock(), audit.CREDENTIAL_STORED, asking.account_id, asking.client
        )
        return credential


def _find_and_lock(connection: Connection, account_id: str) -> AccountRow:
    lock_account(connection, account_id)
    account = find_account(connection, account_id)
    if account is None:
        raise AccountMissingError("This account is no more. Log in again.")
    return account


def _taken() -> IdentityTakenError:
    return IdentityTakenError(
        "This API key belongs to another account on this server. Log out and log in with the key, "
        "or make the two accounts one."
    )
