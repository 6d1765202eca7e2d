"""Programs that call the tiny server with an API key of ours, and browsers that fall silent."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from .passport_server import Answer, Browser, PassportServer

ALL_SCOPES = ("run", "read", "manage")
FRESH_MINUTES = 5


class Program(Browser):
    """Keeps no cookies, and sends these headers with each call."""

    def __init__(self, server: PassportServer, headers: Mapping[str, str]) -> None:
        browser = server.browser(cookies=False)
        super().__init__(browser.session, browser.url)
        self.headers = dict(headers)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        data: Any = None,
    ) -> Answer:
        return await super().call(method, path, body, {**self.headers, **(headers or {})}, data)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def basic(user: str, password: str) -> dict[str, str]:
    packed = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {packed}"}


async def make_key(browser: Browser, name: str = "script", **fields: Any) -> dict[str, Any]:
    """Have the person make a key; what the answer says of it."""
    answer = await browser.post("api-keys", {"name": name, **fields})
    assert answer.status == 201, answer.body
    return answer.json["api_key"]


async def program_of(
    server: PassportServer, browser: Browser, *scopes: str, **fields: Any
) -> Program:
    """A program of that person's, whose key has these scopes; all without a word."""
    name = " ".join(scopes) or "all"
    made = await make_key(browser, name, scopes=list(scopes or ALL_SCOPES), **fields)
    return Program(server, bearer(made["key"]))


def cookie_of(browser: Browser) -> str:
    """What the browser sends, to send it elsewhere too."""
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.session.cookie_jar)


def grow_stale(server: PassportServer) -> None:
    """Let so much time go by that nobody was proved lately."""
    server.clock.advance(minutes=FRESH_MINUTES)


def pass_a_second(server: PassportServer) -> None:
    """Let go by what the server believes without asking its store again."""
    server.clock.advance(seconds=1)


async def is_open(socket: aiohttp.ClientWebSocketResponse, seconds: float = 0.5) -> bool:
    """Whether it is still open after so long; returns as soon as it is not."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(socket.receive(), seconds)
        return False
    return True
