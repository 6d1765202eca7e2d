"""Headers that claim another place or another person (threats 8 and 9)."""

from __future__ import annotations

import itertools

import pytest
from multidict import CIMultiDict
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.network.policy import Connection, Policy

CLAIMS = ["127.0.0.1", "::1", "localhost", "127.0.0.1, 203.0.113.9", "203.0.113.9, 127.0.0.1"]
NAMES = [
    "X-Forwarded-For",
    "X-Real-IP",
    "CF-Connecting-IP",
    "Via",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
]
FORWARDED = [
    {"Forwarded": "for=127.0.0.1;host=localhost;proto=https"},
    {"Forwarded": 'for="[::1]"'},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Proto": "https"},
    {"x-forwarded-proto": "HTTPS"},
    {"X-Forwarded-Host": "localhost"},
]
SPOOFS = [{name: claim} for name, claim in itertools.product(NAMES[:4], CLAIMS)] + FORWARDED
PEERS = ["203.0.113.9", "192.168.1.20", "127.0.0.1"]
COMBINATIONS = list(itertools.product(PEERS, SPOOFS))
SCHEMES = ["ssl", "on", "https,http", "wss", "https\t"]


def test_there_are_sixty_combinations_and_more():
    assert len(COMBINATIONS) >= 60


@pytest.mark.asvs("4.1.3")
@pytest.mark.threat(8)
@pytest.mark.parametrize(("peer", "headers"), COMBINATIONS)
def test_no_header_makes_a_stranger_local_or_secure(peer, headers):
    policy = Policy((), ())
    for host in ("127.0.0.1:8188", "localhost", "evil.example"):
        vantage = policy.judge(Connection(peer, "http", {"Host": host, **_title(headers)}))
        assert (vantage.loopback, vantage.secure, vantage.private) == (False, False, False)
        assert str(vantage.client) == peer
        assert not policy.allows_machine_default(vantage)
        assert vantage.unknown_proxy


@pytest.mark.threat(8)
@pytest.mark.parametrize("headers", SPOOFS)
def test_a_stranger_beside_a_trusted_proxy_is_not_believed(headers):
    policy = Policy((), ("10.0.0.1",))
    vantage = policy.judge(
        Connection("203.0.113.9", "http", {"Host": "localhost", **_title(headers)})
    )
    assert (vantage.loopback, vantage.secure) == (False, False)


@pytest.mark.threat(8)
@pytest.mark.parametrize("headers", SPOOFS)
def test_nobody_is_local_through_a_trusted_proxy(headers):
    """A proxy on this machine makes every peer 127.0.0.1."""
    policy = Policy((), ("127.0.0.1", "::1"))
    vantage = policy.judge(
        Connection("127.0.0.1", "http", {"Host": "localhost", **_title(headers)})
    )
    assert vantage.loopback is False
    assert not policy.allows_machine_default(vantage)


@pytest.mark.asvs("15.3.4")
@pytest.mark.parametrize(
    ("sent", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("198.51.100.7, evil, 10.0.0.2", None),
        ("10.0.0.2", None),
        ("", None),
        ("unknown", None),
        ("198.51.100.7:1234", None),
    ],
)
def test_the_client_is_read_from_the_right_of_what_a_trusted_proxy_says(sent, client):
    policy = Policy((), ("10.0.0.0/24",))
    vantage = policy.judge(Connection("10.0.0.1", "http", {"Host": "a", "X-Forwarded-For": sent}))
    assert str(vantage.client) == str(client)
    assert vantage.unknown_proxy is False


def test_lines_of_one_header_are_one_list_and_the_proxys_own_comes_last():
    policy = Policy((), ("10.0.0.1",))
    headers = CIMultiDict({"Host": "a", "X-Forwarded-For": "127.0.0.1"})
    headers.add("X-Forwarded-For", "198.51.100.7")
    headers.add("X-Forwarded-Proto", "https")
    headers.add("X-Forwarded-Proto", "http")
    vantage = policy.judge(Connection("10.0.0.1", "http", headers))
    assert (str(vantage.client), vantage.secure) == ("198.51.100.7", False)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_only_the_word_https_from_a_trusted_proxy_is_secure(scheme):
    policy = Policy((), ("10.0.0.1",))
    headers = {"Host": "a", "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": scheme}
    assert policy.judge(Connection("10.0.0.1", "http", headers)).secure is (
        scheme.strip() == "https"
    )


@pytest.mark.parametrize("headers", SPOOFS)
async def test_over_http_such_a_request_gets_no_default_and_no_plain_log_in(start_server, headers):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    browser = server.browser()

    assert (await browser.status(headers=headers))["run"]["uses"] == "none"
    answer = await browser.post("/prompt", {"prompt": {}}, headers=headers)
    assert answer.json["runs_with"] is None
    refused = await browser.post("session/api-key", {"api_key": PRACTICE_KEY}, headers=headers)
    assert refused.code == "insecure_connection"


async def test_true_loopback_alone_gets_the_default(start_server):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    browser = server.browser()
    assert await browser.run_uses() == "machine"
    assert await browser.run_uses(Host="localhost:8188") == "machine"
    for host in ("192.168.1.20", "evil.example", "0.0.0.0", "[::]"):
        assert await browser.run_uses(Host=host) is None


@pytest.mark.threat(9)
async def test_the_user_of_multi_user_mode_proves_nothing(start_server):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    mine, theirs = server.browser(), server.browser()
    await mine.log_in(PRACTICE_KEY)
    other = (await theirs.log_in(PRACTICE_KEY_2)).json["account"]["id"]

    for user in (other, "default", "admin", "../" + other):
        headers = {"comfy-user": user, "X-User": user, "Remote-User": user}
        status = await mine.status(headers=headers)
        assert status["account"]["display_name"] == "Ada Practice"
        stranger = await server.browser().get("credentials", headers=headers)
        assert stranger.code == "not_signed_in"


def _title(headers: dict[str, str]) -> dict[str, str]:
    """The spelling under which a case-blind mapping would find them."""
    return {
        "-".join(part.title() for part in k.split("-")).replace("Ip", "IP").replace("Cf", "CF"): v
        for k, v in headers.items()
    }
