"""Verifying the hosted account's ID tokens here, without asking anybody but for the keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..clock import Clock
from .comfy_errors import ComfyTokenInvalidError
from .errors import ProviderAnswerInvalidError
from .id_tokens import LEEWAY, read_instant, verify_id_token
from .key_sets import KeySet
from .proved_identity import ProvedIdentity, printable

COMFY_IDENTITY = "comfy"
ALGORITHMS = ("RS256",)
LONGEST_ID = 128  # Firebase: a uid has 1 to 128 characters


@dataclass(frozen=True)
class ComfyUser:
    """Who holds a verified token, and for how long it is good."""

    id: str
    email: str | None
    email_verified: bool
    name: str | None
    expires_at: datetime
    logged_in_at: datetime

    @property
    def identity(self) -> ProvedIdentity:
        """The person as an identity of an account here."""
        email = self.email if self.email_verified else None
        return ProvedIdentity(COMFY_IDENTITY, self.id, self.email or self.name, email, self.name)


class ComfyTokens:
    """Verifies ID tokens of one Firebase project
    (https://firebase.google.com/docs/auth/admin/verify-id-tokens).
    """

    def __init__(self, project: str, key_set: KeySet, clock: Clock) -> None:
        self._issuer = f"https://securetoken.google.com/{project}"
        self._project = project
        self._key_set = key_set
        self._clock = clock

    async def verify(self, token: str) -> ComfyUser:
        """Return whose token it is.

        Raises ComfyTokenInvalidError, and ServiceUnreachableError or ServiceAnsweredNonsenseError
        when the keys cannot be had.
        """
        try:
            claims = await verify_id_token(
                token,
                self._key_set,
                issuer=self._issuer,
                audience=self._project,
                clock=self._clock,
                algorithms=ALGORITHMS,
            )
        except ProviderAnswerInvalidError as error:
            raise _refused(error.reason) from None
        return self._read(claims)

    def _read(self, claims: dict[str, Any]) -> ComfyUser:
        subject, expires_at = claims["sub"], read_instant(claims["exp"])
        logged_in_at = read_instant(claims.get("auth_time"))
        if expires_at is None or self._clock() >= expires_at:  # it is to be used, not only read
            raise _refused("expired")
        if logged_in_at is None or logged_in_at > self._clock() + LEEWAY:
            raise _refused("malformed")
        if len(subject) > LONGEST_ID or not subject.isprintable():
            raise _refused("subject")
        return ComfyUser(
            subject,
            printable(claims.get("email"), 320),
            claims.get("email_verified") is True,
            printable(claims.get("name"), 255),
            expires_at,
            logged_in_at,
        )


def _refused(reason: str) -> ComfyTokenInvalidError:
    if reason == "expired":
        return ComfyTokenInvalidError(
            "This log-in at Comfy has expired, or this machine's clock is wrong. Log in at Comfy "
            "again.",
            reason,
        )
    return ComfyTokenInvalidError(
        "This is no log-in at Comfy that this server can trust. Log in at Comfy again; if it stays "
        "so, ask this server's owner.",
        reason,
    )
