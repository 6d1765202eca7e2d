"""The API keys of a hosted Comfy account, and forgetting that account here."""

from __future__ import annotations

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..providers.comfy_account import ComfyAccountApi, ComfyPass
from ..providers.comfy_account_answers import HostedKey
from ..providers.comfy_errors import ComfyKeyMissingError
from ..providers.comfy_tokens import COMFY_IDENTITY
from ..secret import Secret
from ..storage.credential_rows import ID_TOKEN, delete_credential
from ..storage.database import Database
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials
from .external_errors import IdentityMissingError
from .hosted_account import Holder, HostedAccount
from .hosted_credential import HostedCredentials
from .hosted_session import HostedSessions
from .merging import Asking
from .unlinking import Unlinking


class HostedKeys:
    """The API keys of a hosted account, and forgetting the account here."""

    def __init__(
        self,
        database: Database,
        account: HostedAccount,
        api: ComfyAccountApi,
        hosted_credentials: HostedCredentials,
        credentials: Credentials,
        clock: Clock,
    ) -> None:
        self._database = database
        self._account = account
        self._api = api
        self._hosted_credentials = hosted_credentials
        self._credentials = credentials
        self._clock = clock

    async def list(self, holder: Holder) -> list[tuple[HostedKey, bool]]:
        """Return the keys, each with whether it was made for this server."""
        keys = await self._account.ask(holder, self._api.list_keys)
        stored = await self._database.run(self._credentials.find, holder.account_id)
        ours = stored.remote_id if stored else None
        return [(key, key.id == ours or self._hosted_credentials.is_ours(key)) for key in keys]

    async def make(
        self, holder: Holder, name: str, description: str, client: Client
    ) -> tuple[HostedKey, Secret]:
        """Make a key for use elsewhere; it is kept nowhere here."""

        async def ask(held: ComfyPass) -> tuple[HostedKey, Secret]:
            return await self._api.make_key(held, name, description)

        made = await self._account.ask(holder, ask)
        await self._database.run(self._note, audit.COMFY_KEY_MADE, holder.account_id, client)
        return made

    async def delete(self, holder: Holder, key_id: str, client: Client) -> None:
        """Delete a key at the service, and here where it is the one that runs have.

        Raises ComfyKeyMissingError; one of ours that the service has no more goes here all the
        same.
        """

        async def ask(held: ComfyPass) -> None:
            await self._api.delete_key(held, key_id)

        stored = await self._database.run(self._credentials.find, holder.account_id)
        ours = stored is not None and stored.remote_id == key_id
        try:
            await self._account.ask(holder, ask)
        except ComfyKeyMissingError:
            if not ours:
                raise
        await self._database.run(self._note, audit.COMFY_KEY_DELETED, holder.account_id, client)
        if ours:
            await self._database.run(self._credentials.forget, holder.account_id, COMFY, client)

    def _note(self, action: str, account_id: str, client: Client) -> None:
        with self._database.transaction() as connection:
            audit.record(connection, self._clock(), action, account_id, client)


class HostedLeaving:
    """Forgetting the hosted account here. At the service nothing changes."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        sessions: HostedSessions,
        unlinking: Unlinking,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._sessions = sessions
        self._unlinking = unlinking

    def forget(self, asking: Asking) -> None:
        """Forget the kept log-in, a token that runs have, and this way in.

        A key that was made for this server stays: it is the account's credential like any other.
        Raises LastWayInError and IdentityMissingError.
        """
        account_id = asking.account_id
        kept = self._sessions.find(account_id)
        try:
            self._unlinking.remove(asking, COMFY_IDENTITY)
        except IdentityMissingError:
            if kept is None:
                raise
        row = self._credentials.find(account_id)
        with self._database.transaction() as connection:
            self._sessions.forget_in(connection, account_id)
            if row is not None and row.kind == ID_TOKEN:
                delete_credential(connection, account_id, COMFY, DEFAULT_PROFILE)
                self._credentials.note_forgotten(connection, account_id)
