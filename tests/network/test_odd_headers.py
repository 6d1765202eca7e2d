"""Whatever a client writes into the headers that say where it is: it is judged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passport.network.policy import FORWARDING_HEADERS, Connection, Policy

PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "[",
            "]",
            ":",
            "@",
            "%",
            "%25lo",
            ".",
            ",",
            "null",
            "1",
            "9" * 5000,
        ),
        *("localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1", "xn--"),
        *("\u2100", "\uff0f", "\u0663", "\udcff"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=6).map("".join)
NAMES = st.sampled_from(["Host", "Origin", "Sec-Fetch-Site", "Referer", *FORWARDING_HEADERS])


@given(st.dictionaries(NAMES, TEXTS, max_size=5), TEXTS, st.sampled_from(["127.0.0.1", "10.0.0.1"]))
@settings(max_examples=300, deadline=None)
def test_every_header_is_judged(headers, peer_said, peer):
    for policy in (Policy((), ()), Policy(("*.example",), ("127.0.0.1",), "everyone")):
        for said in (peer, peer_said):
            vantage = policy.judge(Connection(said, "http", headers))
            forwarded = any(name in headers for name in FORWARDING_HEADERS)
            assert not (vantage.loopback and forwarded)
            assert not vantage.secure or (said == "127.0.0.1" and forwarded)


@pytest.mark.parametrize(
    "origin", ["http://[::1", "http://::1]", "http://[", "http://[::1]]:1", "http://\u2100", "//"]
)
def test_an_origin_that_cannot_be_read_is_foreign(origin):
    headers = {"Host": "[::1]:8188", "Origin": origin}
    assert Policy((), ()).judge(Connection("::1", "http", headers)).foreign


@pytest.mark.parametrize(
    "host", ["[::1", "::1]", "[", "[]", "[::1]]:8188", "\u2100", "localhost:x"]
)
def test_a_host_that_cannot_be_read_is_no_loopback(host):
    vantage = Policy((), ()).judge(Connection("127.0.0.1", "http", {"Host": host}))
    assert (vantage.loopback, vantage.host_listed) == (False, False)
