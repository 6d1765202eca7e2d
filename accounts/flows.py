"""Log-ins that are under way at another service, each tied to the browser that began it.

What a flow carries is sealed with a secret that only the browser's cookie has: neither a read of
the store nor somebody else's browser can go on with it (RFC 9700, 2.1 and 4.7).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from ..clock import Clock, is_current
from ..providers.errors import FlowExpiredError
from ..providers.oauth import LONGEST_DEVICE_FLOW_SECONDS
from ..secret import Secret
from ..storage.database import Database
from ..storage.pending_rows import (
    add_pending,
    claim_poll,
    find_pending,
    rewrite_pending,
    take_pending,
)
from .external_errors import FlowInvalidError
from .throttle import FLOW_ALL, FLOW_NETWORK, Try, spend

ID_LENGTH_BYTES = 32
NONCE_LENGTH_BYTES = 12
NAME_LENGTH = 8
LONGEST_LIFETIME = timedelta(seconds=LONGEST_DEVICE_FLOW_SECONDS)


@dataclass(frozen=True)
class Flow:
    """A flow's id, which the other service gives back, and the secret of the browser's cookie."""

    id: str
    secret: Secret = field(repr=False)
    expires_at: datetime

    @property
    def name(self) -> str:
        """The end of the cookie's name: several flows of one browser do not disturb each other."""
        return name_flow(self.id)


def name_flow(flow_id: str) -> str:
    """Return the end of the name of the flow's cookie."""
    return _hash(flow_id).hex()[:NAME_LENGTH]


class Flows:
    """Keeps what a flow has to remember until the browser is back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def plan(self, lifetime: timedelta) -> Flow:
        """Return the names of a new flow; `begin` keeps it."""
        return Flow(
            secrets.token_urlsafe(ID_LENGTH_BYTES),
            Secret(secrets.token_urlsafe(ID_LENGTH_BYTES)),
            self._clock() + lifetime,
        )

    def begin(self, flow: Flow, details: dict[str, Any]) -> None:
        """Keep the flow; `details` are plain values."""
        sealed = _seal(flow.id, flow.secret, details)
        with self._database.transaction() as connection:
            add_pending(connection, _hash(flow.id), sealed, flow.expires_at)

    def count(self, network: str) -> None:
        """Count a flow that is to begin. Raises TooManyTriesError."""
        with self._database.transaction() as connection:
            spend(connection, self._clock(), Try(FLOW_NETWORK, network), Try(FLOW_ALL))

    def look_at(self, flow_id: str, secret: Secret | None) -> dict[str, Any]:
        """Return what the flow carries; it goes on. Raises FlowInvalidError, FlowExpiredError."""
        with self._database.reading() as connection:
            found = find_pending(connection, _hash(flow_id))
        if found is None or secret is None:
            raise _invalid()
        details = _open(flow_id, secret, found[0])
        if not is_current(self._clock(), found[1] - LONGEST_LIFETIME, found[1]):
            raise FlowExpiredError("This took too long, so it has expired. Begin again.")
        return details

    def take(self, flow_id: str, secret: Secret | None) -> dict[str, Any]:
        """Return what the flow carries and use it up: of many calls at once, one succeeds.

        A flow that somebody else's browser asks for stays. Raises the same.
        """
        details = self.look_at(flow_id, secret)
        self.end(flow_id)
        return details

    def end(self, flow_id: str) -> None:
        """Use the flow up. Raises FlowInvalidError when somebody was faster."""
        with self._database.transaction() as connection:
            if not take_pending(connection, _hash(flow_id)):
                raise _invalid()

    def may_poll(self, flow_id: str, interval: timedelta) -> bool:
        """Tell whether the service may be asked now; the next time is `interval` later."""
        now = self._clock()
        with self._database.transaction() as connection:
            return claim_poll(connection, _hash(flow_id), now, now + interval)

    def slow_down(
        self, flow_id: str, secret: Secret, details: dict[str, Any], interval: timedelta
    ) -> None:
        """Have the flow carry `details` from now on, and the service be left alone for a while."""
        sealed = _seal(flow_id, secret, details)
        with self._database.transaction() as connection:
            rewrite_pending(connection, _hash(flow_id), sealed, self._clock() + interval)


def _hash(flow_id: str) -> bytes:
    return hashlib.sha256(b"passport flow\0" + flow_id.encode()).digest()


def _key(secret: Secret) -> bytes:
    # 256 random bits: a hash of them is a key, and needs no stretching.
    return hashlib.sha256(b"passport flow key\0" + secret.reveal().encode()).digest()


def _seal(flow_id: str, secret: Secret, details: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_LENGTH_BYTES)
    text = json.dumps(details).encode()
    return nonce + AESGCM(_key(secret)).encrypt(nonce, text, flow_id.encode())


def _open(flow_id: str, secret: Secret, sealed: bytes) -> dict[str, Any]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, body = sealed[:NONCE_LENGTH_BYTES], sealed[NONCE_LENGTH_BYTES:]
    try:
        text = AESGCM(_key(secret)).decrypt(nonce, body, flow_id.encode())
    except InvalidTag:
        raise _invalid() from None
    return cast("dict[str, Any]", json.loads(text))


def _invalid() -> FlowInvalidError:
    return FlowInvalidError(
        "This log-in was not begun in this browser, or it was finished already. Begin again, in "
        "one window."
    )
