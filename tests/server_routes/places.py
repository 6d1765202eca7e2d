"""Where a browser can be, and how a request from there looks to the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LISTED, UNLISTED, ADDRESS = "studio.example", "evil.example", "192.168.1.20"
PERSON = "203.0.113.9"
"""The address that a configured proxy tells of."""


@dataclass(frozen=True)
class Place:
    """The headers that a browser there sends, and whether TLS reaches the server itself."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    tls: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    obstacle: str | None = None
    """Why passwords are refused from there, or None."""
    insecure: bool = False
    """Whether an API key needs to be confirmed there."""
    loopback: bool = False


def forwarded(host: str, proto: str, **more: str) -> dict[str, str]:
    return {"Host": host, "X-Forwarded-For": PERSON, "X-Forwarded-Proto": proto, **more}


NAMED = {"PASSPORT_ALLOWED_HOSTS": LISTED}
PROXIED = {**NAMED, "PASSPORT_TRUSTED_PROXIES": "127.0.0.1"}
IN_CLEAR, UNKNOWN_NAME = "insecure_connection", "host_not_listed"

FAR_AWAY = forwarded(LISTED, "https")
"""A browser elsewhere, at home with passwords: HTTPS by a listed name, with PROXIED."""

PLACES = [
    Place("the machine itself", loopback=True),
    Place("the machine itself, by name", {"Host": "localhost:8188"}, loopback=True),
    Place("the machine itself, over TLS", tls=True, loopback=True),
    Place("plain HTTP, by address", {"Host": ADDRESS}, obstacle=IN_CLEAR, insecure=True),
    Place(
        "plain HTTP, by a listed name",
        {"Host": LISTED},
        settings=NAMED,
        obstacle=IN_CLEAR,
        insecure=True,
    ),
    Place("plain HTTP, by another name", {"Host": UNLISTED}, obstacle=IN_CLEAR, insecure=True),
    Place("HTTPS, by a listed name", {"Host": LISTED}, tls=True, settings=NAMED),
    Place("HTTPS, by a listed name and port", {"Host": f"{LISTED}:8188"}, True, settings=NAMED),
    Place("HTTPS, by address", {"Host": ADDRESS}, tls=True),
    Place(
        "HTTPS, by another name",
        {"Host": UNLISTED},
        tls=True,
        settings=NAMED,
        obstacle=UNKNOWN_NAME,
    ),
    Place("a configured proxy with HTTPS", forwarded(LISTED, "https"), settings=PROXIED),
    Place(
        "a configured proxy that rewrites the name",
        forwarded("127.0.0.1:8188", "https", **{"X-Forwarded-Host": LISTED}),
        settings=PROXIED,
    ),
    Place(
        "a configured proxy with HTTPS, by another name",
        forwarded(UNLISTED, "https"),
        settings=PROXIED,
        obstacle=UNKNOWN_NAME,
    ),
    Place(
        "a configured proxy without HTTPS",
        forwarded(LISTED, "http"),
        settings=PROXIED,
        obstacle=IN_CLEAR,
        insecure=True,
    ),
    Place(
        "a proxy that nobody configured",
        forwarded(LISTED, "https"),
        settings=NAMED,
        obstacle=IN_CLEAR,
        insecure=True,
    ),
    Place(
        "a proxy that nobody configured, by address",
        forwarded("127.0.0.1:8188", "https"),
        obstacle=IN_CLEAR,
        insecure=True,
    ),
]
