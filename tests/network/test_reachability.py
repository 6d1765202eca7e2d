"""What a probe found, in words; the clock; the proxy, without its password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from passport.clock import utc_now
from passport.network.reachability import (
    REMEDIES,
    report_ca_bundle,
    report_clock,
    report_proxy_variables,
    report_reach,
)
from passport.providers.http_client import Probe
from passport.providers.unreachable import MESSAGES
from passport.tests.backend.clock import START
from passport.tests.providers.authority import Authority


def test_a_service_that_answers():
    check = report_reach("reach:x", [Probe("x.example", 42, None, 404)])
    assert (check.id, check.state, check.remedy) == ("reach:x", "ok", None)
    assert check.details == {
        "host": "x.example",
        "milliseconds": 42,
        "status": 404,
        "step": None,
    }


@pytest.mark.parametrize("cause", MESSAGES)
def test_every_step_at_which_a_call_can_end_has_a_cause_and_a_remedy(cause):
    check = report_reach("reach:x", [Probe("x.example", 5000, cause)])
    assert check.state == "fail"
    assert "x.example" in check.cause
    assert "{" not in check.cause + check.remedy
    assert check.details["step"] == cause
    assert set(REMEDIES) <= set(MESSAGES)


def test_of_several_addresses_the_one_that_fails_is_told():
    good, bad = Probe("a.example", 1, None, 200), Probe("b.example", 2, "dns")
    check = report_reach("reach:x", [good, bad])
    assert (check.state, check.details["host"], check.details["step"]) == (
        "fail",
        "b.example",
        "dns",
    )
    assert report_reach("reach:x", [good, good]).cause == "a.example answers."
    other = Probe("b.example", 2, None, 200)
    assert report_reach("reach:x", [good, other]).cause == "a.example and b.example answer."


def test_a_service_that_is_left_alone_says_until_when():
    check = report_reach("reach:x", [Probe("x.example", 1, "timeout")], START)
    assert check.details["given_up_until"] == "2026-11-23T02:00:00Z"
    assert check.cause.endswith("it is not called until 2026-11-23T02:00:00Z.")
    assert "given_up_until" not in report_reach("x", [Probe("x.example", 1, None, 200)]).details


@pytest.fixture
def bundle(tmp_path):
    """An authority that ends one day from the real now, which is what certificates know."""
    file = tmp_path / "company.pem"
    pem = Authority("Corporate").certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(pem)
    return str(file)


def test_the_bundle_of_certificates(bundle):
    check = report_ca_bundle(bundle, utc_now())
    assert (check.id, check.state) == ("ca_bundle", "ok")
    assert check.details == {"certificates": 1, "expired": 0}


def test_a_bundle_of_yore(bundle):
    check = report_ca_bundle(bundle, utc_now() + timedelta(days=2))
    assert check.state == "warn"
    assert check.cause == "Of the certificates in ca_bundle, 1 of 1 have expired."
    assert check.remedy


def test_a_bundle_that_is_gone_and_where_it_was_is_nobodys_business(tmp_path):
    check = report_ca_bundle(str(tmp_path / "company.pem"), START)
    assert (check.state, bool(check.remedy)) == ("warn", True)
    assert str(tmp_path) not in str(check)


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
