"""Reading addresses and host names: strict, and without asking DNS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from ..errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

IPV4_SITE = 24
IPV6_SITE = 64

# An address alone has brackets, around all of it; `urlsplit` lets others pass.
BRACKETED = re.compile(r"\[[^][]*:[^][]*\](:.*)?")

DEFAULT_PORTS = {"http": 80, "https": 443}

# Every request is judged, and a server is reached under a few names from a few places.
cache_some = lru_cache(maxsize=256)


@dataclass(frozen=True)
class Host:
    """A host name or address in one normal form, and the port if one was given."""

    name: str
    port: int | None

    @property
    def address(self) -> Address | None:
        """The address that the name spells, or None for a real name."""
        return parse_address(self.name)

    @property
    def is_loopback(self) -> bool:
        """Whether the name can mean this machine alone, by its spelling."""
        if address := self.address:
            return address.is_loopback
        return self.name == "localhost" or self.name.endswith(".localhost")


@cache_some
def parse_address(text: str) -> Address | None:
    """Return the address, an IPv4 one behind IPv6 dress as itself, or None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        # Without its zone, which is only an interface; an IPv4 address with one is none at all.
        address = IPv6Address(int(address))
        return address.ipv4_mapped or address
    return address


@cache_some
def name_network(text: str) -> str:
    """Return the network that whoever has this address can be assumed to have whole: /24 or /64."""
    address = parse_address(text)
    if address is None:
        return ""
    prefix = IPV4_SITE if isinstance(address, IPv4Address) else IPV6_SITE
    return str(ip_network(f"{address}/{prefix}", strict=False))


@cache_some
def parse_host(text: str) -> Host | None:
    """Read a Host header (`name`, `name:8188`, `127.0.0.1`, `[::1]:8188`); None when it is none."""
    if not text or any(character in text for character in "/\\@?# \t\r\n,"):
        return None
    if ("[" in text or "]" in text) and not BRACKETED.fullmatch(text):
        return None
    try:
        parts = urlsplit(f"//{text}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    name = (name or "").rstrip(".")
    return Host(name, port) if name else None


@cache_some
def parse_origin(text: str) -> tuple[str, Host] | None:
    """Read an Origin header into scheme and host, the port always set; None for `null` or worse."""
    scheme, _, rest = text.lower().partition("://")
    host = parse_host(rest)
    if scheme not in DEFAULT_PORTS or host is None:
        return None
    return scheme, Host(host.name, host.port or DEFAULT_PORTS[scheme])


def parse_networks(names: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks. Raises SettingsError and names the one that is neither."""
    return tuple(_parse_network(name) for name in names)


def _parse_network(name: str) -> Network:
    # Spelled as the Doctor shows a peer, an address counts as what `parse_address` makes of it.
    address = parse_address(name)
    try:
        return ip_network(name if address is None else address, strict=False)
    except ValueError:
        raise SettingsError(
            f"trusted_proxies: {name} is neither an address nor a network."
        ) from None
