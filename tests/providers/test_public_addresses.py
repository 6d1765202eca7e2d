"""An address that another server named leads only to the internet, and over https."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from aiohttp import web
from passport.providers import public_addresses
from passport.providers.errors import ServiceUnreachableError
from passport.providers.public_addresses import (
    AddressNotPublicError,
    PublicResolver,
    check_public,
    is_public,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # the clouds' metadata
        "100.64.0.1",  # carrier-grade NAT, and overlay networks
        "100.100.100.200",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
    ],
)
def test_what_is_not_the_internet(address):
    assert is_public(ipaddress.ip_address(address)) is False


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "140.82.121.4", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_what_is(address):
    assert is_public(ipaddress.ip_address(address)) is True


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://127.0.0.1/keys", "not_public"),
        ("http://127.0.0.1/keys", "not_public"),
        ("https://127.0.0.1./keys", "not_public"),
        ("https://localhost:8188/keys", "not_public"),
        ("https://LOCALHOST./keys", "not_public"),
        ("https://api.localhost/keys", "not_public"),
        ("https://169.254.169.254/latest/meta-data", "not_public"),
        ("https://[::1]/keys", "not_public"),
        ("https://[::ffff:10.0.0.1]/keys", "not_public"),
        ("https://[fe80::1%25eth0]/keys", "not_public"),
        ("https://2130706433/keys", "not_public"),
        ("https://127.1/keys", "not_public"),
        ("https://0x7f000001/keys", "not_public"),
        ("https://0177.0.0.1/keys", "not_public"),
        ("https://012.0.0.1/keys", "not_public"),
        ("https://１２７.0.0.1/keys", "not_public"),
        ("https://ada@127.0.0.1/keys", "not_public"),
        ("https://example.org@127.0.0.1/keys", "not_public"),
        ("http://login.example.org/keys", "not_encrypted"),
        ("ftp://login.example.org/keys", "not_encrypted"),
        ("//login.example.org/keys", "not_encrypted"),
        ("keys", "not_encrypted"),
        ("", "not_encrypted"),
        ("https://login.example.org/keys", None),
        ("https://8.8.8.8/keys", None),
        ("https://3com.example/keys", None),
    ],
)
def test_what_an_address_alone_gives_away(url, cause):
    if cause is None:
        check_public(url)
        return
    with pytest.raises(AddressNotPublicError) as caught:
        check_public(url)
    assert caught.value.cause == cause


@pytest.fixture
def names(monkeypatch):
    """`names["host"] = [addresses]`: what the operating system says."""
    known: dict[str, list[str]] = {}

    class Resolver:
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [
                {"hostname": host, "host": ip, "port": port, "family": family, "proto": 0,
                 "flags": socket.AI_NUMERICHOST}
                for ip in known.get(host, [])
            ]  # fmt: skip

    monkeypatch.setattr(public_addresses, "NameResolver", Resolver)
    return known


async def test_of_a_name_with_several_addresses_the_public_ones_are_left(names):
    names["login.example.org"] = ["10.0.0.1", "8.8.8.8", "127.0.0.1"]
    found = await PublicResolver().resolve("login.example.org", 443)
    assert [item["host"] for item in found] == ["8.8.8.8"]


async def test_a_name_with_private_addresses_alone_is_refused(names):
    names["login.example.org"] = ["10.0.0.1", "::1"]
    with pytest.raises(AddressNotPublicError):
        await PublicResolver().resolve("login.example.org", 443)


@pytest.fixture
async def inside(serve, company_server):
    """A server on loopback that nobody outside is to reach, and who reached it."""
    reached: list[str] = []

    async def handle(request):
        reached.append(request.path)
        return web.json_response({"id": "internal"})

    return await serve(handle, company_server), reached


async def cause_of(client, url) -> str:
    with pytest.raises(ServiceUnreachableError) as caught:
        await client.ask("GET", url, {}, public_only=True)
    assert caught.value.details["host"] in caught.value.message
    return caught.value.cause


async def test_advisory_a_name_that_leads_to_loopback_is_not_connected_to(client, inside, names):
    base, reached = inside
    names["rebound.example.org"] = ["127.0.0.1"]
    url = base.replace("127.0.0.1", "rebound.example.org")

    assert await cause_of(client, url) == "not_public"
    assert await cause_of(client, base) == "not_public"
    assert reached == []


async def test_a_refusal_tells_nothing_of_the_host_and_gives_nothing_up(client, inside):
    base, _ = inside
    for _ in range(5):
        assert await cause_of(client, base) == "not_public"
    assert client.find_given_up(base) is None


async def test_what_the_owner_named_may_be_on_the_private_network(inside, company_bundle):
    from passport.providers.http_client import HttpClient

    base, reached = inside
    client = HttpClient(timeout_seconds=5, ca_bundle=str(company_bundle))
    assert (await client.ask("GET", f"{base}/keys", {})).body == {"id": "internal"}
    assert reached == ["/keys"]


async def test_plain_http_is_refused(client):
    assert await cause_of(client, "http://login.example.org/keys") == "not_encrypted"


async def test_a_redirect_into_the_private_network_is_not_followed(client, serve, inside):
    base, reached = inside

    async def redirect(_):
        return web.Response(status=302, headers={"Location": f"{base}/keys"})

    with pytest.raises(ServiceUnreachableError) as caught:
        await client.ask("GET", await serve(redirect), {})
    assert caught.value.cause == "redirect"
    assert reached == []
