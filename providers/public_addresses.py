"""The guard on calls whose address came from outside: only to public addresses, and over https.

What an owner names in the settings may stand on a private network. What another server names, a
provider's discovery document say, must not lead us there (OWASP: Server Side Request Forgery).
"""

from __future__ import annotations

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from .names import NameResolver

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


class AddressNotPublicError(OSError):
    """We do not go there. `cause` is `not_public` or `not_encrypted`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def is_public(address: IPAddress) -> bool:
    """Whether the address belongs to the internet; one that hides another counts as that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.sixtofour or address.teredo or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def check_public(url: str) -> None:
    """Refuse what the address alone gives away; names are left to the resolver.

    Raises AddressNotPublicError, or ValueError when this is no address.
    """
    address = URL(url)
    # As aiohttp will see it: encoded, and without the dot that ends a name.
    host = (address.raw_host or "").rstrip(".").lower()
    if _is_local_name(host):
        raise AddressNotPublicError("not_public")
    if address.scheme != "https":
        raise AddressNotPublicError("not_encrypted")


def _is_local_name(host: str) -> bool:
    literal = _read_literal(host)
    if literal is not None:
        return not is_public(literal)
    last = host.rpartition(".")[2]
    # 127.1, 0x7f000001 and 017700000001 are addresses to the operating system, and nobody who
    # means well writes them.
    return last[:1].isdigit() or host == "localhost" or host.endswith(".localhost")


def _read_literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


class PublicResolver(AbstractResolver):
    """Resolves names and leaves out what is not public, so a connection can go nowhere else."""

    def __init__(self) -> None:
        self._resolver = NameResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a name; AddressNotPublicError when it has none."""
        found = await self._resolver.resolve(host, port, family)
        public = [item for item in found if is_public(ipaddress.ip_address(item["host"]))]
        if found and not public:
            raise AddressNotPublicError("not_public")
        return public

    async def close(self) -> None:
        """Nothing is kept open."""
