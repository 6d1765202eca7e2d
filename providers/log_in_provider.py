"""What every provider of log-ins can do, whichever protocol it speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..secret import Secret
from .oauth import DeviceCode, Pending
from .proved_identity import ProvedIdentity


@dataclass(frozen=True)
class RedirectFlow:
    """What a log-in by redirect has to remember between its two halves."""

    redirect_uri: str
    state: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    fresh: bool = False
    """The person is to be asked anew, even where they are logged in at the provider."""


class LogInProvider(Protocol):
    """One provider as its owner has set it up."""

    @property
    def kind(self) -> str:
        """The kind of identity that it proves."""
        ...

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    @property
    def redirects(self) -> bool:
        """Whether it is set up for log-in by redirect."""
        ...

    @property
    def has_device_flow(self) -> bool:
        """Whether it is set up for log-in by code."""
        ...

    async def make_authorization_url(self, flow: RedirectFlow) -> str:
        """Return where the browser is to go. Raises what discovery raises."""
        ...

    async def redeem(self, flow: RedirectFlow, code: str, issuer: str | None) -> ProvedIdentity:
        """Return who came back; `issuer` is the callback's `iss` (RFC 9207).

        Raises ProviderAnswerInvalidError, ProviderClientRefusedError, LogInDeniedError,
        ServiceUnreachableError and ServiceAnsweredNonsenseError.
        """
        ...

    async def begin_device_flow(self) -> DeviceCode:
        """Return the code to show. Raises what `redeem` raises."""
        ...

    async def poll_device_flow(
        self, device_code: Secret, interval: int
    ) -> ProvedIdentity | Pending:
        """Return who has entered the code, or how long to wait. Raises FlowExpiredError besides."""
        ...

    async def try_client(self) -> None:
        """Have the provider judge the client id and its secret, without anybody's log-in.

        Raises ProviderClientRefusedError when it does not know them.
        """
        ...
