"""The API key that an account logs in with and runs with."""

from __future__ import annotations

from sqlalchemy import Connection

from ..audit import log as audit
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import (
    AccountRow,
    find_account,
    find_account_by_identity,
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

        Raises what a log-in with the key raises, and IdentityTakenError for the key of another
        account, unless the two are to become one: the key that is shown then takes the place of
        both accounts' keys.
        """
        api_key = parse_api_key(text)
        finding = await self._credentials.examine(api_key)
        try:
            return await self._database.run(self._replace, asking, api_key, finding, link_accounts)
        except AlreadyExistsError:
            raise _taken() from None

    def _replace(
        self, asking: Asking, api_key: Secret, finding: Finding, link_accounts: bool
    ) -> CredentialRow:
        account_id = asking.account_id
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            account = find_account(connection, account_id)
            if account is None:
                raise AccountMissingError("This account is no more. Log in again.")
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
        now = self._clock()
        account_id = asking.account_id
        replace_identity(connection, account_id, COMFY_API_KEY, fingerprint(api_key), now)
        describe(connection, find_account(connection, account_id) or account, finding)
        credential = self._credentials.seal(account_id, api_key, finding)
        put_credential(connection, credential)
        audit.record(connection, now, audit.CREDENTIAL_STORED, account_id, asking.client)
        return credential


def _taken() -> IdentityTakenError:
    return IdentityTakenError(
        "This API key belongs to another account on this server. Log out and log in with the key, "
        "or make the two accounts one."
    )
