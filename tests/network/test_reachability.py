"""What a probe found, in words; the clock; the proxy, without its password."""

from __future__ import annotations

import pytest
from passport.network.reachability import (
    REMEDIES,
    report_clock,
    report_proxy_variables,
    report_reach,
)
from passport.providers.http_client import Probe
from passport.providers.unreachable import MESSAGES
from passport.tests.backend.clock import START


def test_a_service_that_answers():
    check = report_reach("reach:x", Probe("x.example", 42, None, 404))
    assert (check.id, check.state, check.remedy) == ("reach:x", "ok", None)
    assert check.details == {
        "host": "x.example",
        "milliseconds": 42,
        "status": 404,
        "step": None,
    }


@pytest.mark.parametrize("cause", MESSAGES)
def test_every_step_at_which_a_call_can_end_has_a_cause_and_a_remedy(cause):
    check = report_reach("reach:x", Probe("x.example", 5000, cause))
    assert check.state == "fail"
    assert "x.example" in check.cause
    assert "{" not in check.cause + check.remedy
    assert check.details["step"] == cause
    assert set(REMEDIES) <= set(MESSAGES)


@pytest.mark.parametrize(
    ("date", "state", "skew"),
    [
        ("Mon, 23 Nov 2026 02:00:00 GMT", "ok", 0),
        ("Mon, 23 Nov 2026 01:55:00 GMT", "ok", 300),
        ("Mon, 23 Nov 2026 01:54:59 GMT", "warn", 301),
        ("Mon, 23 Nov 2026 02:05:01 GMT", "warn", -301),
        ("Mon, 23 Nov 2026 03:00:00 +0100", "ok", 0),
        ("Mon, 23 Nov 2026 02:00:00 -0000", "ok", None),
        ("yesterday", "ok", None),
        ("", "ok", None),
        (None, "ok", None),
    ],
)
def test_the_clock_is_compared_with_the_services(date, state, skew):
    check = report_clock(Probe("x.example", 1, None, 200, date), START)
    assert check.state == state
    assert check.details == ({} if skew is None else {"skew_seconds": skew})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://proxy.lan:3128", "http://proxy.lan:3128"),
        ("http://ada:canary@proxy.lan:3128", "http://***@proxy.lan:3128"),
        ("http://ada:ca@na/ry@proxy.lan:3128", "http://***@proxy.lan:3128"),
        ("http://ada:can/ary@proxy.lan", "http://***@proxy.lan"),
        ("ada:canary@proxy.lan:3128", "***@proxy.lan:3128"),
        ("SOCKS5H://canary@proxy.lan", "SOCKS5H://***@proxy.lan"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_advisory_the_proxy_is_shown_without_its_password(name, value, shown):
    check = report_proxy_variables({name: value})
    assert check.details == {"HTTPS_PROXY": shown}
    assert "canary" not in repr(check)


def test_all_variables_are_shown_and_none_is_no_fault():
    check = report_proxy_variables({"HTTP_PROXY": "a", "no_proxy": "b", "ALL_PROXY": "c"})
    assert check.details == {"HTTP_PROXY": "a", "NO_PROXY": "b", "ALL_PROXY": "c"}
    assert check.state == "ok"
    check = report_proxy_variables({"HTTPS_PROXY": ""})
    assert (check.state, check.details) == ("ok", {})
