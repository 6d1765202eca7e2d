"""The credentials that accounts store: keeping, checking, forgetting."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..errors import PassportError
from ..providers.comfy_api import ComfyApi
from ..providers.errors import (
    ApiKeyNotPermittedError,
    ApiKeyRefusedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from ..secret import Secret, mask
from ..storage.account_rows import ACTIVE, find_account
from ..storage.change_rows import CREDENTIAL, has_changed, note_change
from ..storage.credential_rows import (
    API_KEY,
    ID_TOKEN,
    CredentialRow,
    delete_all_credentials,
    delete_credential,
    find_credential,
    list_credentials,
    list_unchecked,
    note_check,
    note_use,
)
from ..storage.database import Database
from .encryption import KeyRing, Sealed
from .errors import CredentialMissingError, ServiceUnknownError
from .findings import Finding, apply_finding

COMFY = "comfy"
DEFAULT_PROFILE = "default"
USE_NOTED_EVERY = timedelta(minutes=1)
RECHECKED_AT_ONCE = 20


class Credentials:
    """Keeps the secrets of accounts, sealed. Only `open` hands one out."""

    def __init__(
        self, database: Database, key_ring: KeyRing, comfy_api: ComfyApi, clock: Clock
    ) -> None:
        self._database = database
        self._key_ring = key_ring
        self._comfy_api = comfy_api
        self._clock = clock

    async def examine(self, api_key: Secret) -> Finding:
        """Ask the service about a key that somebody wants to store.

        An unreachable service is a finding. Raises ApiKeyRefusedError, ApiKeyNotPermittedError
        and ServiceAnsweredNonsenseError: such a key is not stored.
        """
        try:
            customer = await self._comfy_api.identify(api_key)
        except ServiceUnreachableError as error:
            return Finding("not_checked", None, error.cause)
        return Finding("accepted", self._clock(), None, customer)

    def seal(
        self,
        account_id: str,
        api_key: Secret,
        finding: Finding,
        known: CredentialRow | None = None,
    ) -> CredentialRow:
        """Return the row that keeps the key for the account; write it with `put_credential`.

        `known` is the row that keeps this same key already: what was found out about it before
        stays true when the service cannot be asked today.
        """
        sealed = self._key_ring.seal(api_key, account_id, COMFY, DEFAULT_PROFILE)
        row = CredentialRow(
            account_id=account_id,
            service=COMFY,
            profile=DEFAULT_PROFILE,
            ciphertext=sealed.ciphertext,
            key_version=sealed.key_version,
            mask=mask(api_key),
            state=known.state if known else "not_checked",
            cause=None,
            holder_name=known.holder_name if known else None,
            holder_email=known.holder_email if known else None,
            created_at=known.created_at if known else self._clock(),
            checked_at=known.checked_at if known else None,
            last_used_at=known.last_used_at if known else None,
        )
        return apply_finding(row, finding)

    def seal_secret(self, secret: Secret, account_id: str, service: str) -> Sealed:
        """Seal a secret that the account keeps for this service. Raises `key_problem`."""
        return self._key_ring.seal(secret, account_id, service, DEFAULT_PROFILE)

    def seal_again(self, row: CredentialRow, account_id: str) -> CredentialRow:
        """Return the row as another account keeps it. Raises what `open` raises."""
        sealed = self._key_ring.seal(self.open(row), account_id, row.service, row.profile)
        return replace(
            row,
            account_id=account_id,
            ciphertext=sealed.ciphertext,
            key_version=sealed.key_version,
        )

    def is_usable_by(self, account_id: str) -> bool:
        """Tell whether the account is there and active."""
        with self._database.reading() as connection:
            account = find_account(connection, account_id)
        return account is not None and account.state == ACTIVE

    def find(self, account_id: str, service: str = COMFY) -> CredentialRow | None:
        """Return what is known of the credential, or None."""
        with self._database.reading() as connection:
            return find_credential(connection, account_id, service, DEFAULT_PROFILE)

    def list(self, account_id: str) -> list[CredentialRow]:
        """Return what is known of all credentials of the account that runs can have."""
        with self._database.reading() as connection:
            return list_credentials(connection, account_id)

    def open(self, row: CredentialRow) -> Secret:
        """Return the secret. Raises CredentialUnreadableError or MasterKeyMissingError."""
        sealed = Sealed(row.ciphertext, row.key_version)
        return self._key_ring.open(sealed, row.account_id, row.service, row.profile)

    def is_expired(self, row: CredentialRow) -> bool:
        """Tell whether the time of a credential that is good for a while is over."""
        return (
            row.kind == ID_TOKEN and row.expires_at is not None and self._clock() >= row.expires_at
        )

    def is_readable(self, row: CredentialRow) -> bool:
        """Tell whether the key that the row needs is on the ring."""
        return row.key_version in self._key_ring.versions

    @property
    def key_versions(self) -> frozenset[str]:
        """The versions of the master keys that are here."""
        return self._key_ring.versions

    @property
    def key_problem(self) -> PassportError | None:
        """Why nothing can be sealed or opened, or None."""
        return self._key_ring.problem

    def note_use(self, row: CredentialRow) -> None:
        """Note that a run was given the credential, once a minute at most."""
        now = self._clock()
        if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
            with self._database.transaction() as connection:
                note_use(connection, row.account_id, row.service, row.profile, now)

    def forget(self, account_id: str, service: str, client: Client) -> None:
        """Remove the credential at once; queued runs of the account will say so."""
        with self._database.transaction() as connection:
            if not delete_credential(connection, account_id, service, DEFAULT_PROFILE):
                raise CredentialMissingError("There is no such credential; nothing to remove.")
            self._note_removal(connection, account_id, client)

    def forget_all(self, account_id: str, client: Client) -> None:
        """Remove every credential of the account at once."""
        with self._database.transaction() as connection:
            self.forget_in(connection, account_id, client)

    def forget_in(self, connection: Connection, account_id: str, client: Client) -> None:
        """Remove every credential of the account in this transaction."""
        if delete_all_credentials(connection, account_id):
            self._note_removal(connection, account_id, client)

    def was_forgotten_since(self, account_id: str, instant: datetime) -> bool:
        """Tell whether a credential of the account, or the account, was removed since then.

        By whatever machine or command: runs that wait in the queue will say so.
        """
        with self._database.reading() as connection:
            if find_account(connection, account_id) is None:
                return True
            return has_changed(connection, CREDENTIAL, account_id, instant)

    async def check(self, account_id: str, service: str) -> CredentialRow:
        """Ask the service about the stored key and note the answer.

        An unreachable service leaves the state as it was. A key that was replaced meanwhile is
        returned as it stands now. Raises CredentialMissingError and what `open` raises.
        """
        row = await self._database.run(self.find, account_id, service)
        if row is None:
            raise CredentialMissingError("There is no credential to check. Enter one first.")
        if row.kind != API_KEY:  # a log-in is good until its time is over, which needs no asking
            return row
        checked = apply_finding(row, await self._inspect(self.open(row)))
        if await self._database.run(self._note_check, row, checked):
            return checked
        current = await self._database.run(self.find, account_id, service)
        if current is None:
            raise CredentialMissingError("The credential was removed while it was checked.")
        return current

    async def check_unchecked(self) -> int:
        """Check what the service has never seen; return how many are still unchecked."""
        rows = await self._database.run(self._list_unchecked)
        waiting = 0
        for row in rows:
            try:
                api_key = self.open(row)
            except PassportError:
                continue  # one that does not open must not stand in the way of the others
            checked = apply_finding(row, await self._inspect(api_key))
            await self._database.run(self._note_check, row, checked)
            waiting += checked.state == "not_checked"
        return waiting

    async def _inspect(self, api_key: Secret) -> Finding:
        try:
            return await self.examine(api_key)
        except ApiKeyRefusedError:
            return Finding("refused", self._clock())
        except ApiKeyNotPermittedError:
            return Finding("not_permitted", self._clock())
        except ServiceAnsweredNonsenseError:
            return Finding("not_checked", None, "nonsense")

    def _note_check(self, seen: CredentialRow, result: CredentialRow) -> bool:
        with self._database.transaction() as connection:
            return note_check(connection, seen, result)

    def _note_removal(self, connection: Connection, account_id: str, client: Client) -> None:
        now = self._clock()
        note_change(connection, CREDENTIAL, account_id, at=now)
        audit.record(connection, now, audit.CREDENTIAL_REMOVED, account_id, client)

    def _list_unchecked(self) -> list[CredentialRow]:
        with self._database.reading() as connection:
            return list_unchecked(connection, self._key_ring.versions, RECHECKED_AT_ONCE)


def require_known_service(service: str) -> None:
    """Raise ServiceUnknownError for a service whose credentials we do not keep."""
    if service != COMFY:
        raise ServiceUnknownError("Passport keeps credentials of the service `comfy`.")
