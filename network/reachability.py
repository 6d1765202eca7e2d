"""Can this server reach the services, and if not, at which step does it end?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ssl import cert_time_to_seconds

from ..clock import to_iso
from ..errors import SettingsError
from ..providers.certificate_bundle import list_expiries
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


def report_reach(
    check_id: str, probes: Sequence[Probe], given_up_until: datetime | None = None
) -> Check:
    """Turn what the probes of a service's addresses found into a row, the worst one first.

    `given_up_until` is when calls begin to be made again, if none are made at the moment.
    """
    worst = next((probe for probe in probes if probe.cause), probes[0])
    hosts = list(dict.fromkeys(probe.host for probe in probes))
    details = {
        "host": worst.host,
        "milliseconds": worst.milliseconds,
        "status": worst.status,
        "step": worst.cause,
    }
    if worst.cause is None:
        found = f"{' and '.join(hosts)} {'answers' if len(hosts) == 1 else 'answer'}."
        return Check(check_id, OK, found, None, details)
    cause = MESSAGES[worst.cause].format(host=worst.host)
    if given_up_until:
        details["given_up_until"] = until = to_iso(given_up_until)
        cause += f" So that nobody waits for it, it is not called until {until}."
    remedy = REMEDIES.get(worst.cause, "Try again later.").format(host=worst.host)
    return Check(check_id, FAIL, cause, remedy, details)


def report_ca_bundle(file: str, now: datetime) -> Check:
    """Show what the certificates of the setting `ca_bundle` are worth."""
    try:
        expiries = list_expiries(file)
    except SettingsError:
        cause = "The file of ca_bundle cannot be read any more; its old content is still in use."
        return Check("ca_bundle", WARN, cause, "Put it back, and restart ComfyUI.")
    expired = sum(cert_time_to_seconds(expiry) <= now.timestamp() for expiry in expiries)
    details = {"certificates": len(expiries), "expired": expired}
    if expired:
        return Check(
            "ca_bundle",
            WARN,
            f"Of the certificates in ca_bundle, {expired} of {len(expiries)} have expired.",
            "Ask whoever looks after your network for the present ones.",
            details,
        )
    found = f"Outgoing calls trust {len(expiries)} certificates more than the system does."
    return Check("ca_bundle", OK, found, None, details)


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
