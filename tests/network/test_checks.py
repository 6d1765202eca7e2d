"""The Doctor's rows: one state, one cause, one remedy each."""

from __future__ import annotations

import pytest
from passport.network.checks import LOCAL_CHECKS, Check, Situation, find_most_important
from passport.network.host_facts import FALLBACK, HostFacts
from passport.network.policy import Connection, Policy

LAN = {"peer": "192.168.1.50", "host": "192.168.1.5:8188"}
IDS = [
    "loopback",
    "host_allowlist",
    "listen",
    "reverse_proxy",
    "comfyui_version",
    "frontend_version",
    "binding",
    "copies",
]


def examine(peer="127.0.0.1", host="localhost:8188", scheme="http", headers=None, **facts):
    connection = Connection(peer, scheme, {"Host": host, **(headers or {})})
    vantage = Policy((), ()).judge(connection)
    situation = Situation(vantage, peer, HostFacts(**facts))
    return {row.id: row for row in (check(situation) for check in LOCAL_CHECKS)}


def test_every_row_is_there_and_all_is_well_at_home():
    rows = examine(comfyui_version="0.33.0", frontend_served="1.58.1", frontend_wanted="1.58.1")
    assert list(rows) == IDS
    assert {row.state for row in rows.values()} == {"ok"}
    assert {row.remedy for row in rows.values()} == {None}
    assert find_most_important(rows.values()) is None


def test_nothing_is_claimed_of_an_unknown_comfyui():
    assert {row.state for row in examine().values()} == {"ok"}


@pytest.mark.parametrize(
    ("row_id", "situation", "state", "cause", "remedy"),
    [
        ("loopback", LAN, "warn", "plain HTTP", "--tls-keyfile"),
        ("loopback", {**LAN, "scheme": "https"}, "ok", "HTTPS", None),
        ("loopback", {"headers": {"Via": "x"}}, "warn", "plain HTTP", "SSH tunnel"),
        ("host_allowlist", LAN, "ok", "known", None),
        (
            "host_allowlist",
            {**LAN, "host": "comfy.lan:8188"},
            "warn",
            "not known",
            "PASSPORT_ALLOWED_HOSTS=comfy.lan",
        ),
        ("host_allowlist", {"host": ""}, "warn", "not known", "your.host.name"),
        (
            "copies",
            {"refused_copies": ("/c/Passport-main",)},
            "warn",
            "Passport-main",
            "Remove one",
        ),
        ("listen", {"listen": "0.0.0.0"}, "warn", "--listen", "--tls-keyfile"),
        ("listen", {"listen": "0.0.0.0,::"}, "warn", "--listen", "--tls-keyfile"),
        ("listen", {"listen": "127.0.0.1, ::1"}, "ok", "own machine", None),
        ("listen", {"listen": "127.0.0.1,192.168.1.5"}, "warn", "--listen", "Leave"),
        ("listen", {"listen": "0.0.0.0", "tls": True}, "ok", "HTTPS", None),
        ("listen", {"cors_open": True, "tls": True}, "warn", "--enable-cors-header", "without"),
        (
            "reverse_proxy",
            {"headers": {"X-Forwarded-For": "1.2.3.4"}},
            "warn",
            "reverse proxy",
            "PASSPORT_TRUSTED_PROXIES=127.0.0.1",
        ),
        ("comfyui_version", {"comfyui_version": "0.3.33"}, "fail", "0.3.33", "Update"),
        ("comfyui_version", {"comfyui_version": "0.3.34"}, "ok", "0.3.34", None),
        ("frontend_version", {"frontend_served": "1.17.11"}, "fail", "too old", "pip install"),
        (
            "frontend_version",
            {"frontend_served": "1.18.0", "frontend_wanted": "1.20.1"},
            "warn",
            "asks for the frontend 1.20.1 and serves 1.18.0",
            "pip install",
        ),
        (
            "frontend_version",
            {"frontend_served": "1.21.0", "frontend_wanted": "1.20.1"},
            "ok",
            "1.21.0",
            None,
        ),
        ("binding", {"binding": FALLBACK}, "warn", "extra_data", "Update"),
        ("binding", {"uncovered": ("send_sync",)}, "warn", "not redacted", "Update"),
    ],
)
def test_each_row_names_its_cause_and_its_remedy(row_id, situation, state, cause, remedy):
    row = examine(**situation)[row_id]
    assert row.state == state
    assert cause in row.cause
    assert (row.remedy is None) if remedy is None else (remedy in row.remedy)
    assert find_most_important([row]) == (None if state == "ok" else row_id)


def test_what_fails_comes_before_what_warns_and_else_the_order_decides():
    states = ("ok", "skipped", "warn", "warn", "fail", "fail")
    rows = [Check(name, state, "") for name, state in zip("abcdef", states, strict=True)]
    assert find_most_important(rows) == "e"
    assert find_most_important(rows[:4]) == "c"
    assert find_most_important(iter(rows[:2])) is None
