"""Logging in at the hosted Comfy service from this server, by mail and password."""

from __future__ import annotations

import logging
from contextlib import suppress

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..errors import PassportError
from ..providers.comfy_account import ComfyAccountApi, ComfyPass
from ..providers.comfy_errors import (
    ComfyLogInNeededError,
    ComfyRefusedError,
    ComfyTokenInvalidError,
)
from ..providers.firebase import Firebase, FirebaseTokens, FirebaseUser
from ..secret import Secret
from ..storage.database import Database
from .admission import Admission, Application
from .external_errors import ProviderNotSetUpError
from .hosted_hand_over import Brought, HandOver
from .hosted_session import HostedSessions
from .throttle import (
    HOSTED_ADDRESS,
    HOSTED_NETWORK,
    RESET_ADDRESS,
    RESET_ALL,
    RESET_NETWORK,
    Try,
    count,
    give_back,
)

logger = logging.getLogger("passport")


class HostedPasswords:
    """The hosted account's own mail address and password. They are never kept."""

    def __init__(
        self,
        database: Database,
        firebase: Firebase,
        api: ComfyAccountApi,
        hand_over: HandOver,
        sessions: HostedSessions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._firebase = firebase
        self._api = api
        self._hand_over = hand_over
        self._sessions = sessions
        self._clock = clock

    async def log_in(self, email: str, password: str, client: Client) -> Brought:
        """Prove who it is. Raises ProviderNotSetUpError, TooManyTriesError, and what
        `Firebase.log_in` and `ComfyTokens.verify` raise.
        """
        self.require_set_up()
        tries = (Try(HOSTED_NETWORK, client.network), Try(HOSTED_ADDRESS, _fold(email)))
        await self._database.run(count, self._database, self._clock(), *tries)
        tokens = await self._firebase.log_in(email.strip(), password)
        brought = await self._hand_over.prove(tokens.id_token, tokens)
        await self._database.run(self._give_back, tries)
        return brought

    async def sign_up(
        self,
        email: str,
        password: str,
        client: Client,
        admission: tuple[Admission, Application] | None,
    ) -> Brought:
        """Make an account at the service, and have it send its verification mail.

        With `admission` only where this server would take a new account. A user whom the service
        cannot set up is deleted again: else each further try would say that the address is taken.
        """
        self.require_set_up()
        tried = Try(HOSTED_NETWORK, client.network)
        await self._database.run(count, self._database, self._clock(), tried)
        if admission is not None:
            await self._database.run(self._rehearse, *admission)
        tokens = await self._firebase.sign_up(email.strip(), password)
        try:
            brought = await self._hand_over.prove(tokens.id_token, tokens)
            await self._api.set_up(ComfyPass(tokens.id_token))
        except BaseException as error:
            await self._undo(tokens, error)
            raise
        with suppress(PassportError):  # it can be sent again
            await self._firebase.send_verification(tokens.id_token)
        return brought

    async def send_reset(self, email: str, client: Client) -> None:
        """Have the service send its mail; the same answer whether it knows the address or not."""
        self.require_set_up()
        tries = (
            Try(RESET_ADDRESS, f"comfy\0{_fold(email)}"),
            Try(RESET_NETWORK, client.network),
            Try(RESET_ALL),
        )
        await self._database.run(count, self._database, self._clock(), *tries)
        try:
            await self._firebase.send_password_reset(email.strip())
        except ComfyRefusedError as error:
            if error.reason not in ("email_or_password_wrong", "user_disabled"):
                raise

    async def look_up(self, id_token: Secret) -> FirebaseUser:
        """Return who that is at the service: address, whether it is proved, and how one logs in."""
        self.require_set_up()
        return await self._firebase.look_up(id_token)

    async def send_verification(self, id_token: Secret) -> None:
        """Have the service send the mail that proves the address."""
        self.require_set_up()
        await self._firebase.send_verification(id_token)

    async def change(
        self, account_id: str, current_password: str, new_password: str, client: Client
    ) -> None:
        """Set another password at the service; the kept log-in goes on, all others there end.

        Raises ComfyLogInNeededError where none is kept, and what `log_in` raises.
        """
        kept = await self._database.run(self._sessions.find, account_id)
        if kept is None or kept.holder_email is None:
            raise ComfyLogInNeededError(
                "This server keeps no log-in at Comfy by mail and password. Log in at Comfy here "
                "first, or change the password at https://platform.comfy.org."
            )
        brought = await self.log_in(kept.holder_email, current_password, client)
        holder = await self._database.run(self._hand_over.find_holder, brought.user)
        if holder is None or holder.id != account_id:
            raise ComfyTokenInvalidError(
                "This mail address is another person's at Comfy by now. Nothing was changed.",
                "other_account",
            )
        tokens = await self._firebase.change_password(brought.id_token, new_password)
        newer = await self._hand_over.prove(tokens.id_token, tokens)
        await self._database.run(self._keep, account_id, newer, tokens, client)

    def require_set_up(self) -> None:
        """Raise ProviderNotSetUpError where the owner has named no web key."""
        require_set_up(self._firebase.configured)

    def _give_back(self, tries: tuple[Try, ...]) -> None:
        with self._database.transaction() as connection:
            give_back(connection, *tries)

    def _rehearse(self, admission: Admission, application: Application) -> None:
        """Raise what a new account would be refused with; nothing is used up by it."""
        with suppress(_RehearsedError), self._database.transaction() as connection:
            admission.admit(connection, application)
            raise _RehearsedError

    def _keep(
        self, account_id: str, brought: Brought, tokens: FirebaseTokens, client: Client
    ) -> None:
        with self._database.transaction() as connection:
            self._sessions.keep_in(connection, account_id, brought.user, tokens)
            action = audit.COMFY_PASSWORD_CHANGED
            audit.record(connection, self._clock(), action, account_id, client)

    async def _undo(self, tokens: FirebaseTokens, error: BaseException) -> None:
        try:
            await self._firebase.delete_user(tokens.id_token)
        except PassportError as failure:
            logger.warning("A user who could not be set up is left at Comfy: %s", failure.code)
            if isinstance(error, PassportError):
                error.details["user_left"] = True


class _RehearsedError(Exception):
    """Undoes a transaction that was only to be tried."""


def require_set_up(is_set_up: bool) -> None:
    """Raise ProviderNotSetUpError where the owner has not set this way up."""
    if not is_set_up:
        raise ProviderNotSetUpError(
            "The owner of this server has not set this up. Choose another way to log in.",
            provider="comfy",
        )


def _fold(email: str) -> str:
    return email.strip().casefold()
