"""The Doctor: each row names one state, one cause and one remedy.

Texts here are English for scripts and reports; the panel translates by row id and state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .host_facts import GUARDED, HostFacts
from .policy import Vantage
from .versions import OLDEST_COMFYUI, OLDEST_FRONTEND, is_older

OK, WARN, FAIL, SKIPPED = "ok", "warn", "fail", "skipped"
LOOPBACK_LISTENERS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Check:
    """One row: what is so, why, and what to do about it."""

    id: str
    state: str
    cause: str
    remedy: str | None = None
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Situation:
    """What the local checks look at."""

    vantage: Vantage
    peer: str
    host: HostFacts


LocalCheck = Callable[[Situation], Check]


def check_loopback(situation: Situation) -> Check:
    """Does this browser run on ComfyUI's own machine, or at least speak TLS?"""
    vantage = situation.vantage
    details = {
        "peer": situation.peer,
        "host": vantage.host.name if vantage.host else "",
        "loopback": vantage.loopback,
        "https": vantage.secure,
    }
    if vantage.loopback:
        return Check("loopback", OK, "This browser runs on ComfyUI's own machine.", None, details)
    if vantage.secure:
        return Check("loopback", OK, "The connection is encrypted (HTTPS).", None, details)
    return Check(
        "loopback",
        WARN,
        "This page came over plain HTTP from another machine: others can read what you type.",
        "Open ComfyUI at https:// (ComfyUI's --tls-keyfile and --tls-certfile, or a reverse "
        "proxy), or through an SSH tunnel at http://127.0.0.1.",
        details,
    )


def check_host_allowlist(situation: Situation) -> Check:
    """Is this server known under the name in the address bar?"""
    host = situation.vantage.host
    name = host.name if host else ""
    if situation.vantage.host_listed:
        return Check("host_allowlist", OK, "This server is known under this name.", None)
    return Check(
        "host_allowlist",
        WARN,
        "This server is not known under this name, so nothing is trusted for the address alone. "
        "Log-in with a Comfy API key works.",
        f"Start ComfyUI with PASSPORT_ALLOWED_HOSTS={name or 'your.host.name'}",
        {"host": name},
    )


def check_listen(situation: Situation) -> Check:
    """Who can reach the server, and is it encrypted?"""
    host = situation.host
    details = {"listen": host.listen, "tls": host.tls, "cors_open": host.cors_open}
    if host.cors_open:
        return Check(
            "listen",
            WARN,
            "--enable-cors-header lets pages of other sites call this ComfyUI.",
            "Start ComfyUI without --enable-cors-header.",
            details,
        )
    names = [name.strip() for name in host.listen.split(",")]
    if all(name in LOOPBACK_LISTENERS for name in names):
        return Check("listen", OK, "ComfyUI listens to its own machine alone.", None, details)
    if host.tls:
        return Check("listen", OK, "ComfyUI listens to the network, over HTTPS.", None, details)
    return Check(
        "listen",
        WARN,
        "ComfyUI listens to the whole network (--listen) without HTTPS.",
        "Leave --listen out, or add --tls-keyfile and --tls-certfile.",
        details,
    )


def check_reverse_proxy(situation: Situation) -> Check:
    """Do forwarding headers come from a proxy that the owner named?"""
    if not situation.vantage.unknown_proxy:
        return Check("reverse_proxy", OK, "No unknown proxy stands between us.", None)
    return Check(
        "reverse_proxy",
        WARN,
        "A reverse proxy forwards this request, and Passport was not told to believe it: it "
        "cannot know your address, nor that you use HTTPS.",
        f"If the proxy is yours, start ComfyUI with PASSPORT_TRUSTED_PROXIES={situation.peer}",
        {"proxy": situation.peer},
    )


def check_comfyui_version(situation: Situation) -> Check:
    """Can this ComfyUI run API nodes with a key?"""
    version = situation.host.comfyui_version
    details = {"version": version, "needed": OLDEST_COMFYUI}
    if is_older(version, OLDEST_COMFYUI):
        return Check(
            "comfyui_version",
            FAIL,
            f"ComfyUI {version} cannot run API nodes with a key.",
            f"Update ComfyUI to {OLDEST_COMFYUI} or newer.",
            details,
        )
    known = version or "of an unknown version"
    return Check("comfyui_version", OK, f"ComfyUI {known} is supported.", None, details)


def check_frontend_version(situation: Situation) -> Check:
    """Is the frontend the one that this ComfyUI wants? Failed installations fall back silently."""
    served, wanted = situation.host.frontend_served, situation.host.frontend_wanted
    details = {"served": served, "wanted": wanted, "needed": OLDEST_FRONTEND}
    if is_older(served, OLDEST_FRONTEND):
        return Check(
            "frontend_version",
            FAIL,
            f"The frontend {served} is too old for accounts; {OLDEST_FRONTEND} is needed.",
            "Run `pip install -r requirements.txt` in ComfyUI's folder and restart ComfyUI.",
            details,
        )
    if wanted and is_older(served, wanted):
        return Check(
            "frontend_version",
            WARN,
            f"ComfyUI asks for the frontend {wanted} and serves {served}: its installation seems "
            "to have failed.",
            "Run `pip install -r requirements.txt` in ComfyUI's folder and restart ComfyUI.",
            details,
        )
    return Check(
        "frontend_version", OK, f"The frontend {served or '(unknown)'} is supported.", None, details
    )


def check_binding(situation: Situation) -> Check:
    """How do runs get their key here?"""
    host = situation.host
    details = {"mode": host.binding, "uncovered": list(host.uncovered)}
    if host.binding != GUARDED:
        return Check(
            "binding",
            WARN,
            "This ComfyUI runs prompts in a way that Passport does not know: keys travel in "
            "extra_data, where older versions show them in /queue and error reports.",
            "Update Passport; until then log in only where you trust everyone on this server.",
            details,
        )
    if host.uncovered:
        return Check(
            "binding",
            WARN,
            "Runs get their key under guard, but some error reports of this ComfyUI are not "
            "redacted.",
            "Update Passport.",
            details,
        )
    return Check("binding", OK, "Runs get their key under guard.", None, details)


def check_copies(situation: Situation) -> Check:
    """Is Passport installed once?"""
    refused = situation.host.refused_copies
    if not refused:
        return Check("copies", OK, "Passport is installed once.", None)
    return Check(
        "copies",
        WARN,
        f"Passport is installed twice. This copy runs; not loaded: {', '.join(refused)}",
        "Remove one of the folders from custom_nodes and restart ComfyUI.",
        {"refused": list(refused)},
    )


LOCAL_CHECKS: tuple[LocalCheck, ...] = (
    check_loopback,
    check_host_allowlist,
    check_listen,
    check_reverse_proxy,
    check_comfyui_version,
    check_frontend_version,
    check_binding,
    check_copies,
)


def find_most_important(checks: Iterable[Check]) -> str | None:
    """Return the id of the row that a person should look at first, or None when all is well.

    What fails comes before what warns; among equals the order of the rows decides.
    """
    rows = list(checks)
    for state in (FAIL, WARN):
        for check in rows:
            if check.state == state:
                return check.id
    return None
