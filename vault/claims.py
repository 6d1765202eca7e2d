"""What a waiting run may ask for, under a handle that is no secret."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..secret import Secret

HANDLE_LENGTH_BYTES = 24
MOST_WAITING = 10_000


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

    allowed_once: frozenset[str] = frozenset()
    """Packs that the account allowed for this run alone."""

    refused_pack: str | None = None
    """The pack for whose sake the run was refused as it was queued."""

    @property
    def holder(self) -> str:
        """Who holds the credential while the run goes on; empty for the machine."""
        return self.account_id or self.brought_by


class Claims:
    """Remembers handle to claim from the queue to the start of the run; taken once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, Claim] = OrderedDict()

    def leave(self, claim: Claim) -> str:
        """Keep the claim and return its handle.

        Runs that are deleted from the queue leave theirs behind: the oldest go when there are
        too many, and such a run then starts without a credential.
        """
        handle = secrets.token_urlsafe(HANDLE_LENGTH_BYTES)
        with self._lock:
            self._waiting[handle] = claim
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
        return handle

    def take(self, handle: object) -> Claim | None:
        """Return the claim and forget it; None for a handle that is not ours or was taken."""
        if not isinstance(handle, str):
            return None
        with self._lock:
            return self._waiting.pop(handle, None)
