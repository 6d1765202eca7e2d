"""Which proxy an outgoing call takes: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, unless NO_PROXY.

Not left to aiohttp's `trust_env`: that reads ~/.netrc as well, and would put the operator's own
credentials for a host in the place of the person's.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

PORTS = {"http": 80, "https": 443}


def find_proxy(url: str) -> str | None:
    """Return the proxy's address, which can hold its password; None: the call goes directly.

    Raises ValueError when `url` is no address.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or _only_http(proxies.get("all", ""))
    if not proxy or proxy_bypass(f"{host}:{port}" if port and ":" not in host else host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _only_http(proxy: str) -> str:
    """ALL_PROXY is often meant for programs that speak SOCKS, and we do not."""
    return proxy if proxy.lower().startswith("http://") else ""
