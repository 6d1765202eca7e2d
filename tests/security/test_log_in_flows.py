"""Log-ins by way of other services, begun by one browser and ended by another, or out of order.

The providers are real and strict; the one who cheats is whoever holds the browser.
"""
# ruff: noqa: F811  (pytest hands fixtures over by the names of parameters)

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from passport.dev.practice import ADA, BEN
from passport.tests.server_routes.test_provider_log_in import (  # noqa: F401
    EACH,
    GITHUB,
    OIDC,
    come_back,
    github_like,
    openid_provider,
    running_github_like,
    running_openid_provider,
    server,
    start,
)

SENT_BACK = {"Sec-Fetch-Site": "cross-site", "X-Passport": None}


async def approved(server, browser, kind, person=ADA, **wish) -> str:
    """Begin in this browser and say yes at the provider; where it would come back to."""
    url = await start(browser, kind, **wish)
    back = urlsplit(await asyncio.to_thread(server.peers[kind].approve, url, person))
    return f"{back.path}?{back.query}"


async def open_it(browser, address):
    return await browser.get(address, headers=SENT_BACK)


def changed(address: str, **parameters: str | None) -> str:
    """The same address with these parameters, None for without it."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    kept = {**query, **parameters}
    return f"{parts.path}?{urlencode({k: v for k, v in kept.items() if v is not None})}"


async def assert_nobody(server, *browsers) -> None:
    for browser in browsers:
        assert (await browser.status())["signed_in"] is False
    assert server.kept("accounts", "identities") == {"accounts": [], "identities": []}


@pytest.mark.asvs("10.1.2", "7.6.2")
@pytest.mark.threat(21)
@EACH
async def test_a_log_in_that_another_browser_began_logs_nobody_in(server, kind):
    """Log-in CSRF: Eve begins and approves, and has the person's browser come back."""
    eve, person = server.browser(), server.browser()
    address = await approved(server, eve, kind)
    page = await open_it(person, address)
    assert (page.status, page.cookies[:-1]) == (410, [])
    assert b"flow_invalid" in page.body
    await assert_nobody(server, person)


@pytest.mark.asvs("10.1.2")
@EACH
async def test_a_browser_in_a_flow_of_its_own_does_not_end_anothers(server, kind):
    eve, person = server.browser(), server.browser()
    address = await approved(server, eve, kind)
    await start(person, kind)
    assert (await open_it(person, address)).status == 410
    await assert_nobody(server, person)


@pytest.mark.asvs("10.2.1", "2.3.4")
@pytest.mark.threat(21)
@EACH
async def test_a_callback_is_good_once(server, kind):
    browser = server.browser()
    address = await approved(server, browser, kind)
    assert (await open_it(browser, address)).status == 200
    replayed = await open_it(browser, address)
    assert replayed.status == 410
    assert len(server.kept("sessions")["sessions"]) == 1


@pytest.mark.asvs("10.2.1")
@pytest.mark.threat(21)
@EACH
async def test_without_its_state_or_with_another_it_is_good_for_nothing(server, kind):
    for state in (None, "", "x", "A" * 43, "\0"):
        browser = server.browser()
        address = await approved(server, browser, kind)
        page = await open_it(browser, changed(address, state=state))
        assert page.status in (410, 422), state
        await assert_nobody(server, browser)


@pytest.mark.asvs("10.2.1")
@EACH
async def test_a_code_of_another_flow_fails_by_its_verifier(server, kind):
    """PKCE: the code that Eve has stolen was made for her own challenge."""
    eve, person = server.browser(), server.browser()
    stolen = parse_qs(urlsplit(await approved(server, eve, kind, BEN)).query)["code"][0]
    address = await approved(server, person, kind)
    page = await open_it(person, changed(address, code=stolen))
    assert page.status >= 400
    await assert_nobody(server, person, eve)


@pytest.mark.asvs("10.2.1", "10.2.3")
@EACH
async def test_what_is_sent_to_the_provider(server, kind):
    query = parse_qs(urlsplit(await start(server.browser(), kind)).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) >= 22
    assert query["scope"] == [{OIDC: "openid email profile", GITHUB: "read:user user:email"}[kind]]
    assert query.get("response_type", ["code"]) == ["code"]
    assert query["redirect_uri"] == [f"{server.url}/passport/oauth/{kind}/callback"]


@pytest.mark.asvs("10.2.2", "6.8.1")
@pytest.mark.threat(21)
async def test_the_answer_of_one_provider_is_none_of_anothers(server):
    """Mix-up: each has a callback of its own, and a flow is for one of them."""
    for begun, other in ((OIDC, GITHUB), (GITHUB, OIDC)):
        browser = server.browser()
        address = await approved(server, browser, begun)
        page = await open_it(browser, address.replace(f"/{begun}/", f"/{other}/"))
        assert page.status == 410
        await assert_nobody(server, browser)


@pytest.mark.asvs("10.2.2")
@pytest.mark.threat(21)
async def test_the_issuer_that_comes_back_is_the_one_that_was_asked(server):
    browser = server.browser()
    address = await approved(server, browser, OIDC)
    page = await open_it(browser, changed(address, iss="https://evil.example"))
    assert page.status == 502
    await assert_nobody(server, browser)


@pytest.mark.asvs("6.8.1", "10.5.2")
async def test_one_mail_address_at_two_providers_is_no_way_into_the_account(server):
    """The account is the provider's name for the person; the address alone proves nobody."""
    first, second = server.browser(), server.browser()
    assert (await open_it(first, await approved(server, first, OIDC))).status == 200
    page = await open_it(second, await approved(server, second, GITHUB))
    account = await second.account()
    assert page.status == 409 or account["id"] != await first.account_id()
    identities = (await first.get("account")).json["identities"]
    assert [each["kind"] for each in identities] == [OIDC]


@pytest.mark.asvs("10.1.1")
@EACH
async def test_no_token_of_the_provider_comes_to_the_browser(server, kind):
    browser = server.browser()
    page = await come_back(server, browser, kind, await start(browser, kind))
    for word in (b"access_token", b"id_token", b"refresh_token", b"eyJ"):
        assert word not in page.body
    for path in ("status", "account", "credentials"):
        answer = await browser.get(path)
        assert b"eyJ" not in answer.body


@pytest.mark.asvs("7.2.4")
@EACH
async def test_a_session_that_was_planted_ends_with_the_log_in(server, kind):
    eve = server.browser()
    await eve.register("eve@example.org")
    planted = next(each for each in eve.session.cookie_jar if "flow" not in each.key)
    header = {"Cookie": f"{planted.key}={planted.value}"}
    assert (await open_it(eve, await approved(server, eve, kind))).status == 200
    stranger = server.browser(cookies=False)
    assert (await stranger.status(headers=header))["signed_in"] is False
