"""Addresses and names as they stand in headers and settings."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from passport.errors import SettingsError
from passport.network.addresses import (
    Host,
    parse_address,
    parse_host,
    parse_networks,
    parse_origin,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::FFFF:7F00:1", "127.0.0.1"),
        ("::ffff:192.168.1.5", "192.168.1.5"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("localhost", None),
        ("127.1", None),
        ("127.0.0.01", None),
        ("0x7f.0.0.1", None),
        ("2130706433", None),
        ("127.0.0.1:80", None),
        ("[::1]", None),
        ("127.0.0.1 ", None),
        ("１２７.0.0.1", None),
        ("unknown", None),
        ("_hidden", None),
    ],
)
def test_addresses(text, expected):
    assert parse_address(text) == (ip_address(expected) if expected else None)


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("localhost", "localhost", None),
        ("localhost:8188", "localhost", 8188),
        ("LOCALHOST:8188", "localhost", 8188),
        ("localhost.", "localhost", None),
        ("comfy.example.org.:8188", "comfy.example.org", 8188),
        ("127.0.0.1:8188", "127.0.0.1", 8188),
        ("[::1]:8188", "::1", 8188),
        ("[::1]", "::1", None),
        ("[::FFFF:127.0.0.1]:1", "::ffff:127.0.0.1", 1),
        ("localhost:", "localhost", None),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
    ],
)
def test_hosts(text, name, port):
    assert parse_host(text) == Host(name, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "...",
        ":8188",
        ".:8188",
        "localhost:99999",
        "localhost:-1",
        "localhost:80a",
        "localhost:+80",
        "localhost:８０",
        "localhost: 80",
        "localhost:80:80:80",
        "user@localhost",
        "evil.example@localhost",
        "localhost@evil.example",
        "user:password@localhost:8188",
        "localhost/",
        "localhost/path",
        "http://localhost",
        "//localhost",
        "localhost\\@evil.example",
        "localhost?x",
        "localhost#x",
        "local host",
        " localhost",
        "localhost\t",
        "localhost\r\nX: y",
        "localhost,evil.example",
        "[::1",
        "::1]",
        "[localhost]",
        "[]",
    ],
)
def test_advisory_what_is_no_host_is_none(text):
    """None, or at the least nothing that passes for this machine."""
    host = parse_host(text)
    assert host is None or not host.is_loopback
    if text not in ("localhost:80:80:80", "::1]"):
        assert host is None


@pytest.mark.parametrize(
    "name",
    ["localhost", "a.localhost", "127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"],
)
def test_names_of_this_machine(name):
    assert Host(name, None).is_loopback


@pytest.mark.parametrize(
    "name",
    [
        "localhost.evil.example",
        "evil-localhost",
        "notlocalhost",
        "127.0.0.1.evil.example",
        "127.1",
        "0.0.0.0",
        "::",
        "192.168.1.5",
        "128.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "example.org",
        "",
    ],
)
def test_advisory_names_that_only_look_like_this_machine(name):
    assert not Host(name, None).is_loopback


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://localhost:8188", ("http", Host("localhost", 8188))),
        ("HTTP://LOCALHOST", ("http", Host("localhost", 80))),
        ("https://comfy.example.org", ("https", Host("comfy.example.org", 443))),
        ("http://[::1]:8188", ("http", Host("::1", 8188))),
        ("null", None),
        ("", None),
        ("http://", None),
        ("localhost:8188", None),
        ("//localhost:8188", None),
        ("file://", None),
        ("file://localhost", None),
        ("ftp://localhost:8188", None),
        ("chrome-extension://abcdef", None),
        ("http://localhost:8188/", None),
        ("http://localhost:8188 http://evil.example", None),
        ("http://user@localhost:8188", None),
        ("http:///localhost:8188", None),
        ("data:text/html,x", None),
    ],
)
def test_origins(text, expected):
    assert parse_origin(text) == expected


def test_networks_are_read_as_owners_write_them():
    names = ["10.0.0.0/8", "10.1.2.3/8", "192.168.1.5", "fd00::/8", "::1"]
    assert parse_networks(names) == tuple(
        map(ip_network, ["10.0.0.0/8", "10.0.0.0/8", "192.168.1.5/32", "fd00::/8", "::1/128"])
    )


@pytest.mark.parametrize(
    ("peer", "network"),
    [("::ffff:10.0.0.7", "10.0.0.7/32"), ("fe80::1%eth0", "fe80::1/128")],
)
def test_a_proxy_can_be_named_as_the_doctor_shows_it(peer, network):
    assert parse_networks([peer]) == (ip_network(network),)


@pytest.mark.parametrize("name", ["", "proxy.example.org", "10.0.0.0/33", "10.0.0", "*"])
def test_what_is_no_network_is_named(name):
    with pytest.raises(SettingsError, match="trusted_proxies"):
        parse_networks(["10.0.0.1", name])
