"""A FAKE of `providers.comfy_api.ComfyApi` without a network, for tests of what stands above it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from passport.errors import PassportError
from passport.providers.comfy_api import Customer
from passport.providers.unreachable import unreachable
from passport.secret import Secret

ADA = Customer("customer-ada", "Ada Lovelace", "ada@example.org")
BEN = Customer("customer-ben", "Ben", "ben@example.org")
KEY = f"comfyui-{'a' * 60}wxyz"
OTHER_KEY = f"comfyui-{'b' * 60}1234"
THIRD_KEY = f"comfyui-{'c' * 60}5678"


class ComfyInMemory:
    """Knows who holds which key; `problem` is raised instead as long as it is set."""

    base = "https://api.comfy.example"

    def __init__(self) -> None:
        self.holders = {KEY: ADA, OTHER_KEY: BEN}
        self.problem: PassportError | None = None
        self.asked: list[str] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens while the service thinks; once."""

    def be_unreachable(self, cause: str = "timeout") -> None:
        self.problem = unreachable(cause, "api.comfy.example")

    async def identify(self, api_key: Secret) -> Customer:
        self.asked.append(api_key.reveal())
        await asyncio.sleep(0)
        if self.meanwhile:
            event, self.meanwhile = self.meanwhile, None
            await event()
        if self.problem:
            raise self.problem
        return self.holders.get(api_key.reveal(), Customer("customer-x", None, None))
