"""What a waiting run may ask for, under a handle that is no secret."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..secret import Secret

HANDLE_LENGTH_BYTES = 24
MOST_WAITING = 10_000
ON_THE_WAY_FOR = timedelta(minutes=5)
"""How long a prompt may take from our hook to the queue."""


@dataclass(frozen=True)
class Claim:
    """Whose credential a run may have: what it brought, its account's, or the machine's."""

    queued_at: datetime

    brought: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    """Credentials that the request carried itself, by the name they came under."""

    brought_by: str = ""
    """The account or the address of the client that brought them."""

    account_id: str | None = None
    machine: bool = False
    """Both as long as it is not decided: the machine's is for an account without one."""

    packs: Mapping[str, AbstractSet[str]] = field(default_factory=dict[str, AbstractSet[str]])
    """Node packs that want the credential, each with its node types, not decided about yet."""

    allowed_once: frozenset[str] = frozenset()
    """Packs that the account allowed for this run alone."""

    refused_pack: str | None = None
    """The pack for whose sake the run was refused as it was queued."""

    @property
    def decided(self) -> bool:
        """Whether the store was asked about it, where that is needed."""
        return not self.packs and not (self.account_id and self.machine)

    @property
    def holder(self) -> str:
        """Who holds the credential while the run goes on; empty for the machine."""
        return self.account_id or self.brought_by


class Claims:
    """Remembers handle to claim from the queue to the start of the run; taken once.

    `find_queued` returns the handles of all prompts that wait in the queue, or None when that
    cannot be known.
    """

    def __init__(
        self, find_queued: Callable[[], AbstractSet[object] | None] = lambda: None
    ) -> None:
        self._find_queued = find_queued
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, Claim] = OrderedDict()
        self._most = MOST_WAITING

    def leave(self, claim: Claim) -> str:
        """Keep the claim and return its handle.

        Runs that are deleted from the queue leave theirs behind: they go when there are too many.
        """
        handle = secrets.token_urlsafe(HANDLE_LENGTH_BYTES)
        with self._lock:
            self._waiting[handle] = claim
            if len(self._waiting) > self._most:
                self._make_room(claim.queued_at - ON_THE_WAY_FOR)
        return handle

    def find(self, handle: object) -> Claim | None:
        """Return the claim that waits under this handle, or None."""
        return self._waiting.get(handle) if isinstance(handle, str) else None

    def replace(self, handle: str, claim: Claim) -> None:
        """Keep this claim in place of the one that waits, if it still does."""
        with self._lock:
            if handle in self._waiting:
                self._waiting[handle] = claim

    def take(self, handle: object) -> Claim | None:
        """Return the claim and forget it; None for a handle that is not ours or was taken."""
        if not isinstance(handle, str):
            return None
        with self._lock:
            return self._waiting.pop(handle, None)

    def _make_room(self, before: datetime) -> None:
        queued = self._find_queued()
        if queued is None:  # then the oldest, whose run starts without a credential
            self._waiting.popitem(last=False)
            return
        for handle, claim in list(self._waiting.items()):
            if handle not in queued and claim.queued_at < before:
                del self._waiting[handle]
        # A long queue is not looked through for each prompt that comes.
        self._most = max(MOST_WAITING, 2 * len(self._waiting))
