"""What a person whom another service has proved is called here."""

from __future__ import annotations

from contextlib import suppress

from ..providers.proved_identity import ProvedIdentity
from .display_names import parse_display_name
from .email_addresses import parse_email
from .errors import DisplayNameInvalidError, EmailInvalidError


def read_email(proved: ProvedIdentity) -> str | None:
    """Return the verified mail address, if it is one that we take."""
    try:
        return parse_email(proved.email).shown if proved.email else None
    except EmailInvalidError:
        return None


def read_name(proved: ProvedIdentity, email: str | None) -> str:
    """Return what the account is to be called; empty when nothing there makes a name."""
    texts = (proved.name, email and email.partition("@")[0], proved.label)
    return next((name for text in texts if (name := _try_name(text))), "")


def _try_name(text: str | None) -> str | None:
    with suppress(DisplayNameInvalidError):
        return parse_display_name(text) if text else None
    return None
