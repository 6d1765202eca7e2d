"""What goes into a log-in at a provider, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..audit.clients import Client
from ..secret import Secret
from ..storage.session_rows import SessionRow
from .sign_in import SignedIn

LOG_IN, LINK, REAUTHENTICATE = "log_in", "link", "reauthenticate"
PURPOSES = (LOG_IN, LINK, REAUTHENTICATE)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to log in elsewhere for."""

    purpose: str = LOG_IN
    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    link_accounts: bool = False


@dataclass(frozen=True)
class Asker:
    """Whose browser it is: its session, if it has one, and where it stands."""

    client: Client
    session: SessionRow | None = None
    on_the_machine: bool = False


@dataclass(frozen=True)
class Callback:
    """What a provider sends the browser back with."""

    state: str
    code: str = field(default="", repr=False)
    issuer: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Finished:
    """A flow that has come to its end."""

    purpose: str
    signed_in: SignedIn | None = None
    token: Secret | None = None
    """The session's new token, after it was proved that it is still the person."""
