"""Requests of ComfyUI's own, over loopback, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import alias  # noqa: F401  # first: it makes `passport` importable
from aiohttp import web
from passport.composition import Composition
from passport.server_routes.table import register_routes


@web.middleware
async def do_nothing(request: web.Request, handler: Any) -> web.StreamResponse:
    """Stand where our middleware stands."""
    return await handler(request)


async def answer(_: web.Request) -> web.Response:
    """Answer as the smallest of ComfyUI's routes does."""
    return web.json_response({"exec_info": {"queue_remaining": 0}})


@asynccontextmanager
async def serving(composition: Composition, *middlewares: Any) -> AsyncIterator[int]:
    """Serve on loopback, the same routes each time; gives the port."""
    app = web.Application(middlewares=list(middlewares))
    app.router.add_get("/prompt_status", answer)
    routes = web.RouteTableDef()
    register_routes(routes, composition)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class Connection:
    """One kept-alive connection that sends prepared bytes: the client must not be the cost."""

    def __init__(self, port: int, header: tuple[str, str] | None = None) -> None:
        self._port = port
        self._streams: Any = None
        self.bring(header)

    def bring(self, header: tuple[str, str] | None) -> None:
        """Have the requests from now on bring this header."""
        lines = ["GET /prompt_status HTTP/1.1", f"Host: 127.0.0.1:{self._port}", "Accept: */*"]
        lines += ["User-Agent: benchmark", "Sec-Fetch-Site: same-origin"]
        lines += [f"{header[0]}: {header[1]}"] if header else []
        self._request = "\r\n".join([*lines, "", ""]).encode()

    async def send(self, count: int) -> float:
        """Send so many requests, each after the answer to the last; return CPU seconds."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        began = time.process_time()
        for _ in range(count):
            writer.write(self._request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            if head[9:12] != b"200":
                raise RuntimeError(head.decode())
        return time.process_time() - began

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
