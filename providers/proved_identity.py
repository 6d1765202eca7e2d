"""What another service proves about a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProvedIdentity:
    """A person as the service knows them."""

    kind: str
    """`google`, `github`, `oidc:<name>` or `comfy`."""

    subject: str
    """Who it is: the service never gives this to somebody else (OpenID Connect Core, 5.7)."""

    label: str | None = None
    """What people know the account by: a mail address or a name."""

    email: str | None = None
    """A mail address, only where the service says that it is the person's: verified."""

    name: str | None = None


def printable(value: object, longest: int) -> str | None:
    """Return a text of the service as it may be shown, or None when there is none."""
    if not isinstance(value, str):
        return None
    kept = "".join(character for character in value if character.isprintable())
    return kept.strip()[:longest].strip() or None
