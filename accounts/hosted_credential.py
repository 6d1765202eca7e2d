"""What runs are given of a hosted Comfy account: a key made there for this server, or its token."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..errors import PassportError
from ..providers.comfy_account import ComfyAccountApi, ComfyPass
from ..providers.comfy_account_answers import HostedKey
from ..providers.comfy_errors import ComfyRefusedError
from ..providers.comfy_tokens import ComfyUser
from ..providers.errors import (
    ApiKeyNotPermittedError,
    ApiKeyRefusedError,
    ServiceAnsweredNonsenseError,
)
from ..secret import Secret, mask
from ..storage.account_rows import ACTIVE, AccountRow
from ..storage.credential_rows import API_KEY, ID_TOKEN, CredentialRow, put_credential
from ..storage.database import Database
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials

logger = logging.getLogger("passport")

LONGEST_NAME = 64
ACCEPTED = "accepted"


@dataclass
class Provision:
    """What is to be stored for an account's runs; nothing when what it has is good."""

    user: ComfyUser
    secret: Secret | None = field(default=None, repr=False)
    key: HostedKey | None = None
    """The key that was made for it; None when `secret` is the log-in's own token."""
    reason: str | None = None
    """Why the service made no key."""
    stored: bool = False


class HostedCredentials:
    """Makes, stores and tidies up the keys of this server at the service."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        api: ComfyAccountApi,
        server: tuple[str, str],
        clock: Clock,
    ) -> None:
        """`server` is what people call this server, and the id of its store."""
        self._database = database
        self._credentials = credentials
        self._api = api
        self._server_name, self._store_id = server
        self._clock = clock

    async def provide(
        self, account: AccountRow | None, user: ComfyUser, held: ComfyPass
    ) -> Provision:
        """Return what the account's runs are to have: the stored key where it still works, else a
        new one, else the token itself.

        Raises ComfyTokenInvalidError when the service does not take the token, and
        ServiceUnreachableError: then nothing was made.
        """
        if account is not None and account.state != ACTIVE:
            return Provision(user)
        known = None
        if account is not None:
            known = await self._database.run(self._credentials.find, account.id)
        if known is not None and await self._still_serves(known, user):
            return Provision(user)
        try:
            key, secret = await self._api.make_key(held, self.name, self._description)
        except ComfyRefusedError as error:
            return Provision(user, held.secret, reason=error.reason)
        except ServiceAnsweredNonsenseError as error:
            return Provision(user, held.secret, reason=error.code)
        return Provision(user, secret, key)

    def store(
        self, connection: Connection, account_id: str, provision: Provision, client: Client
    ) -> None:
        """Store it for the account in this transaction."""
        if provision.secret is None:
            return
        now = self._clock()
        put_credential(connection, self._seal(account_id, provision, provision.secret))
        audit.record(connection, now, audit.CREDENTIAL_STORED, account_id, client)
        if provision.key is not None:
            audit.record(connection, now, audit.COMFY_KEY_MADE, account_id, client)
        provision.stored = True

    async def take_back(
        self, held: ComfyPass, provision: Provision, error: BaseException | None = None
    ) -> None:
        """Delete a key that was made and not stored; `error` says so where even that fails."""
        if provision.key is None:
            return
        try:
            await self._api.delete_key(held, provision.key.id)
        except PassportError as failure:
            logger.warning("A key that nobody uses is left at Comfy: %s", failure.code)
            if isinstance(error, PassportError):
                error.details["key_left"] = provision.key.name

    async def tidy(self, held: ComfyPass, account_id: str) -> None:
        """Delete keys that were made for this server before, and that it has no more.

        What cannot be deleted now is tried again the next time a key is made.
        """
        with suppress(PassportError):
            stored = await self._database.run(self._credentials.find, account_id)
            for key in await self._api.list_keys(held):
                if self.is_ours(key) and stored is not None and key.id != stored.remote_id:
                    await self._api.delete_key(held, key.id)

    def is_ours(self, key: HostedKey) -> bool:
        """Tell whether the key was made for this server: its store's id stands with it."""
        return self._mark in key.description

    async def _still_serves(self, known: CredentialRow, user: ComfyUser) -> bool:
        if known.kind != API_KEY or not self._credentials.is_readable(known):
            return False
        try:
            finding = await self._credentials.examine(self._credentials.open(known))
        except (ApiKeyRefusedError, ApiKeyNotPermittedError):
            return False
        except ServiceAnsweredNonsenseError:
            return True  # says nothing of the key, so the key stays
        return finding.customer is None or finding.customer.id == user.id

    @property
    def name(self) -> str:
        """What a key that is made for this server is called at the service."""
        return f"Passport on {self._server_name}"[:LONGEST_NAME]

    @property
    def _mark(self) -> str:
        return f"[{self._store_id}]"

    @property
    def _description(self) -> str:
        return f"Made by Passport for this server {self._mark}"

    def _seal(self, account_id: str, provision: Provision, secret: Secret) -> CredentialRow:
        sealed = self._credentials.seal_secret(secret, account_id, COMFY)
        user, key, now = provision.user, provision.key, self._clock()
        return CredentialRow(
            account_id=account_id,
            service=COMFY,
            profile=DEFAULT_PROFILE,
            ciphertext=sealed.ciphertext,
            key_version=sealed.key_version,
            mask=mask(secret) if key else "…",
            state=ACCEPTED,
            cause=None,
            holder_name=user.name,
            holder_email=user.email,
            created_at=now,
            checked_at=now,
            last_used_at=None,
            kind=API_KEY if key else ID_TOKEN,
            expires_at=None if key else user.expires_at,
            remote_id=key.id if key else None,
        )
