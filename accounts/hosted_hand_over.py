"""Handing a log-in at the hosted Comfy service over to this server: then it serves for months."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from ..audit.clients import Client
from ..clock import Clock
from ..providers.comfy_account import ComfyPass
from ..providers.comfy_tokens import COMFY_IDENTITY, ComfyTokens, ComfyUser
from ..providers.firebase import FirebaseTokens
from ..secret import Secret
from ..storage.account_rows import ACTIVE, AccountRow, find_account, find_account_by_identity
from ..storage.credential_rows import CredentialRow, find_credential
from ..storage.database import Database
from ..storage.session_rows import SessionRow
from ..vault.credentials import COMFY, DEFAULT_PROFILE
from .admission import Application
from .external_errors import IdentityOtherError
from .external_log_in import ExternalLogIn
from .hosted_credential import HostedCredentials, Provision
from .hosted_session import HostedSessions
from .merging import Asking
from .reauthentication import FRESH_FOR
from .sign_in import SignedIn

Result = TypeVar("Result")


@dataclass(frozen=True)
class Brought:
    """A proved log-in at the service; `tokens` when it can be kept and refreshed."""

    user: ComfyUser
    id_token: Secret = field(repr=False)
    tokens: FirebaseTokens | None = field(default=None, repr=False)


@dataclass(frozen=True)
class HandedOver:
    """What came of it: whose account, what runs have from now on, and why it is no new key."""

    account: AccountRow
    credential: CredentialRow | None
    key_made: bool
    reason: str | None
    signed_in: SignedIn | None = None


class HandOver:
    """Turns a log-in at the service into a session here, and into a credential for runs."""

    def __init__(
        self,
        database: Database,
        tokens: ComfyTokens,
        hosted_credentials: HostedCredentials,
        sessions: HostedSessions,
        external_log_in: ExternalLogIn,
        clock: Clock,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._hosted_credentials = hosted_credentials
        self._sessions = sessions
        self._external_log_in = external_log_in
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def prove(self, id_token: Secret, tokens: FirebaseTokens | None = None) -> Brought:
        """Return what the token proves. Raises what `ComfyTokens.verify` raises."""
        return Brought(await self._tokens.verify(id_token.reveal()), id_token, tokens)

    async def log_in(
        self, brought: Brought, application: Application, shared_computer: bool, client: Client
    ) -> HandedOver:
        """Log in whoever this is, with a credential for their runs.

        Raises what `ExternalLogIn.log_in` and `HostedCredentials.provide` raise; a key that was
        made for nothing is deleted again.
        """

        async def enter(provision: Provision) -> HandedOver:
            signed_in = await self._external_log_in.log_in(
                brought.user.identity,
                application,
                shared_computer,
                client,
                self._also(brought, provision, client),
            )
            return _report(provision, signed_in.account, signed_in.credential, signed_in)

        holder = await self._database.run(self.find_holder, brought.user)
        return await self._provided(brought, holder, enter)

    async def link(
        self, asking: Asking, brought: Brought, link_accounts: bool = False
    ) -> HandedOver:
        """Let it log in to the account that is signed in, with a credential for its runs.

        Raises what `ExternalLogIn.link` raises, besides the same.
        """

        async def join(provision: Provision) -> HandedOver:
            account = await self._external_log_in.link(
                asking,
                brought.user.identity,
                link_accounts,
                self._also(brought, provision, asking.client),
            )
            credential = await self._database.run(self._find_credential, account.id)
            return _report(provision, account, credential, None)

        account = await self._database.run(self._find_account, asking.account_id)
        return await self._provided(brought, account, join)

    async def reauthenticate(self, session: SessionRow, brought: Brought, client: Client) -> Secret:
        """Note that it is still the session's person; return the session's new token.

        What counts is a log-in at the service within the last minutes, not an old one's token.
        Raises IdentityOtherError.
        """
        if self._clock() - brought.user.logged_in_at >= FRESH_FOR:
            raise IdentityOtherError(
                "This log-in at Comfy is not a fresh one. Log out there, log in again, and try "
                "once more."
            )
        identity = brought.user.identity
        return await self._external_log_in.reauthenticate(session, identity, client)

    def find_holder(self, user: ComfyUser) -> AccountRow | None:
        """Return the account that this person logs in to, or None."""
        with self._database.reading() as connection:
            return find_account_by_identity(connection, COMFY_IDENTITY, user.id)

    def _find_account(self, account_id: str) -> AccountRow | None:
        with self._database.reading() as connection:
            return find_account(connection, account_id)

    def _find_credential(self, account_id: str) -> CredentialRow | None:
        with self._database.reading() as connection:
            return find_credential(connection, account_id, COMFY, DEFAULT_PROFILE)

    async def _provided(
        self,
        brought: Brought,
        account: AccountRow | None,
        use: Callable[[Provision], Awaitable[HandedOver]],
    ) -> HandedOver:
        """Make the key, use it, and leave no other one of ours behind at the service."""
        held = ComfyPass(brought.id_token)
        # One at a time, or each would tidy up the other's key.
        async with self._take_turn(brought.user.id):
            provision = await self._hosted_credentials.provide(account, brought.user, held)
            try:
                handed_over = await use(provision)
            except BaseException as error:
                await self._hosted_credentials.take_back(held, provision, error)
                raise
            if provision.key is not None and not provision.stored:
                await self._hosted_credentials.take_back(held, provision)
            elif provision.key is not None:
                await self._hosted_credentials.tidy(held, handed_over.account.id)
        return handed_over

    def _also(
        self, brought: Brought, provision: Provision, client: Client
    ) -> Callable[[Connection, str], None]:
        def keep(connection: Connection, account_id: str) -> None:
            provision.stored = False  # this can be a second try
            account = find_account(connection, account_id)
            if account is None or account.state != ACTIVE:  # a cancelled account takes no more
                return
            self._hosted_credentials.store(connection, account_id, provision, client)
            if brought.tokens is not None:
                self._sessions.keep_in(connection, account_id, brought.user, brought.tokens)

        return keep

    def _take_turn(self, user_id: str) -> asyncio.Lock:
        turn = self._turns.get(user_id)
        if turn is None:
            turn = self._turns[user_id] = asyncio.Lock()
        return turn


def _report(
    provision: Provision,
    account: AccountRow,
    credential: CredentialRow | None,
    signed_in: SignedIn | None,
) -> HandedOver:
    made = provision.key is not None and provision.stored
    return HandedOver(account, credential, made, provision.reason, signed_in)
