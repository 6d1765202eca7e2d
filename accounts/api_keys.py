"""API keys of one's own: for scripts and other programs that call this server."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock, is_current
from ..secret import Secret
from ..storage.account_rows import ACTIVE, AccountRow, find_account, lock_account
from ..storage.api_key_rows import (
    ApiKeyRow,
    add_api_key,
    count_api_keys,
    delete_api_keys,
    find_api_key,
    find_key,
    find_living_keys,
    list_api_keys,
    note_key_use,
    rotate_api_key,
)
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError, StorageError
from .access_errors import (
    ApiKeyExpiryInvalidError,
    ApiKeyMissingError,
    ApiKeyNameTakenError,
    TooManyApiKeysError,
)
from .api_key_form import generate_api_key, is_api_key, shorten
from .errors import AccountMissingError
from .new_api_key import NewApiKey, join_scopes, parse_expiry, parse_key_name
from .outbox import Outbox
from .principals import Known, Principal, PrincipalMemory

API_KEY_MADE = "api_key_made"  # the kind of a letter
MOST_KEYS = 200
LONGEST_OVERLAP = timedelta(days=30)
USE_NOTED_EVERY = timedelta(minutes=1)
NEVER = datetime.max.replace(tzinfo=timezone.utc)


class ApiKeys:
    """Makes, recognizes, rotates and deletes keys. Only `make` and `rotate` hand one out."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        clock: Clock,
        memory: PrincipalMemory | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._noting = threading.Lock()
        self._memory = memory or PrincipalMemory()

    def make(self, account_id: str, new: NewApiKey, client: Client) -> tuple[ApiKeyRow, Secret]:
        """Return a new key, which nobody can ask for again.

        Raises ApiKeyNameInvalidError, ApiKeyNameTakenError, ApiKeyExpiryInvalidError,
        ScopeUnknownError, TooManyApiKeysError, AccountMissingError.
        """
        now = self._clock()
        key = generate_api_key()
        row = ApiKeyRow(
            id=uuid.uuid4().hex,
            account_id=account_id,
            name=parse_key_name(new.name),
            previous_until=None,
            shown=shorten(key),
            scopes=join_scopes(new.scopes),
            created_at=now,
            expires_at=parse_expiry(new.expires_at, now),
        )
        try:
            with self._database.transaction() as connection:
                lock_account(connection, account_id)
                account = find_account(connection, account_id)
                if account is None:
                    raise AccountMissingError("This account is no more.")
                if count_api_keys(connection, account_id) >= MOST_KEYS:
                    raise TooManyApiKeysError(
                        f"An account has {MOST_KEYS} keys at most. Delete those you do not use."
                    )
                add_api_key(connection, row, _hash(key.reveal()))
                self._note(connection, audit.API_KEY_MADE, account_id, client, row.name)
                self._tell(connection, account, row, client)
        except AlreadyExistsError:
            raise ApiKeyNameTakenError(
                "You have a key of this name already. Choose another name."
            ) from None
        self._outbox.wake()
        return row, key

    def list(self, account_id: str) -> list[ApiKeyRow]:
        """Return the account's keys, the newest first."""
        with self._database.reading() as connection:
            return list_api_keys(connection, account_id)

    def rotate(
        self, account_id: str, key_id: str, overlap: timedelta, client: Client
    ) -> tuple[ApiKeyRow, Secret]:
        """Return another key in place of this one, which stays good for the overlap.

        Raises ApiKeyMissingError and ApiKeyExpiryInvalidError.
        """
        now = self._clock()
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise ApiKeyExpiryInvalidError(
                f"The old key can stay good for {LONGEST_OVERLAP.days} days at most."
            )
        key = generate_api_key()
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            row = find_api_key(connection, account_id, key_id)
            if row is None:
                raise ApiKeyMissingError("There is no such key; it may have been deleted.")
            row = replace(row, shown=shorten(key), previous_until=now + overlap, created_at=now)
            rotate_api_key(connection, row, _hash(key.reveal()), now)
            self._note(connection, audit.API_KEY_ROTATED, account_id, client, row.name)
        self._memory.forget(account_id)
        return row, key

    def delete(self, account_id: str, key_ids: Collection[str], client: Client) -> int:
        """Delete the keys at once; return how many. Raises ApiKeyMissingError for none."""
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            names = delete_api_keys(connection, account_id, key_ids)
            for name in names:
                self._note(connection, audit.API_KEY_DELETED, account_id, client, name)
        self._memory.forget(account_id)
        if not names:
            raise ApiKeyMissingError("There is no such key; it may have been deleted.")
        return len(names)

    def recall(self, text: str) -> Principal | None:
        """Return who shows this key, as far as the memory knows; see `Sessions.recall`."""
        return self._memory.recall(_hash(text), self._clock())

    async def recognize(self, text: str, client: Client) -> Principal | None:
        """Return who shows this key, or None when it is none, was deleted, or has expired.

        What has not the form of a key never reaches the store. Raises StorageError; see
        `Sessions.recognize`.
        """
        if not is_api_key(text):
            return None
        key_sha256 = _hash(text)
        now = self._clock()
        known = self._memory.find(key_sha256, now)
        if known is None:
            look_up = self._look_up
            known = await self._memory.consult(self._database, key_sha256, now, look_up, client)
        return known.principal if known is not None and now < known.ends_at else None

    def find(self, key_sha256: bytes) -> Principal | None:
        """Return who the key is, of an active account, as the store has it now, or None."""
        known = self._load(key_sha256, [])
        if known is None or known.principal.limited or self._clock() >= known.ends_at:
            return None
        return known.principal

    def find_living(self, hashes: Collection[str]) -> set[str]:
        """Return which of these keys are good, of active accounts, as the store has it now.

        They are named by their SHA-256, in hexadecimal digits.
        """
        if not hashes:
            return set()
        wanted = [bytes.fromhex(each) for each in hashes]
        with self._database.reading() as connection:
            return {each.hex() for each in find_living_keys(connection, wanted, self._clock())}

    def forget(self, *account_ids: str) -> None:
        """Take the accounts' keys out of the memory; see `Sessions.forget`."""
        self._memory.forget(*account_ids)

    def _look_up(self, key_sha256: bytes, client: Client) -> Known | None:
        now = self._clock()
        found: list[ApiKeyRow] = []
        known = self._memory.ask(key_sha256, now, lambda: self._load(key_sha256, found))
        if known is not None and now < known.ends_at:
            self._note_use(found[0], now, client)
        return known

    def _load(self, key_sha256: bytes, seen: list[ApiKeyRow]) -> Known | None:
        with self._database.reading() as connection:
            found = find_key(connection, key_sha256)
        if found is None:
            return None
        row = found.row
        until = row.previous_until if found.is_previous else None
        if until is not None and not is_current(self._clock(), row.created_at, until):
            return None
        seen.append(row)
        ends = [row.expires_at, until]
        principal = Principal(
            row.account_id,
            limited=found.account_state != ACTIVE,
            scopes=frozenset(row.scopes.split()),
            api_key_sha256=key_sha256.hex(),
        )
        return Known(principal, min((end for end in ends if end), default=NEVER))

    def _note_use(self, row: ApiKeyRow, now: datetime, client: Client) -> None:
        if row.last_used_at is not None and now - row.last_used_at < USE_NOTED_EVERY:
            return
        # A store that cannot be written must not stop a program that shows a good key.
        if not self._noting.acquire(blocking=False):
            return
        try:
            with suppress(StorageError), self._database.transaction() as connection:
                note_key_use(connection, row.id, now, client.address)
        finally:
            self._noting.release()

    def _tell(
        self, connection: Connection, account: AccountRow, row: ApiKeyRow, client: Client
    ) -> None:
        if self._outbox.enabled and account.email and account.has_password:
            told = {"address": client.address, "user_agent": client.user_agent}
            self._outbox.put(
                connection, API_KEY_MADE, account.email, account.id, key_name=row.name, **told
            )

    def _note(
        self, connection: Connection, action: str, account_id: str, client: Client, name: str
    ) -> None:
        audit.record(connection, self._clock(), action, account_id, client, name=name)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogateescape")).digest()
