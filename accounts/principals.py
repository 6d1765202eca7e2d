"""Who a request is, and the small memory that spares the store a question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ..storage.change_rows import hash_account
from ..storage.database import Database
from ..storage.errors import StorageError
from ..storage.failures import unreachable
from ..storage.session_rows import SessionRow

RUN, READ, MANAGE = "run", "read", "manage"
SCOPES = (RUN, READ, MANAGE)

CACHED = 10_000
TRUSTED_FOR = timedelta(seconds=1)
"""How long the memory is believed: another process may have revoked the token since."""
ASKED_AGAIN_AFTER = timedelta(seconds=30)
"""And how long at most where every change is heard of: the store notes who was seen."""
STALE_AFTER = timedelta(seconds=5)
OUTAGE_BRIDGED_FOR = timedelta(seconds=60)
"""While the store cannot be asked, those who were known a short while ago stay known: at first as
before, then for what is not sensitive, then no more."""
SLOW_AFTER = timedelta(seconds=2)
LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Principal:
    """Who a request is: a browser's session, or a program with an API key of ours."""

    account_id: str
    limited: bool
    """The account is cancelled: it may read, export, reactivate and delete, and nothing else."""

    scopes: frozenset[str] = frozenset(SCOPES)
    session: SessionRow | None = None
    api_key_sha256: str | None = None
    """Of the very key that was shown: a rotated one ends apart from the one in its place."""

    stale: bool = False
    """The store has not been heard of for some seconds: it may have ended meanwhile."""


@dataclass(frozen=True)
class Known:
    """What a token stands for, and until when."""

    principal: Principal
    ends_at: datetime


@dataclass(frozen=True)
class _Remembered:
    known: Known
    loaded_at: datetime


@dataclass
class Freshness:
    """How far this process has heard of what others change; the feed of changes says so."""

    confirmed_at: datetime = LONG_AGO
    """Whatever had been committed then, the memory has heard of."""

    asking_since: datetime | None = None
    lost: bool = False
    """The store could not be asked the last time."""

    def is_down(self, now: datetime) -> bool:
        """Tell whether asking the store now would only be waiting."""
        asking = self.asking_since
        return self.lost or (asking is not None and now - asking > SLOW_AFTER)


class PrincipalMemory:
    """Remembers which token stands for whom, by the token's SHA-256.

    For a second at a time; as long as the feed of changes is fresh, until it brings one.
    """

    def __init__(self, freshness: Freshness | None = None) -> None:
        self._freshness = freshness or Freshness()
        self._lock = threading.Lock()
        self._forgets = 0
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._tokens: dict[bytes, set[bytes]] = {}
        """Which tokens of an account are remembered, by the account's SHA-256."""

    def find(self, token_sha256: bytes, now: datetime) -> Known | None:
        """Return what is remembered and still believed. Costs one look-up."""
        found = self._remembered.get(token_sha256)
        if found is None:
            return None
        # An instant in the future is one of a clock that was set back since.
        age = now - found.loaded_at
        if age < TRUSTED_FOR:
            return found.known if found.loaded_at <= now else None
        confirmed_at = self._freshness.confirmed_at
        fresh = confirmed_at <= now < confirmed_at + TRUSTED_FOR
        # Another machine may have noted a use that puts the end off: the store knows.
        lasts = age < ASKED_AGAIN_AFTER and now < found.known.ends_at
        return found.known if fresh and lasts else None

    def recall(self, token_sha256: bytes, now: datetime) -> Principal | None:
        """Return who is remembered, still believed and not at an end, or None."""
        known = self.find(token_sha256, now)
        return known.principal if known is not None and now < known.ends_at else None

    def ask(
        self, token_sha256: bytes, now: datetime, load: Callable[[], Known | None]
    ) -> Known | None:
        """Ask the store with `load`, and remember the answer."""
        forgets = self._forgets
        known = load()
        with self._lock:
            self._drop(token_sha256)
            # A revocation may have passed between the query and this line.
            if known is not None and forgets == self._forgets:
                self._keep(token_sha256, _Remembered(known, now))
        return known

    async def consult(
        self,
        database: Database,
        token_sha256: bytes,
        now: datetime,
        look_up: Callable[..., Known | None],
        *arguments: Any,
    ) -> Known | None:
        """Have the store asked with `look_up`, which takes the hash and the arguments.

        While the store cannot be asked, what was known a short while ago still is. Raises
        StorageError for whoever was not.
        """
        try:
            if database.is_away or self._freshness.is_down(now):
                raise unreachable()
            return await database.run(look_up, token_sha256, *arguments)
        except StorageError:
            known = self._bridge(token_sha256, now)
            if known is None:
                raise
            return known

    def forget(self, *account_ids: str) -> None:
        """Forget the tokens of these accounts; the store is asked about them again."""
        self.forget_hashed([hash_account(account_id) for account_id in account_ids])

    def forget_hashed(self, accounts: Collection[bytes]) -> None:
        """Do the same for accounts whose ids have these hashes."""
        with self._lock:
            self._forgets += 1
            for account in accounts:
                for token_sha256 in self._tokens.pop(account, ()):
                    del self._remembered[token_sha256]

    def forget_all(self) -> None:
        """Forget every token."""
        with self._lock:
            self._forgets += 1
            self._remembered.clear()
            self._tokens.clear()

    def _keep(self, token_sha256: bytes, found: _Remembered) -> None:
        self._remembered[token_sha256] = found
        self._tokens.setdefault(_account_of(found), set()).add(token_sha256)
        if len(self._remembered) > CACHED:
            self._drop(next(iter(self._remembered)))

    def _drop(self, token_sha256: bytes) -> None:
        found = self._remembered.pop(token_sha256, None)
        if found is None:
            return
        account = _account_of(found)
        tokens = self._tokens[account]
        tokens.remove(token_sha256)
        if not tokens:
            del self._tokens[account]

    def _bridge(self, token_sha256: bytes, now: datetime) -> Known | None:
        found = self._remembered.get(token_sha256)
        if found is None:
            return None
        age = now - max(found.loaded_at, self._freshness.confirmed_at)
        if not timedelta(0) <= age < OUTAGE_BRIDGED_FOR:
            return None
        if age < STALE_AFTER:
            return found.known
        return replace(found.known, principal=replace(found.known.principal, stale=True))


def _account_of(found: _Remembered) -> bytes:
    return hash_account(found.known.principal.account_id)
