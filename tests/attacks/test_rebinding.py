"""DNS rebinding (threat 1): a page of an attacker reaches us under the attacker's name.

It may ask, as anybody on the network may; it finds nothing that the address alone would open.
"""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.network.policy import Connection, Policy
from passport.tests.server_routes.raw_http import ask, send

NAMES = [
    "evil.example",
    "evil.example.",
    "EVIL.example",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io",
    "localhost.evil.example",
    "localhostevil",
    "notlocalhost",
    "local.host",
    "localhost.localdomain",
    "localhost4",
    "localhost6",
    "ip6-localhost",
    "loopback",
    "host.docker.internal",
    "comfyui",
    "comfyui.local",
    "xn--lcalhost-ebb",
    "127.1",
    "127.0.1",
    "127",
    "0",
    "0x7f.0.0.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "127.000.000.001",
    "127.0.0.01",
    "127.0.0.1-evil.example",
    "127.0.0.1%evil.example",
    "127.0.0.1%25evil",
    "evil.example%127.0.0.1",
    "a.b.c.d.e.f.g",
    "a" * 63 + ".example",
    "_dmarc.evil.example",
    "evil_example",
    "-evil.example",
    "evil..example",
    ".evil.example",
    "1.2.3.4.5",
    "256.0.0.1",
    "127.0.0.256",
    "::1",
    "[::1",
    "::1]",
    "[evil.example]",
    "[127.0.0.1]",
    "[::ffff:evil]",
    "[]",
]
PORTS = ["", ":8188", ":80", ":0"]
HOSTS = [name + port for name in NAMES for port in PORTS]
MALFORMED = [
    "localhost@evil.example",
    "evil.example@localhost",
    "localhost/evil.example",
    "localhost, evil.example",
    "evil.example, localhost",
    "localhost evil.example",
    "localhost#evil.example",
    "localhost?evil.example",
    "localhost\\evil.example",
    "localhost:8188@evil.example",
    "localhost:evil",
    "localhost:99999",
    "localhost:-1",
    "http://localhost",
    "%6cocalhost",
    "loc\u0430lhost",
    "localhost\t",
    "",
]
PATHS = ("status", "checks", "credentials", "node-packs", "account", "accounts", "sessions")
LOOPBACK = [
    "localhost",
    "LOCALHOST:8188",
    "localhost.",
    "a.localhost",
    "127.0.0.1",
    "127.0.0.1:8188",
    "127.9.9.9",
    "127.0.0.1.",  # to browsers an address, dot or not: never a question to DNS
    "[::1]",
    "[::1]:8188",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
]
ADDRESSES = ["192.168.1.20", "10.0.0.1:8188", "0.0.0.0", "[::]", "[fe80::1]", "169.254.169.254"]


def judge(host: str, peer: str = "127.0.0.1"):
    return Policy((), ()).judge(Connection(peer, "http", {"Host": host}))


def test_there_are_two_hundred_names():
    assert len(HOSTS) == 200


@pytest.mark.parametrize("host", HOSTS + MALFORMED)
def test_a_name_that_is_not_ours_is_neither_loopback_nor_listed(host):
    vantage = judge(host)
    assert (vantage.loopback, vantage.secure, vantage.trusted_place) == (False, False, False)
    address = vantage.host and vantage.host.address
    assert not vantage.host_listed or (address and not address.is_loopback)
    assert not Policy((), ()).allows_machine_default(vantage)


@pytest.mark.parametrize("host", LOOPBACK)
def test_names_of_this_machine_are_loopback_from_this_machine_alone(host):
    assert judge(host).loopback is True
    for peer in ("192.168.1.20", "203.0.113.9", "2001:db8::1", "", "unix:", "127.0.0.1.evil"):
        assert judge(host, peer).loopback is False


@pytest.mark.parametrize("host", ADDRESSES)
def test_an_address_cannot_be_rebound_and_is_not_loopback(host):
    vantage = judge(host)
    assert (vantage.loopback, vantage.host_listed) == (False, True)
    assert not Policy((), ()).allows_machine_default(vantage)


@pytest.mark.parametrize("default_for", ["loopback", "everyone"])
async def test_no_name_is_given_the_default_of_the_machine(start_server, default_for):
    server = await start_server(
        COMFY_API_KEY=PRACTICE_KEY, PASSPORT_DEFAULT_CREDENTIAL_FOR=default_for
    )
    browser = server.browser()
    assert await browser.run_uses() == "machine"

    for host in HOSTS:
        answer = await send(server.url, ask("POST", "/prompt", host, body='{"prompt": {}}'))
        assert answer.status in (200, 400), host
        if answer.status == 200:
            assert '"runs_with": null' in answer.body, host


async def test_no_name_sees_anything_of_the_owner(start_server):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    await server.browser().log_in(PRACTICE_KEY)
    for host in HOSTS[::4]:
        for path in PATHS:
            answer = await send(server.url, ask("GET", f"/passport/{path}", host))
            assert answer.status in (200, 400, 401), host
            assert "Ada" not in answer.body
            assert PRACTICE_KEY[-4:] not in answer.body
            assert '"loopback": true' not in answer.body


async def test_its_page_says_its_own_origin_and_still_gets_nothing(start_server):
    """The page's Origin equals its Host: same-origin to the browser, and to us a stranger."""
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    rebound = {
        "Host": "evil.example:8188",
        "Origin": "http://evil.example:8188",
        "Sec-Fetch-Site": "same-origin",
    }
    browser = server.browser()

    status = await browser.status(headers=rebound)
    assert status["run"]["uses"] == "none"
    methods = {method["id"]: method for method in status["methods"]}
    email, api_key = methods["email"], methods["api-key"]
    assert email["enabled"] is False
    assert api_key["needs_confirmation"] is True
    assert await browser.run_uses(**{k.replace("-", "_"): v for k, v in rebound.items()}) is None
    answer = await browser.post("session/api-key", {"api_key": PRACTICE_KEY}, headers=rebound)
    assert answer.code == "insecure_connection"


async def test_a_listed_name_over_plain_http_is_still_not_this_machine(start_server):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY, PASSPORT_ALLOWED_HOSTS="studio.example")
    browser = server.browser()
    assert (await browser.status(headers={"Host": "studio.example"}))["run"]["uses"] == "none"
    assert await browser.run_uses(Host="studio.example") is None


@pytest.mark.parametrize("host", ["studio.example", "192.168.1.20"])
async def test_the_owner_can_widen_the_default_to_listed_names_and_addresses(start_server, host):
    server = await start_server(
        COMFY_API_KEY=PRACTICE_KEY,
        PASSPORT_ALLOWED_HOSTS="studio.example",
        PASSPORT_DEFAULT_CREDENTIAL_FOR="everyone",
    )
    assert await server.browser().run_uses(Host=host) == "machine"
    assert await server.browser().run_uses(Host="evil.example") is None
