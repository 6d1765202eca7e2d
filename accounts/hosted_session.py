"""The log-in at the hosted Comfy service that this server keeps for an account.

What is kept is Firebase's refresh token, sealed like every credential, and never a run's. ID
tokens stand in memory alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..errors import PassportError
from ..providers.comfy_errors import ComfyLogInNeededError, ComfySessionEndedError
from ..providers.comfy_tokens import ComfyUser
from ..providers.firebase import Firebase, FirebaseTokens
from ..secret import Secret
from ..storage.credential_rows import (
    ENDED,
    GOOD,
    ID_TOKEN,
    REFRESH_TOKEN,
    CredentialRow,
    delete_credential,
    find_credential,
    list_expiring,
    note_check,
    put_credential,
    replace_secret,
)
from ..storage.database import Database
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials
from .turns import Turns

COMFY_SESSION = "comfy-session"
REFRESHED_BEFORE = timedelta(minutes=5)
USED_UNTIL = timedelta(minutes=1)
"""A token with less than this left is not handed out: the call with it takes time too."""

REFRESHED_AT_ONCE = 20
BY_ITSELF = Client("", "")


@dataclass(frozen=True)
class _Held:
    """An ID token, and the stored row that it came by."""

    token: Secret = field(repr=False)
    expires_at: datetime
    row: bytes = field(repr=False)


class HostedSessions:
    """Keeps log-ins, and hands out good ID tokens; of each account one is fetched at a time."""

    def __init__(
        self, database: Database, credentials: Credentials, firebase: Firebase, clock: Clock
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._firebase = firebase
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._turns = Turns(database, clock)

    def keep_in(
        self, connection: Connection, account_id: str, user: ComfyUser, tokens: FirebaseTokens
    ) -> None:
        """Keep the log-in in this transaction, in place of the one before."""
        sealed = self._credentials.seal_secret(tokens.refresh_token, account_id, COMFY_SESSION)
        now = self._clock()
        row = CredentialRow(
            account_id=account_id,
            service=COMFY_SESSION,
            profile=DEFAULT_PROFILE,
            ciphertext=sealed.ciphertext,
            key_version=sealed.key_version,
            mask="…",
            state=GOOD,
            cause=None,
            holder_name=user.name,
            holder_email=user.email,
            created_at=now,
            checked_at=now,
            last_used_at=None,
            kind=REFRESH_TOKEN,
            expires_at=user.expires_at,
        )
        put_credential(connection, row)
        # Without the stored row it counts for nothing: this transaction can still fail.
        self._held[account_id] = _Held(tokens.id_token, user.expires_at, row.ciphertext)

    def find(self, account_id: str) -> CredentialRow | None:
        """Return what is known of the kept log-in: `state`, `cause`, whose; None without one."""
        with self._database.reading() as connection:
            return find_credential(connection, account_id, COMFY_SESSION, DEFAULT_PROFILE)

    def forget_in(self, connection: Connection, account_id: str) -> bool:
        """Forget the log-in in this transaction; tell whether there was one."""
        return delete_credential(connection, account_id, COMFY_SESSION, DEFAULT_PROFILE)

    async def get_token(self, account_id: str, anew: bool = False) -> Secret:
        """Return a good ID token of the account, `anew` when the service has refused this one.

        Raises ComfyLogInNeededError, ComfySessionEndedError, and what `Firebase.refresh` and
        `Credentials.open` raise. A fault of the network ends nothing.
        """
        async with self._lock(account_id):
            row = await self._database.run(self.find, account_id)
            if row is None:
                raise _needed()
            if row.state == ENDED:
                raise ComfySessionEndedError(str(row.cause))
            held = self._held.get(account_id)
            usable = held is not None and held.row == row.ciphertext
            if held and usable and not anew and held.expires_at - self._clock() > USED_UNTIL:
                return held.token
            async with self._turns.wait_for(f"{COMFY_SESSION} {account_id}"):
                # Another machine may have had the turn before, and have used that token up.
                newest = await self._database.run(self.find, account_id)
                return await self._refresh(newest or row)

    async def refresh_due(self) -> int:
        """Refresh log-ins that expire soon; return how many. An outage ends the round."""
        soon = self._clock() + REFRESHED_BEFORE
        refreshed = 0
        for due in await self._database.run(self._list_due, soon) if self._usable else ():
            try:
                refreshed += await self._refresh_one(due)
            except ComfySessionEndedError:  # noqa: PERF203  # each is a call over the network
                continue
            except PassportError:
                break
        return refreshed

    async def _refresh_one(self, due: CredentialRow) -> bool:
        account_id = due.account_id
        async with self._lock(account_id), self._turns.wait_for(f"{COMFY_SESSION} {account_id}"):
            row = await self._database.run(self.find, account_id)
            if row is None or row.ciphertext != due.ciphertext:
                return False  # somebody needed it meanwhile, or has logged in anew
            await self._refresh(row)
        return True

    @property
    def _usable(self) -> bool:
        return self._firebase.configured

    def _lock(self, account_id: str) -> asyncio.Lock:
        lock = self._locks.get(account_id)
        if lock is None:
            lock = self._locks[account_id] = asyncio.Lock()
        return lock

    async def _refresh(self, row: CredentialRow, once_more: bool = True) -> Secret:
        if not self._usable:
            raise _needed()
        try:
            tokens = await self._firebase.refresh(self._credentials.open(row))
        except ComfySessionEndedError as error:
            newer = await self._database.run(self.find, row.account_id)
            # Another process has used this refresh token up, and has kept the next one.
            if once_more and newer and newer.ciphertext != row.ciphertext and newer.state == GOOD:
                return await self._refresh(newer, once_more=False)
            self._held.pop(row.account_id, None)
            await self._database.run(self._note_end, row, error.cause)
            raise
        expires_at = self._clock() + timedelta(seconds=tokens.lifetime_seconds)
        kept = await self._database.run(self._replace, row, tokens, expires_at)
        if kept is None:  # logged out, or logged in anew, while Firebase was asked
            raise _needed()
        self._held[row.account_id] = _Held(tokens.id_token, expires_at, kept.ciphertext)
        return tokens.id_token

    def _replace(
        self, row: CredentialRow, tokens: FirebaseTokens, expires_at: datetime
    ) -> CredentialRow | None:
        """Keep the next refresh token; runs that have the ID token itself get the next one."""
        kept = self._seal_next(row, tokens.refresh_token, expires_at)
        with self._database.transaction() as connection:
            if not replace_secret(connection, row, kept):
                return None
            bound = find_credential(connection, row.account_id, COMFY, DEFAULT_PROFILE)
            if bound is not None and bound.kind == ID_TOKEN:
                token = self._seal_next(bound, tokens.id_token, expires_at)
                replace_secret(connection, bound, token)
        return kept

    def _seal_next(self, row: CredentialRow, secret: Secret, expires_at: datetime) -> CredentialRow:
        sealed = self._credentials.seal_secret(secret, row.account_id, row.service)
        return replace(
            row,
            ciphertext=sealed.ciphertext,
            key_version=sealed.key_version,
            expires_at=expires_at,
            checked_at=self._clock(),
        )

    def _note_end(self, row: CredentialRow, cause: str) -> None:
        """Note that it is over: from now on nobody asks the service, and everybody is told why."""
        now = self._clock()
        over = replace(row, state=ENDED, cause=cause, checked_at=now)
        with self._database.transaction() as connection:
            if note_check(connection, row, over):
                action = audit.COMFY_SESSION_ENDED
                audit.record(connection, now, action, row.account_id, BY_ITSELF, cause=cause)

    def _list_due(self, soon: datetime) -> list[CredentialRow]:
        versions = self._credentials.key_versions
        with self._database.reading() as connection:
            return list_expiring(connection, REFRESH_TOKEN, versions, soon, REFRESHED_AT_ONCE)


def _needed() -> ComfyLogInNeededError:
    return ComfyLogInNeededError(
        "This server keeps no log-in at Comfy for your account. Log in at Comfy again, in ComfyUI "
        "or here."
    )
