"""Log-in at a real, strict OpenID provider and at a server with GitHub's ways, over HTTP."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from passport.clock import utc_now
from passport.dev.peer_fixtures import (  # noqa: F401
    github_like,
    openid_provider,
    running_github_like,
    running_openid_provider,
)
from passport.dev.peers.github_like import CLIENT
from passport.dev.peers.openid_provider import CLIENT_SECRET, DEVICE_CLIENT
from passport.dev.practice import ADA, BEN
from passport.tests.server_routes.passport_server import PASSWORD

OIDC, GITHUB = "oidc:studio", "github"
EACH = pytest.mark.parametrize("kind", [OIDC, GITHUB])


@pytest.fixture
async def server(start_server, openid_provider, github_like):  # noqa: F811
    """Both are set up, and the clock is right: the providers have no other."""
    server = await start_server(
        PASSPORT_OIDC_STUDIO_ISSUER=openid_provider.url,
        PASSPORT_OIDC_STUDIO_CLIENT_ID=DEVICE_CLIENT,
        PASSPORT_OIDC_STUDIO_CLIENT_SECRET=CLIENT_SECRET,
        PASSPORT_OIDC_STUDIO_LABEL="Studio",
        PASSPORT_OIDC_STUDIO_DEVICE="true",
        PASSPORT_GITHUB_CLIENT_ID=CLIENT,
        PASSPORT_GITHUB_CLIENT_SECRET=CLIENT_SECRET,
        PASSPORT_GITHUB_BASE=github_like.url,
        PASSPORT_GITHUB_API_BASE=github_like.url,
    )
    server.clock.now = utc_now()
    for kind, peer in ((OIDC, openid_provider), (GITHUB, github_like)):
        peer.set_redirect_uris(f"{server.url}/passport/oauth/{kind}/callback")
    server.peers = {OIDC: openid_provider, GITHUB: github_like}
    return server


@pytest.fixture
async def browser(server):
    return server.browser()


async def start(browser, kind, **wish):
    answer = await browser.post(f"oauth/{kind}/start", wish)
    assert answer.status == 200, answer.body
    return answer.json["authorization_url"]


async def come_back(server, browser, kind, url, person=ADA):
    """What the provider sends the browser back with, and what comes of it here."""
    back = urlsplit(await asyncio.to_thread(server.peers[kind].approve, url, person))
    headers = {"Sec-Fetch-Site": "cross-site", "X-Passport": None}
    return await browser.get(f"{back.path}?{back.query}", headers=headers)


async def log_in(server, browser, kind, person=ADA, **wish):
    return await come_back(server, browser, kind, await start(browser, kind, **wish), person)


async def poll_until_done(server, browser, kind, flow):
    for _ in range(20):
        server.clock.now = utc_now()
        answer = await browser.post(f"device/{kind}/poll", {"flow": flow})
        if answer.status != 200 or answer.json["state"] == "done":
            return answer
        await asyncio.sleep(0.3)
    raise AssertionError("The flow did not end.")


@EACH
class TestByRedirect:
    async def test_the_first_log_in_makes_an_account_and_the_next_finds_it(
        self, server, browser, kind
    ):
        page = await log_in(server, browser, kind)
        assert page.status == 200
        account = await browser.account()
        assert (account["display_name"], account["email"]) == (ADA.name, ADA.email)
        assert account["email_verified"] is True

        again = server.browser()
        await log_in(server, again, kind)
        assert await again.account_id() == account["id"]
        assert server.happened() == ["registered", "signed_in", "signed_in"]

    async def test_another_person_is_another_account(self, server, browser, kind):
        await log_in(server, browser, kind)
        other = server.browser()
        await log_in(server, other, kind, BEN)
        assert await other.account_id() != await browser.account_id()


@EACH
class TestByCode:
    async def test_it_logs_in_once_the_code_was_entered(self, server, browser, kind):
        begun = await browser.post(f"device/{kind}", {})
        assert begun.status == 201, begun.body
        begun = begun.json
        assert set(begun["qr"][0]) <= {"0", "1"}
        early = await browser.post(f"device/{kind}/poll", {"flow": begun["flow"]})
        assert early.json == {"state": "pending", "interval": begun["interval"]}

        await asyncio.to_thread(server.peers[kind].approve_device, begun["user_code"], ADA)
        done = await poll_until_done(server, browser, kind, begun["flow"])

        assert done.json == {"state": "done", "purpose": "log_in"}
        assert (await browser.account())["display_name"] == ADA.name


@EACH
class TestLinking:
    async def test_it_is_one_more_way_into_the_account(self, server, browser, kind):
        await browser.register("ada@elsewhere.example")
        mine = await browser.account_id()
        page = await log_in(server, browser, kind, purpose="link")
        assert page.status == 200
        identities = (await browser.get("account")).json["identities"]
        assert {each["kind"] for each in identities} == {"password", kind}

        other = server.browser()
        await log_in(server, other, kind)
        assert await other.account_id() == mine

    async def test_it_can_be_unlinked_but_not_as_the_last_way_in(self, server, browser, kind):
        await log_in(server, browser, kind)
        assert (await browser.delete(f"identities/{kind}")).code == "last_way_in"
        await browser.post("identities/email", {"email": "a@b.example", "password": PASSWORD})
        assert (await browser.delete(f"identities/{kind}")).status == 204
        assert (await browser.delete(f"identities/{kind}")).code == "identity_missing"


def query_of(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
