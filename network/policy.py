"""Who may do what over which network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from multidict import MultiMapping, istr

from .addresses import (
    DEFAULT_PORTS,
    Address,
    Host,
    parse_address,
    parse_host,
    parse_networks,
    parse_origin,
)
from .connection import Connection

# Each request is asked for them all: `istr` spares writing them in small letters each time.
FORWARDING_HEADERS = (
    istr("Forwarded"),
    istr("X-Forwarded-For"),
    istr("X-Forwarded-Host"),
    istr("X-Forwarded-Proto"),
    istr("X-Real-IP"),
    istr("CF-Connecting-IP"),
    istr("Via"),
)
HOST, ORIGIN, SEC_FETCH_SITE = istr("Host"), istr("Origin"), istr("Sec-Fetch-Site")
DIRECT_HEADERS = (HOST, ORIGIN, SEC_FETCH_SITE)
CLIENTS_SPEAK = (1, 1)
"""HTTP of browsers and scripts. An older one is a proxy's: nginx's, where it is told nothing."""


@dataclass(frozen=True)
class Vantage:
    """Where a request comes from, as far as it can be believed."""

    client: Address | None
    host: Host | None
    loopback: bool
    """Peer, Host and the absence of forwarding headers all say: this machine."""
    secure: bool
    """The browser speaks TLS, with us or with a proxy that we trust."""
    host_listed: bool
    """Loopback, an address, or a name in the allowlist: no rebinding page reaches us by it."""
    foreign: bool
    """Another site's page has sent it."""
    unknown_proxy: bool
    """A proxy forwards this that nobody has named: its headers say so, or its old HTTP."""

    @property
    def private(self) -> bool:
        """Nobody on the way can read what is sent."""
        return self.loopback or self.secure

    @property
    def trusted_place(self) -> bool:
        """Loopback, or HTTPS on a listed host: every method works."""
        return self.loopback or (self.secure and self.host_listed)


class Policy:
    """Judges connections by the owner's settings."""

    def __init__(
        self,
        allowed_hosts: Iterable[str],
        trusted_proxies: Iterable[str],
        default_credential_for: str = "loopback",
    ) -> None:
        self._allowed_hosts = tuple(name.lower().rstrip(".") for name in allowed_hosts)
        self._proxies = parse_networks(trusted_proxies)
        self._default_for_everyone = default_credential_for == "everyone"
        # One browser says the same of its place with each request, and each is judged.
        self._judge_direct_once = lru_cache(maxsize=256)(self._judge_direct)

    def judge(self, connection: Connection) -> Vantage:
        """Tell where the connection comes from."""
        headers = connection.headers
        if _is_forwarded(connection):
            return self._judge(connection)
        return self._judge_direct_once(
            connection.peer,
            connection.scheme,
            headers.get(HOST),
            headers.get(ORIGIN),
            headers.get(SEC_FETCH_SITE),
        )

    def _judge_direct(self, peer: str, scheme: str, *said: str | None) -> Vantage:
        pairs = zip(DIRECT_HEADERS, said, strict=True)
        headers: dict[str, str] = {name: value for name, value in pairs if value is not None}
        return self._judge(Connection(peer, scheme, headers))

    def _judge(self, connection: Connection) -> Vantage:
        headers = connection.headers
        peer = parse_address(connection.peer)
        forwarded = _is_forwarded(connection)
        through_proxy = forwarded and self._is_proxy(peer)
        host = parse_host(headers.get("Host", ""))
        secure = connection.scheme == "https"
        client = peer
        if through_proxy:
            host = parse_host(_last(headers, "X-Forwarded-Host")) or host
            secure = _last(headers, "X-Forwarded-Proto").lower() == "https"
            client = self._read_client(_list(headers, "X-Forwarded-For"))
        local = bool(peer and peer.is_loopback and host and host.is_loopback and not forwarded)
        return Vantage(
            client=client,
            host=host,
            loopback=local,
            secure=secure,
            host_listed=self.lists(host),
            foreign=_is_foreign(headers, host, "https" if secure else "http"),
            unknown_proxy=forwarded and not through_proxy,
        )

    def lists(self, host: Host | None) -> bool:
        """Tell whether no DNS answer of an attacker can lead a browser here by this name."""
        if host is None:
            return False
        return host.is_loopback or host.address is not None or self.names(host)

    def names(self, host: Host) -> bool:
        """Tell whether the owner has listed this name."""
        return any(_matches(host.name, pattern) for pattern in self._allowed_hosts)

    def allows_machine_default(self, vantage: Vantage) -> bool:
        """Tell whether a run from there may use the machine's default credential."""
        if vantage.foreign or not vantage.host_listed:
            return False
        return vantage.loopback or self._default_for_everyone

    def _is_proxy(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._proxies)

    def _read_client(self, forwarded_for: list[str]) -> Address | None:
        # From the right: each proxy appends the peer that it saw itself, so what stands left of
        # the first address that is no proxy of ours is only what that stranger claims.
        for entry in reversed(forwarded_for):
            address = parse_address(entry)
            if not self._is_proxy(address):
                return address
        return None


def _is_forwarded(connection: Connection) -> bool:
    headers = connection.headers
    for name in FORWARDING_HEADERS:  # a loop, for each request comes by here
        if name in headers:
            return True
    return connection.http_version < CLIENTS_SPEAK


def _list(headers: Mapping[str, str], name: str) -> list[str]:
    # A header that stands there twice is one list (RFC 9110, 5.3): some proxies add a line of
    # their own below the one that the client has sent.
    lines = headers.getall(name, ()) if isinstance(headers, MultiMapping) else [headers.get(name)]
    return [entry.strip() for line in lines for entry in (line or "").split(",")]


def _last(headers: Mapping[str, str], name: str) -> str:
    return (_list(headers, name) or [""])[-1]


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and len(name) > len(pattern) - 1
    return name == pattern


def _is_foreign(headers: Mapping[str, str], host: Host | None, scheme: str) -> bool:
    if headers.get("Sec-Fetch-Site", "").lower() == "cross-site":
        return True
    origin = headers.get("Origin")
    if origin is None:
        return False
    parsed = parse_origin(origin)
    if parsed is None or host is None:
        return True
    # A proxy that ends TLS without saying so makes our scheme "http" and the page's "https":
    # the port that goes without saying is then the page's.
    page_scheme, page = parsed
    port = host.port or DEFAULT_PORTS.get(page_scheme) or DEFAULT_PORTS[scheme]
    return page != Host(host.name, port)
