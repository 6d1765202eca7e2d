"""Can this server reach the services, and if not, at which step does it end?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from ..providers.http_client import Probe
from ..providers.unreachable import MESSAGES
from .checks import FAIL, OK, WARN, Check

PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY")
LARGEST_SKEW = timedelta(minutes=5)

REMEDIES = {
    "dns": "Check the DNS and the network of the machine that runs ComfyUI.",
    "connect": "Allow outgoing HTTPS to {host}, or set HTTPS_PROXY for ComfyUI.",
    "tls": "Check this machine's clock and certificates; a proxy may be opening TLS on the way.",
    "timeout": "Try again; if it stays so, a firewall drops the connection: set HTTPS_PROXY.",
    "proxy": "Check HTTPS_PROXY, its user name and its password.",
}


def report_reach(check_id: str, probe: Probe) -> Check:
    """Turn what a probe found into a row."""
    details = {
        "host": probe.host,
        "milliseconds": probe.milliseconds,
        "status": probe.status,
        "step": probe.cause,
    }
    if probe.cause is None:
        return Check(check_id, OK, f"{probe.host} answers.", None, details)
    return Check(
        check_id,
        FAIL,
        MESSAGES[probe.cause].format(host=probe.host),
        REMEDIES.get(probe.cause, "Try again later.").format(host=probe.host),
        details,
    )


def report_clock(probe: Probe, now: datetime) -> Check:
    """Compare this machine's clock with the one of a service that answered."""
    try:
        skew = now - parsedate_to_datetime(probe.date or "")
    except (TypeError, ValueError):
        return Check("clock", OK, "The clock could not be compared with a service's.", None)
    details = {"skew_seconds": round(skew.total_seconds())}
    if abs(skew) <= LARGEST_SKEW:
        return Check("clock", OK, "This machine's clock is right.", None, details)
    return Check(
        "clock",
        WARN,
        "This machine's clock is wrong; certificates and log-ins depend on it.",
        "Set the clock of the machine that runs ComfyUI, best by NTP.",
        details,
    )


def report_proxy_variables(environment: Mapping[str, str]) -> Check:
    """Show the proxy that outgoing calls take, without its password."""
    found = {
        name: re.sub(r"^([a-z0-9+.-]+://)?.*@", r"\1***@", value, flags=re.IGNORECASE)
        for name in PROXY_VARIABLES
        if (value := environment.get(name) or environment.get(name.lower()))
    }
    if not found:
        return Check("proxy_variables", OK, "No proxy is set for outgoing calls.", None)
    return Check("proxy_variables", OK, "Outgoing calls take the proxy that is set.", None, found)
