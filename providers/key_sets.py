"""The public keys that a provider signs with (JWK Set, RFC 7517), fetched and remembered."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from ..clock import Clock
from .errors import ProviderAnswerInvalidError, ServiceAnsweredNonsenseError
from .http_client import Answer, HttpClient

if TYPE_CHECKING:
    from jwt import PyJWK

SHORTEST, USUAL, LONGEST = timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24)
FETCHED_AGAIN_AFTER = timedelta(seconds=30)
"""Keys are exchanged at any time; made-up key ids must not become a flood of fetches."""

MOST_KEYS = 50
SMALLEST_RSA_BITS = 2048
CURVES = {"ES256": "P-256"}  # RFC 7518, 3.4


class KeySet:
    """Finds the key of an id; asks the provider when it is new, or when its time is over."""

    def __init__(
        self, url: str, client: HttpClient, clock: Clock, public_only: bool = False
    ) -> None:
        self.url = url
        self._client = client
        self._clock = clock
        self._public_only = public_only
        self._keys: list[dict[str, Any]] = []
        self._fetched_at: datetime | None = None
        self._good_until: datetime | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> PyJWK:
        """Return the key for this algorithm; without an id only the single one counts.

        Raises ProviderAnswerInvalidError when there is none, ServiceUnreachableError and
        ServiceAnsweredNonsenseError when the keys cannot be fetched.
        """
        now = self._clock()
        if self._good_until is None or now >= self._good_until:
            await self._fetch(self._fetched_at)
        found = self._select(kid, algorithm)
        if not found and self._may_fetch_again():
            await self._fetch(self._fetched_at)
            found = self._select(kid, algorithm)
        if len(found) != 1:
            raise ProviderAnswerInvalidError(
                "The provider's answer is signed with a key that it does not publish. It was "
                "refused; try again in a minute.",
                reason="signature",
            )
        return _load(found[0], algorithm)

    def _may_fetch_again(self) -> bool:
        return self._fetched_at is None or (
            abs(self._clock() - self._fetched_at) >= FETCHED_AGAIN_AFTER
        )

    def _select(self, kid: str | None, algorithm: str) -> list[dict[str, Any]]:
        kind = "RSA" if algorithm.startswith(("RS", "PS")) else "EC"
        fitting = [
            key
            for key in self._keys
            if key.get("kty") == kind
            and key.get("use", "sig") == "sig"
            and key.get("alg", algorithm) == algorithm
            and (kind == "RSA" or key.get("crv") == CURVES.get(algorithm))
        ]
        return fitting if kid is None else [key for key in fitting if key.get("kid") == kid]

    async def _fetch(self, seen: datetime | None) -> None:
        async with self._fetching:
            if self._fetched_at != seen:  # somebody else has, while we waited
                return
            answer = await self._client.ask("GET", self.url, {}, public_only=self._public_only)
            self._keys = _read_keys(answer)
            self._fetched_at = now = self._clock()
            self._good_until = now + _read_lifetime(answer)


def _read_keys(answer: Answer) -> list[dict[str, Any]]:
    keys: Any = None
    if isinstance(answer.body, dict):
        keys = cast("dict[str, Any]", answer.body).get("keys")  # pyright: ignore[reportUnknownMemberType]
    if answer.status != 200 or not isinstance(keys, list):  # noqa: PLR2004
        raise ServiceAnsweredNonsenseError(
            "The log-in provider did not show its keys: something else answered for it.",
            status=answer.status,
        )
    found = cast("list[Any]", keys)[:MOST_KEYS]
    return [cast("dict[str, Any]", key) for key in found if isinstance(key, dict)]


def _read_lifetime(answer: Answer) -> timedelta:
    said = re.search(r"max-age=(\d{1,9})", answer.headers.get("Cache-Control", ""))
    lifetime = timedelta(seconds=int(said.group(1))) if said else USUAL
    return min(max(lifetime, SHORTEST), LONGEST)


def _load(key: dict[str, Any], algorithm: str) -> PyJWK:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    try:
        loaded = PyJWK(key, algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError):
        loaded = None
    bits = getattr(getattr(loaded, "key", None), "key_size", 0)
    if loaded is None or (key["kty"] == "RSA" and bits < SMALLEST_RSA_BITS):
        raise ProviderAnswerInvalidError(
            "The key that the provider publishes cannot be used. The log-in was refused.",
            reason="signature",
        )
    return loaded
