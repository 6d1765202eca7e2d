"""Clients of a server on loopback, each from a network of its own.

The server throttles by network, and all of 127.0.0.0/8 is this machine. They send prepared bytes
over plain sockets: the client must be neither the cost nor the noise.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back, and seconds after what was it there."""

    status: int
    seconds: float
    body: Any


class Peer:
    """One kept-alive connection from 127.x.y.1."""

    def __init__(self, port: int, network: int = 0) -> None:
        address = f"127.{network // 256}.{network % 256}.1"
        self._port = port
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=60, source_address=(address, 0)
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Send a request and wait for its answer."""
        return self.send(self.pack(method, path, body))

    def pack(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """Return the request as it goes over the wire."""
        content = json.dumps(body or {}).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        lines += ["User-Agent: benchmark", "X-Passport: 1", "", ""]
        return "\r\n".join(lines).encode() + content

    def send(self, request: bytes) -> Answer:
        """Send what `pack` made and wait for its answer."""
        began = time.perf_counter()
        self.socket.sendall(request)
        return self.receive(began)

    def receive(self, began: float) -> Answer:
        """Read one answer."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._read()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while len(body) < length:
            body += self._read()
        seconds = time.perf_counter() - began
        return Answer(int(head.split(b" ", 2)[1]), seconds, json.loads(body) if body else None)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _read(self) -> bytes:
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError("The server has hung up.")
        return received


def send_at_once(peers: Sequence[Peer], requests: Sequence[bytes], at_once: int) -> list[Answer]:
    """Send a request from each peer, so many before the first answer; then one for each answer.

    The seconds of every answer count from the first request.
    """
    answers: list[Answer] = []
    waiting = list(zip(peers, requests, strict=True))[::-1]
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:

        def send_next() -> None:
            peer, request = waiting.pop()
            selector.register(peer.socket, selectors.EVENT_READ, peer)
            peer.socket.sendall(request)

        for _ in range(min(at_once, len(waiting))):
            send_next()
        while len(answers) < len(peers):
            for key, _ in selector.select():
                selector.unregister(key.fileobj)
                answers.append(key.data.receive(began))
                if waiting:
                    send_next()
    return answers
