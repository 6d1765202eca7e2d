"""The log-in at the hosted Comfy service that this server keeps for an account.

What is kept is Firebase's refresh token, sealed like every credential, and never a run's. ID
tokens stand in memory alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
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
from .hosted_tokens import HeldToken, HeldTokens
from .turns import Turns

COMFY_SESSION = "comfy-session"
REFRESHED_BEFORE = timedelta(minutes=5)
REFRESHED_AT_ONCE = 20
BY_ITSELF = Client("", "")


class HostedSessions:
    """Keeps log-ins, and hands out good ID tokens; of each account one is fetched at a time."""

    def __init__(
        self, database: Database, credentials: Credentials, firebase: Firebase, clock: Clock
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._firebase = firebase
        self._clock = clock
        self.held = HeldTokens(clock)
        """The ID tokens in memory."""
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
        self.held.keep(account_id, HeldToken(tokens.id_token, user.expires_at, row.ciphertext))

    def find(self, account_id: str) -> CredentialRow | None:
        """Return what is known of the kept log-in: `state`, `cause`, whose; None without one."""
        with self._database.reading() as connection:
            return find_credential(connection, account_id, COMFY_SESSION, DEFAULT_PROFILE)

    def forget_in(self, connection: Connection, account_id: str) -> bool:
        """Forget the log-in in this transaction; tell whether there was one."""
        self.held.forget(account_id)
        return delete_credential(connection, account_id, COMFY_SESSION, DEFAULT_PROFILE)

    async def get_token(self, account_id: str, anew: bool = False) -> Secret:
        """Return a good ID token of the account, `anew` when the service has refused this one.

        Raises ComfyLogInNeededError, ComfySessionEndedError, and what `Firebase.refresh` and
        `Credentials.open` raise. A fault of the network ends nothing.
        """
        async with self._lock(account_id):
            row = await self._database.run(self.find, account_id)
            if row is None or row.state == ENDED:
                self.held.forget(account_id)
            if row is None:
                raise _needed()
            if row.state == ENDED:
                raise ComfySessionEndedError(str(row.cause))
            held = None if anew else self.held.find(account_id, row.ciphertext)
            if held is not None:
                return held
            async with self._turns.wait_for(f"{COMFY_SESSION} {account_id}"):
                # Another machine may have had the turn before, and have used that token up.
                newest = await self._database.run(self.find, account_id) or row
                if newest.state == ENDED:
                    raise ComfySessionEndedError(str(newest.cause))
                return await self._refresh(newest)

    async def refresh_due(self) -> int:
        """Refresh log-ins that expire soon; return how many. An outage ends the round."""
        self.held.forget_expired()
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
            self.held.forget(row.account_id)
            await self._database.run(self._note_end, row, error.cause)
            raise
        expires_at = self._clock() + timedelta(seconds=tokens.lifetime_seconds)
        kept = await self._database.run(self._replace, row, tokens, expires_at)
        if kept is None:  # logged out, or logged in anew, while Firebase was asked
            raise _needed()
        self.held.keep(row.account_id, HeldToken(tokens.id_token, expires_at, kept.ciphertext))
        return tokens.id_token

    def _replace(
        self, row: CredentialRow, tokens: FirebaseTokens, expires_at: datetime
    ) -> CredentialRow | None:
        """Keep the next refresh token; runs that have the ID token itself get the next one."""
        with self._database.transaction() as connection:
            kept = self._write_next(connection, row, tokens.refresh_token, expires_at)
            bound = find_credential(connection, row.account_id, COMFY, DEFAULT_PROFILE)
            if kept is not None and bound is not None and bound.kind == ID_TOKEN:
                self._write_next(connection, bound, tokens.id_token, expires_at)
        return kept

    def _write_next(
        self, connection: Connection, seen: CredentialRow, secret: Secret, expires_at: datetime
    ) -> CredentialRow | None:
        """Write the secret that follows the one seen, unless somebody has put another in its
        place; a rotation of the master key has not, it only seals the same one anew.
        """
        kept = self._seal_next(seen, secret, expires_at)
        if replace_secret(connection, seen, kept):
            return kept
        now = find_credential(connection, seen.account_id, seen.service, DEFAULT_PROFILE)
        if now is None or not self._holds_the_same(now, seen):
            return None
        return kept if replace_secret(connection, now, kept) else None

    def _holds_the_same(self, row: CredentialRow, seen: CredentialRow) -> bool:
        opened = (self._credentials.open(each).reveal() for each in (row, seen))
        return row.kind == seen.kind and len(set(opened)) == 1

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
