"""Who a request is, and the small memory that spares the store a question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..storage.session_rows import SessionRow

RUN, READ, MANAGE = "run", "read", "manage"
SCOPES = (RUN, READ, MANAGE)

CACHED = 10_000
TRUSTED_FOR = timedelta(seconds=1)
"""How long the memory is believed: another process may have revoked the token since."""


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


@dataclass(frozen=True)
class Known:
    """What a token stands for, and until when."""

    principal: Principal
    ends_at: datetime


@dataclass(frozen=True)
class _Remembered:
    known: Known
    asked_at: datetime


class PrincipalMemory:
    """Remembers which token stands for whom, by the token's SHA-256, for a second at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    def find(self, token_sha256: bytes, now: datetime) -> Known | None:
        """Return what is remembered and still believed. Costs one look-up."""
        found = self._remembered.get(token_sha256)
        if found is None:
            return None
        # Not from before it was asked, either: a clock that was set back would have it believed,
        # and with it what another process has revoked, until that time comes again.
        age = now - found.asked_at
        return found.known if timedelta(0) <= age < TRUSTED_FOR else None

    def ask(
        self, token_sha256: bytes, now: datetime, load: Callable[[], Known | None]
    ) -> Known | None:
        """Ask the store with `load`, and remember the answer."""
        # Under the lock, so that a revocation cannot pass between the query and the memory.
        with self._lock:
            known = load()
            self._remembered.pop(token_sha256, None)
            if known is not None:
                self._remembered[token_sha256] = _Remembered(known, now)
                while len(self._remembered) > CACHED:
                    self._remembered.popitem(last=False)
        return known

    def forget(self, *account_ids: str) -> None:
        """Forget the tokens of these accounts; the store is asked about them again."""
        with self._lock:
            for token_sha256, found in list(self._remembered.items()):
                if found.known.principal.account_id in account_ids:
                    del self._remembered[token_sha256]
