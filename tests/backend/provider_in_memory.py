"""A FAKE of a log-in provider without a network, for tests of what stands above it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from passport.errors import PassportError
from passport.providers.log_in_provider import RedirectFlow
from passport.providers.oauth import DeviceCode, Pending
from passport.providers.proved_identity import ProvedIdentity
from passport.secret import Secret

STUDIO, GITHUB = "oidc:studio", "github"
ADA_THERE = ProvedIdentity(STUDIO, "ada-there", "ada@example.org", "ada@example.org", "Ada")
BEN_THERE = ProvedIdentity(STUDIO, "ben-there", "ben@example.org", "ben@example.org", "Ben")
NOBODY_THERE = ProvedIdentity(STUDIO, "nobody-there")


class ProviderInMemory:
    """Proves `person`, or raises `problem`; what it was asked stands in `redeemed` and `polls`."""

    redirects = True
    has_device_flow = True

    def __init__(self, kind: str = STUDIO) -> None:
        self.kind = kind
        self.label = "Studio"
        self.person = replace(ADA_THERE, kind=kind)
        self.problem: PassportError | None = None
        self.pending: Pending | None = None
        self.begun: list[RedirectFlow] = []
        self.redeemed: list[tuple[RedirectFlow, str, str | None]] = []
        self.polls: list[tuple[str, int]] = []
        self.expires_in, self.interval = 600, 5
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens while it thinks; once."""

    async def make_authorization_url(self, flow: RedirectFlow) -> str:
        self.begun.append(flow)
        return f"https://provider.example/authorize?state={flow.state}"

    async def redeem(self, flow: RedirectFlow, code: str, issuer: str | None) -> ProvedIdentity:
        self.redeemed.append((flow, code, issuer))
        await self._think()
        return self.person

    async def begin_device_flow(self) -> DeviceCode:
        address = "https://provider.example/device"
        code = Secret("canary-of-the-device")
        return DeviceCode(code, "ABCD-EFGH", address, None, self.expires_in, self.interval)

    async def poll_device_flow(
        self, device_code: Secret, interval: int
    ) -> ProvedIdentity | Pending:
        self.polls.append((device_code.reveal(), interval))
        await self._think()
        return self.pending or self.person

    async def try_client(self) -> None:
        await self._think()

    async def _think(self) -> None:
        await asyncio.sleep(0)
        if self.meanwhile:
            event, self.meanwhile = self.meanwhile, None
            await event()
        if self.problem:
            raise self.problem
