"""One-shot tickets for addresses that cannot carry a header: websockets and images."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from ..clock import Clock
from ..secret import Secret
from .principals import Principal

LIFETIME = timedelta(seconds=30)
TICKET_LENGTH_BYTES = 24
MOST_WAITING = 10_000


class Tickets:
    """Kept in memory: they live for seconds, and a restart may void them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, tuple[Principal, datetime]] = OrderedDict()

    def give(self, principal: Principal) -> Secret:
        """Return a ticket that stands for this principal once, within 30 seconds."""
        ticket = secrets.token_urlsafe(TICKET_LENGTH_BYTES)
        with self._lock:
            self._waiting[ticket] = principal, self._clock() + LIFETIME
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
        return Secret(ticket)

    def take(self, ticket: str) -> Principal | None:
        """Return for whom the ticket stands and use it up; None when it is not good."""
        with self._lock:
            principal, good_until = self._waiting.pop(ticket, (None, None))
        if principal is None or good_until is None or self._clock() >= good_until:
            return None
        return principal
