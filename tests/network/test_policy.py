"""Who may do what over which network."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from multidict import CIMultiDict
from passport.errors import SettingsError
from passport.network.policy import FORWARDING_HEADERS, Connection, Policy

HERE = "127.0.0.1"
LAN = "192.168.1.50"
PROXY = "10.0.0.1"


def judge(
    headers=None, peer=HERE, scheme="http", allowed=(), proxies=(), host: str | None = "localhost"
):
    lines = list((headers or {}).items()) if not isinstance(headers, list) else headers
    if host is not None:
        lines = [("Host", host), *lines]
    policy = Policy(allowed, proxies)
    return policy.judge(Connection(peer, scheme, CIMultiDict(lines)))


@pytest.mark.parametrize(
    ("peer", "host", "loopback"),
    [
        (HERE, "localhost:8188", True),
        (HERE, "127.0.0.1:8188", True),
        (HERE, "LocalHost.:8188", True),
        ("::1", "[::1]:8188", True),
        ("::1", "localhost", True),
        ("::ffff:127.0.0.1", "localhost", True),
        ("127.0.0.2", "comfy.localhost", True),
        (HERE, "192.168.1.5:8188", False),  # by the LAN address, from the machine itself
        (HERE, "comfy.example.org", False),
        (HERE, "evil.example:8188", False),
        (HERE, "localhost.evil.example", False),
        (HERE, "user@localhost", False),
        (HERE, "localhost:99999", False),
        (HERE, "", False),
        (HERE, None, False),
        (HERE, "0.0.0.0", False),
        (LAN, "localhost:8188", False),
        (LAN, "127.0.0.1:8188", False),
        ("fe80::1%eth0", "localhost", False),
        ("", "localhost", False),
        ("/run/comfy.sock", "localhost", False),
    ],
)
def test_loopback_is_what_peer_and_host_both_say(peer, host, loopback):
    vantage = judge(peer=peer, host=host)
    assert vantage.loopback is loopback
    assert vantage.trusted_place is loopback
    assert vantage.private is loopback


def test_advisory_what_speaks_a_proxys_old_http_is_not_loopback():
    """Nginx that is told nothing sends neither a forwarding header nor the name that was asked."""
    headers = CIMultiDict({"Host": "127.0.0.1:8188"})
    vantage = Policy((), ()).judge(Connection(HERE, "http", headers, (1, 0)))
    assert not vantage.loopback
    assert vantage.unknown_proxy


@pytest.mark.parametrize("header", FORWARDING_HEADERS)
@pytest.mark.parametrize("value", ["127.0.0.1", "", "for=127.0.0.1", "localhost"])
def test_advisory_behind_any_forwarding_header_is_not_loopback(header, value):
    """A proxy on the same machine makes every peer 127.0.0.1."""
    vantage = judge({header.lower(): value})
    assert not vantage.loopback
    assert vantage.unknown_proxy


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("localhost:8188", True),
        ("192.168.1.5:8188", True),
        ("[fe80::1]:8188", True),
        ("comfy.example.org", True),
        ("COMFY.example.org.:443", True),
        ("a.studio.example", True),
        ("a.b.studio.example", True),
        ("studio.example", False),
        ("evilstudio.example", False),
        (".studio.example", False),
        ("studio.example.evil.test", False),
        ("comfy.example.org.evil.test", False),
        ("xcomfy.example.org", False),
        ("sub.comfy.example.org", False),
        ("example.org", False),
        ("evil.test", False),
        ("", False),
        (None, False),
    ],
)
def test_the_allowlist_takes_names_and_subdomains_where_they_are_meant(host, listed):
    vantage = judge(host=host, allowed=["Comfy.Example.org.", "*.studio.example"])
    assert vantage.host_listed is listed


@pytest.mark.parametrize(
    ("peer", "scheme", "host", "private", "trusted"),
    [
        (LAN, "http", "192.168.1.5:8188", False, False),
        (LAN, "https", "192.168.1.5:8188", True, True),
        (LAN, "https", "comfy.example.org", True, True),
        (LAN, "https", "evil.example", True, False),
        (LAN, "http", "comfy.example.org", False, False),
        (HERE, "http", "localhost", True, True),
    ],
)
def test_what_can_be_read_on_the_way_and_where_everything_works(
    peer, scheme, host, private, trusted
):
    vantage = judge(peer=peer, scheme=scheme, host=host, allowed=["comfy.example.org"])
    assert (vantage.private, vantage.trusted_place) == (private, trusted)


# --- proxies -----------------------------------------------------------------------------------

SPOOFS = [
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-For": "::1"},
    {"X-Forwarded-For": f"127.0.0.1, {PROXY}"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Host": "localhost", "X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Proto": "https"},
    {"X-Real-IP": "127.0.0.1"},
    {"CF-Connecting-IP": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1;host=localhost;proto=https"},
    {"Forwarded": 'for="[::1]"', "X-Forwarded-For": "127.0.0.1"},
    {"Via": "1.1 localhost"},
]
PLACES = [
    (LAN, "192.168.1.5:8188"),
    (LAN, "localhost:8188"),
    (HERE, "localhost:8188"),
    ("203.0.113.9", "comfy.example.org"),
    ("::ffff:192.168.1.50", "evil.example"),
]


@pytest.mark.asvs("4.1.3")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("spoof", SPOOFS)
def test_advisory_forwarding_headers_of_strangers_count_for_nothing(spoof, place):
    """60 combinations."""
    peer, host = place
    vantage = judge(spoof, peer=peer, host=host, proxies=[PROXY])
    assert not vantage.loopback
    assert not vantage.secure
    assert not vantage.trusted_place
    assert vantage.unknown_proxy
    assert vantage.host.name == host.partition(":")[0]
    assert str(vantage.client) == peer.removeprefix("::ffff:")


def through_proxy(headers, peer=PROXY, **options):
    return judge(headers, peer=peer, proxies=["10.0.0.0/8", "::1"], **options)


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9, 10.9.9.9, 10.8.8.8", "203.0.113.9"),
        ("203.0.113.9,::ffff:10.9.9.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::9%eth0", "fe80::9"),
        ("203.0.113.9, unknown", None),
        ("203.0.113.9, _hidden", None),
        ("203.0.113.9, 198.51.100.1:1234", None),
        ("203.0.113.9,", None),
        ("", None),
        ("10.9.9.9", None),
    ],
)
def test_the_client_is_read_from_the_right_up_to_the_first_stranger(forwarded_for, client):
    vantage = through_proxy({"X-Forwarded-For": forwarded_for})
    assert vantage.client == (ip_address(client) if client else None)
    assert not vantage.unknown_proxy
    assert not vantage.loopback


@pytest.mark.parametrize(
    ("proto", "secure"),
    [
        ("https", True),
        ("HTTPS", True),
        ("http, https", True),
        ("http", False),
        ("https, http", False),
        ("", False),
        ("wss", False),
    ],
)
def test_a_trusted_proxy_says_whether_the_browser_speaks_tls(proto, secure):
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": proto}
    assert through_proxy(headers, scheme="https").secure is secure


def test_a_trusted_proxy_that_says_nothing_of_tls_means_none():
    assert not through_proxy({"X-Forwarded-For": "203.0.113.9"}, scheme="https").secure


@pytest.mark.parametrize(
    ("forwarded_host", "host"),
    [
        ("comfy.example.org", "comfy.example.org"),
        ("evil.example, comfy.example.org", "comfy.example.org"),
        ("", "inner"),
        ("not a host", "inner"),
    ],
)
def test_a_trusted_proxy_says_under_which_name_it_was_asked(forwarded_host, host):
    vantage = through_proxy({"X-Forwarded-Host": forwarded_host}, host="inner:8188")
    assert vantage.host.name == host


def test_advisory_a_proxy_that_adds_a_line_of_its_own_is_read_after_the_clients_line():
    """HAProxy appends a header; the first line is then what the client claims."""
    vantage = through_proxy(
        [
            ("X-Forwarded-For", "127.0.0.1"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Host", "comfy.example.org"),
            ("X-Forwarded-Host", "evil.example"),
        ],
        allowed=["comfy.example.org"],
    )
    assert str(vantage.client) == "203.0.113.9"
    assert not vantage.secure
    assert not vantage.host_listed


def test_plain_mappings_will_do_for_headers():
    headers = {"Host": "inner", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    vantage = Policy((), [PROXY]).judge(Connection(PROXY, "http", headers))
    assert (str(vantage.client), vantage.secure) == ("203.0.113.9", True)


def test_advisory_a_client_behind_a_trusted_proxy_is_never_loopback():
    for forwarded_for in ("127.0.0.1", "::1", "10.0.0.1"):
        headers = {"X-Forwarded-For": forwarded_for, "X-Forwarded-Host": "localhost"}
        assert not through_proxy(headers).loopback
        assert not through_proxy(headers, peer="::1").loopback


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "::1", "10.255.0.9"])
def test_proxies_are_known_in_every_dress(peer):
    assert not through_proxy({"X-Forwarded-For": "203.0.113.9"}, peer=peer).unknown_proxy


def test_a_setting_that_is_no_network_is_refused():
    with pytest.raises(SettingsError):
        Policy((), ["proxy.example.org"])


# --- other sites -------------------------------------------------------------------------------

OWN, EVIL = "http://comfy.example.org:8188", "http://evil.example"
FOREIGN_ORIGINS = [
    "null",
    EVIL,
    "",
    "http://comfy.example.org",  # another port
    "http://comfy.example.org:8189",
    "https://comfy.example.org.evil.example:8188",
    "http://sub.comfy.example.org:8188",
    "http://localhost:8188",
    "file://",
    "garbage",
    f"{OWN}, {EVIL}",
]


@pytest.mark.parametrize("origin", [None, OWN, "HTTP://Comfy.Example.org.:8188", *FOREIGN_ORIGINS])
@pytest.mark.parametrize("site", [None, "same-origin", "same-site", "none", "cross-site", "x"])
def test_advisory_a_request_is_foreign_when_site_or_origin_say_so(origin, site):
    headers = {"Origin": origin, "Sec-Fetch-Site": site}
    headers = {name: value for name, value in headers.items() if value is not None}
    vantage = judge(headers, host="comfy.example.org:8188")
    assert vantage.foreign is (site == "cross-site" or origin in FOREIGN_ORIGINS)


def test_cross_site_is_foreign_however_it_is_spelled():
    assert judge({"Sec-Fetch-Site": "Cross-Site"}).foreign


@pytest.mark.parametrize(
    ("host", "scheme", "origin", "foreign"),
    [
        ("localhost", "http", "http://localhost", False),
        ("localhost:80", "http", "http://localhost", False),
        ("localhost", "http", "http://localhost:80", False),
        ("example.org", "https", "https://example.org", False),
        ("example.org:443", "https", "https://example.org", False),
        ("example.org", "https", "https://example.org:8443", True),
        ("[::1]:8188", "http", "http://[::1]:8188", False),
        ("localhost:8188", "http", "http://127.0.0.1:8188", True),
        # a proxy that ends TLS without saying so
        ("example.org", "http", "https://example.org", False),
        ("localhost", "http", "capacitor://localhost", True),
        ("localhost:8188", "http", "ftp://localhost:8188", True),
        ("", "http", "http://localhost", True),
        (None, "http", "http://localhost", True),
    ],
)
def test_ones_own_origin_is_host_and_port(host, scheme, origin, foreign):
    assert judge({"Origin": origin}, host=host, scheme=scheme).foreign is foreign


def test_one_own_origin_behind_a_trusted_proxy():
    headers = {
        "X-Forwarded-Host": "comfy.example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.9",
        "Origin": "https://comfy.example.org",
    }
    assert not through_proxy(headers, host="inner:8188").foreign
    assert through_proxy({**headers, "Origin": "http://inner:8188"}, host="inner:8188").foreign


def test_advisory_a_rebinding_page_is_trusted_for_nothing():
    """Its Host and Origin agree, its peer is loopback; only the name is not ours."""
    name = "evil.example:8188"
    vantage = judge({"Origin": f"http://{name}", "Sec-Fetch-Site": "same-origin"}, host=name)
    assert not vantage.foreign
    assert not vantage.loopback
    assert not vantage.host_listed
    for scope in ("loopback", "everyone"):
        assert not Policy((), (), scope).allows_machine_default(vantage)


@pytest.mark.parametrize(
    ("options", "loopback_only", "everyone"),
    [
        ({}, True, True),
        ({"peer": LAN, "host": "192.168.1.5:8188"}, False, True),
        ({"peer": LAN, "host": "unlisted.example"}, False, False),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, False, False),
        ({"headers": {"Origin": "null"}}, False, False),
        ({"headers": {"X-Forwarded-For": "127.0.0.1"}}, False, True),
        ({"host": None}, False, False),
    ],
)
def test_who_may_run_with_the_machines_key(options, loopback_only, everyone):
    vantage = judge(**options)
    assert Policy((), ()).allows_machine_default(vantage) is loopback_only
    assert Policy((), (), "everyone").allows_machine_default(vantage) is everyone
