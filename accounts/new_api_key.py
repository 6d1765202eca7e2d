"""What a person decides about an API key, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..storage.api_key_rows import LONGEST_NAME
from .access_errors import ApiKeyExpiryInvalidError, ApiKeyNameInvalidError, ScopeUnknownError
from .principals import SCOPES


@dataclass(frozen=True)
class NewApiKey:
    """A key that is to be made. `expires_at` None: it never does."""

    name: str
    scopes: tuple[str, ...] = SCOPES
    expires_at: datetime | None = None


def parse_key_name(text: str) -> str:
    """Return the name, one space at a time. Raises ApiKeyNameInvalidError."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ApiKeyNameInvalidError(
            f"A key's name has 1 to {LONGEST_NAME} characters that can be seen."
        )
    return name


def parse_expiry(expires_at: datetime | None, now: datetime) -> datetime | None:
    """Return when the key ends. Raises ApiKeyExpiryInvalidError for what is over."""
    if expires_at is not None and expires_at <= now:
        raise ApiKeyExpiryInvalidError("The key would have expired already. Choose a later day.")
    return expires_at


def join_scopes(scopes: Iterable[str]) -> str:
    """Return the scopes as they are kept. Raises ScopeUnknownError."""
    chosen = set(scopes)
    if not chosen or not chosen <= set(SCOPES):
        raise ScopeUnknownError(f"A key has one or more of the scopes {', '.join(SCOPES)}.")
    return " ".join(scope for scope in SCOPES if scope in chosen)
