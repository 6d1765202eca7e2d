"""Managing the hosted Comfy account by whichever log-in is at hand: credits, subscription."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ..providers.comfy_account import ComfyAccountApi, ComfyPass
from ..providers.comfy_account_answers import Balance, Events, Subscription
from ..providers.comfy_cloud import ComfyCloud
from ..providers.comfy_errors import (
    ComfyLogInNeededError,
    ComfyRefusedError,
    ComfySessionEndedError,
    ComfyTokenInvalidError,
)
from ..providers.comfy_tokens import COMFY_IDENTITY, ComfyTokens
from ..providers.errors import ServiceAnsweredNonsenseError
from ..secret import Secret
from ..storage.account_rows import list_identities
from ..storage.credential_rows import API_KEY, ID_TOKEN, CredentialRow
from ..storage.database import Database
from ..vault.credentials import Credentials
from .hosted_session import HostedSessions

Result = TypeVar("Result")


@dataclass(frozen=True)
class Holder:
    """Whose hosted account, and the log-in that the browser has shown for it, if any."""

    account_id: str
    shown: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Overview:
    """What is known here without asking: the kept log-in and what runs have."""

    session: CredentialRow | None
    credential: CredentialRow | None
    connected: bool
    label: str | None
    key_name: str
    """What a key that is made for this server is called at the service."""


class HostedAccount:
    """Calls the service for an account.

    Every call takes the log-in that the browser shows, else the one that is kept here. Raises
    ComfyLogInNeededError, ComfySessionEndedError, ComfyTokenInvalidError, and what
    `ComfyAccountApi` raises.
    """

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        tokens: ComfyTokens,
        sessions: HostedSessions,
        api: ComfyAccountApi,
        key_name: str,
    ) -> None:
        self._key_name = key_name
        self._database = database
        self._credentials = credentials
        self._tokens = tokens
        self._sessions = sessions
        self._api = api

    def describe(self, account_id: str) -> Overview:
        """Return what is known here; nobody is asked."""
        session = self._sessions.find(account_id)
        with self._database.reading() as connection:
            labels = {each.kind: each.label for each in list_identities(connection, account_id)}
        return Overview(
            session,
            self._credentials.find(account_id),
            COMFY_IDENTITY in labels,
            labels.get(COMFY_IDENTITY),
            self._key_name,
        )

    async def credits(self, holder: Holder, page: int = 1) -> tuple[Balance, Events | None]:
        """Return what is left and a page of what was spent, None where the service does not tell
        it. Here the stored API key will do as well, also when the log-in is over.
        """

        async def ask(held: ComfyPass) -> tuple[Balance, Events | None]:
            balance = await self._api.balance(held)
            try:
                return balance, await self._api.events(held, page)
            except (ComfyRefusedError, ServiceAnsweredNonsenseError):
                return balance, None  # the balance is worth showing without them

        return await self.ask(holder, ask, key_will_do=True)

    async def ask(
        self,
        holder: Holder,
        call: Callable[[ComfyPass], Awaitable[Result]],
        key_will_do: bool = False,
    ) -> Result:
        """Make the call with the log-in at hand; once more with a new token when the kept one is
        refused.
        """
        if holder.shown is not None:
            await self._require_own(holder.account_id, holder.shown)
            return await call(ComfyPass(holder.shown))
        try:
            token = await self._sessions.get_token(holder.account_id)
        except (ComfyLogInNeededError, ComfySessionEndedError):
            stored = await self._database.run(self._find_stored, holder.account_id, key_will_do)
            if stored is None:
                raise
            return await call(stored)
        try:
            return await call(ComfyPass(token))
        except ComfyTokenInvalidError:
            token = await self._sessions.get_token(holder.account_id, anew=True)
            return await call(ComfyPass(token))

    async def _require_own(self, account_id: str, shown: Secret) -> None:
        """Raise ComfyTokenInvalidError for the log-in of somebody else than the account's."""
        user = await self._tokens.verify(shown.reveal())
        subjects = await self._database.run(self._list_subjects, account_id)
        if subjects and user.id not in subjects:
            raise ComfyTokenInvalidError(
                "ComfyUI is logged in at Comfy as somebody else than your account here. Log out "
                "there, and log in as yourself.",
                "other_account",
            )

    def _list_subjects(self, account_id: str) -> set[str]:
        with self._database.reading() as connection:
            identities = list_identities(connection, account_id)
        return {each.subject for each in identities if each.kind == COMFY_IDENTITY}

    def _find_stored(self, account_id: str, key_will_do: bool) -> ComfyPass | None:
        row = self._credentials.find(account_id)
        if row is None or self._credentials.is_expired(row):
            return None
        if row.kind == ID_TOKEN:
            return ComfyPass(self._credentials.open(row))
        if row.kind == API_KEY and key_will_do:
            return ComfyPass(self._credentials.open(row), by_key=True)
        return None


class HostedSubscription:
    """The subscription of a hosted account."""

    def __init__(self, account: HostedAccount, api: ComfyAccountApi, cloud: ComfyCloud) -> None:
        self._account = account
        self._api = api
        self._cloud = cloud

    async def show(self, holder: Holder) -> Subscription:
        """Return its state."""
        return await self._account.ask(holder, self._api.subscription)

    async def cancel(self, holder: Holder) -> Subscription:
        """Have it end with the time that is paid for; return its state then."""
        return await self._change(holder, self._cloud.cancel_subscription)

    async def resubscribe(self, holder: Holder) -> Subscription:
        """Take the cancellation back; return its state then."""
        return await self._change(holder, self._cloud.resubscribe)

    async def _change(
        self, holder: Holder, change: Callable[[Secret], Awaitable[None]]
    ) -> Subscription:
        async def ask(held: ComfyPass) -> Subscription:
            await change(held.secret)
            return await self._api.subscription(held)

        return await self._account.ask(holder, ask)
