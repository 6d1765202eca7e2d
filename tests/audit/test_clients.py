"""Where a call comes from, as it is written down."""

from __future__ import annotations

import pytest
from passport.audit.clients import COMMAND_LINE, LONGEST_USER_AGENT, Client, make_client
from passport.network.addresses import name_network
from passport.storage.audit_rows import EventRow, add_event, list_events
from passport.tests.backend.clock import START


@pytest.mark.parametrize(
    ("user_agent", "kept"),
    [
        ("Mozilla/5.0 (X11; Linux) Firefox/130.0", "Mozilla/5.0 (X11; Linux) Firefox/130.0"),
        ("curl\r\nSet-Cookie: x", "curlSet-Cookie: x"),
        ("\x1b[31mred\x07\x7f", "[31mred"),
        ("a\u202eb\u200bc\ufeff", "abc"),
        ("half \ud800", "half "),
        ("\0", ""),
        ("", ""),
        ("Браузер ☃", "Браузер ☃"),
    ],
)
def test_its_own_words_are_kept_without_what_cannot_be_seen(user_agent, kept):
    assert make_client("203.0.113.7", user_agent).user_agent == kept


def test_no_more_of_them_than_fits():
    assert len(make_client("", "x" * 10_000).user_agent) == LONGEST_USER_AGENT == 255
    assert make_client("", "\0" * 1000 + "curl").user_agent == "curl"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("::1", "::/64"),
        ("", ""),
        ("unix:", ""),
        ("not an address", ""),
    ],
)
def test_a_network_is_what_one_household_has_whole(address, network):
    assert Client(address, "").network == name_network(address) == network


def test_the_command_line_has_no_address():
    assert (COMMAND_LINE.network, COMMAND_LINE.user_agent) == ("", "command line")


def test_the_longest_client_fits_into_any_store(open_store):
    client = make_client("2001:db8:1234:5678:9abc:def0:1234:5678", "\U0001f600" * 300)
    row = EventRow(START, None, "a", client.address, client.network, client.user_agent, "{}")
    store = open_store()
    with store.transaction() as connection:
        add_event(connection, row)
    with store.reading() as connection:
        assert list_events(connection, None, None, 1)[0].event == row
