"""A client that sends what it is told, byte by byte: others put paths and headers in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_SECONDS = 5


@dataclass(frozen=True)
class RawAnswer:
    """Status 0: the server hung up without a word."""

    status: int
    head: str
    body: str


async def send(url: str, text: str | bytes) -> RawAnswer:
    """Send these bytes; read until the server has closed the connection or says no more."""
    target = urlsplit(url)
    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    try:
        writer.write(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
        content = await asyncio.wait_for(reader.read(), ANSWER_SECONDS)
    finally:
        writer.close()
    head, _, body = content.decode(errors="replace").partition("\r\n\r\n")
    status = int(head.split(" ")[1]) if head.startswith("HTTP/1") else 0
    return RawAnswer(status, head, body)


def ask(
    method: str, path: str, host: str = "127.0.0.1", headers: tuple[str, ...] = (), body: str = ""
) -> str:
    """Write a request that closes its connection."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join([*lines, "", body])
