"""Looking up names of hosts, on threads of our own.

A look-up cannot be broken off: where the name server is dead each holds its thread for long after
we gave up. The threads that all of ComfyUI shares are few, and would be used up by that.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

from .daemon_thread import call_on_daemon_thread


class NameResolver(AbstractResolver):
    """Asks the operating system, as it does for every program."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError."""
        return await call_on_daemon_thread("passport-names", _look_up, host, port, family)

    async def close(self) -> None:
        """Nothing is kept open."""


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [
        ResolveResult(
            hostname=host,
            host=_to_text(address),
            port=port,
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, protocol, _, address in found
    ]


def _to_text(address: Sequence[object]) -> str:
    """An IPv6 address of the link alone needs the number of its interface as well."""
    scope = address[3] if len(address) > 3 else 0  # noqa: PLR2004
    return f"{address[0]}%{scope}" if scope else str(address[0])
