"""Guessing passwords, and keeping people out by guessing (threats 8, 12, 13)."""

from __future__ import annotations

import asyncio

import pytest
from passport.accounts.throttle import (
    LOG_IN_ACCOUNT,
    LOG_IN_ACCOUNT_HERE,
    LOG_IN_NETWORK,
    REGISTER_NETWORK,
    RESET_ADDRESS,
    RESET_NETWORK,
    TOKEN_NETWORK,
)
from passport.dev.practice import PRACTICE_KEY, practice_key
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.places import LISTED, PROXIED, forwarded

EMAIL, OWNER = "ada@example.org", "olga@example.org"
WRONG = "a wrong password"


def from_network(n: int) -> dict[str, str]:
    """A browser in a network of its own, behind the configured proxy."""
    return {**forwarded(LISTED, "https"), "X-Forwarded-For": f"203.0.{n}.9"}


def assert_must_wait(answer, seconds: int | None = None) -> None:
    assert (answer.status, answer.code) == (429, "too_many_tries")
    wait = answer.headers["Retry-After"]
    assert answer.json["error"]["details"] == {"retry_after_seconds": int(wait)}
    assert seconds is None or int(wait) == seconds
    assert "too many tries" in answer.json["error"]["message"]
    assert "Try again in" in answer.json["error"]["message"]
    assert answer.cookies == []


async def guess(browser, times: int, email: str = EMAIL, **more):
    """So many wrong passwords; the last answer."""
    for _ in range(times):
        body = {"email": email, "password": WRONG}
        answer = await browser.post("session/email", body, **more)
    return answer


@pytest.fixture
async def proxied(start_server):
    """A server behind a configured proxy; Olga owns it, Ada registered from network 1."""
    server = await start_server(**PROXIED)
    await registered(server, OWNER)
    await server.browser(place=from_network(1)).register(EMAIL)
    return server


class TestOneAccountFromOneNetwork:
    @pytest.mark.asvs("2.4.1", "6.3.1")
    async def test_after_ten_failures_even_the_right_password_waits(self, server, ada):
        browser = server.browser()
        assert (await guess(browser, LOG_IN_ACCOUNT_HERE.tries)).status == 401
        assert_must_wait(await browser.log_in_by_mail(EMAIL), 60)

    async def test_a_minute_later_one_more_is_looked_at(self, server, ada):
        browser = server.browser()
        await guess(browser, 11)
        server.clock.advance(minutes=1)
        assert (await guess(browser, 1)).status == 401
        assert_must_wait(await guess(browser, 1))

    async def test_a_refused_try_costs_nothing(self, server, ada):
        browser = server.browser()
        await guess(browser, 40)
        server.clock.advance(minutes=1)
        assert (await browser.log_in_by_mail(EMAIL)).status == 201

    async def test_a_success_is_given_back(self, server, ada):
        browser = server.browser()
        for _ in range(LOG_IN_ACCOUNT_HERE.tries * 3):
            assert (await browser.log_in_by_mail(EMAIL)).status == 201

    async def test_the_same_holds_for_an_address_that_nobody_has(self, server, ada):
        answer = await guess(server.browser(), 11, email="nobody@example.org")
        assert_must_wait(answer, 60)

    async def test_however_it_is_spelled(self, server, ada):
        browser = server.browser()
        for spelling in ("ada@example.org", "ADA@example.org", " ada@EXAMPLE.org ") * 4:
            answer = await guess(browser, 1, email=spelling)
        assert_must_wait(answer)

    async def test_other_accounts_log_in_meanwhile(self, server, ada, ben):
        await guess(server.browser(), 20)
        assert (await server.browser().log_in_by_mail("ben@example.org")).status == 201

    async def test_whoever_is_signed_in_stays_so(self, server, ada):
        await guess(server.browser(), 20)
        assert (await ada.status())["signed_in"] is True

    async def test_it_lasts_over_a_restart(self, server, ada, start_server):
        await guess(server.browser(), 11)
        again = await start_server()
        assert_must_wait(await again.browser().log_in_by_mail(EMAIL), 60)

    async def test_a_stolen_session_does_not_guess_the_password_faster(self, server, ada):
        change = {"current_password": WRONG, "new_password": OTHER_PASSWORD}
        for _ in range(5):
            assert (await ada.put("account/password", change)).status == 403
        move = {"email": "eve@example.org", "password": WRONG}
        for _ in range(5):
            assert (await ada.put("account/email", move)).status == 403
        assert_must_wait(
            await ada.put("account/password", {**change, "current_password": PASSWORD})
        )

    async def test_fifty_at_once_are_ten(self, server, ada):
        browser = server.browser()
        answers = await asyncio.gather(*(guess(browser, 1) for _ in range(50)))
        assert sorted(answer.status for answer in answers) == [401] * 10 + [429] * 40


class TestOneAccountFromManyNetworks:
    async def test_strangers_slow_each_other_down(self, proxied):
        for n in range(2, 2 + LOG_IN_ACCOUNT.tries // 10):
            answer = await guess(proxied.browser(), 10, headers=from_network(n))
            assert answer.status == 401
        answer = await guess(proxied.browser(), 1, headers=from_network(99))
        assert_must_wait(answer, 120)

    @pytest.mark.asvs("6.3.1")
    async def test_the_person_still_gets_in_where_they_have_been_before(self, proxied):
        home = from_network(1)
        await proxied.browser(place=home).log_in_by_mail(EMAIL)
        for n in range(2, 9):
            await guess(proxied.browser(), 20, headers=from_network(n))
        assert (await proxied.browser(place=home).log_in_by_mail(EMAIL)).status == 201

    async def test_in_a_new_network_they_have_to_wait(self, proxied):
        for n in range(2, 9):
            await guess(proxied.browser(), 20, headers=from_network(n))
        assert_must_wait(await proxied.browser(place=from_network(77)).log_in_by_mail(EMAIL))


class TestWhoIsWho:
    async def test_what_a_stranger_says_of_their_address_changes_nothing(self, server, ada):
        """Sixty spoofed addresses are one bucket: that of the peer."""
        statuses = []
        for n in range(60):
            headers = {"User-Agent": f"browser {n}"}
            answer = await guess(server.browser(), 1, headers=headers)
            statuses.append(answer.status)
        assert statuses == [401] * 10 + [429] * 50

    @pytest.mark.asvs("15.3.4")
    @pytest.mark.parametrize(
        "header", ["X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "Forwarded", "Via"]
    )
    async def test_sixty_spoofed_addresses_share_one_bucket(self, server, api, header):
        """Of keys, which are taken from anywhere; with a password such a request is refused."""
        await server.browser().status()
        statuses = []
        for n in range(70):
            value = f"for=198.51.{n}.1" if header == "Forwarded" else f"198.51.{n}.1"
            body = {"api_key": practice_key("nobody"), "accept_insecure": True}
            answer = await server.browser().post("session/api-key", body, headers={header: value})
            statuses.append(answer.status)
        assert statuses == [401] * 60 + [429] * 10

    async def test_through_the_configured_proxy_each_client_has_its_own(self, proxied):
        for n in range(2, 5):
            assert (await guess(proxied.browser(), 10, headers=from_network(n))).status == 401
            assert_must_wait(await guess(proxied.browser(), 1, headers=from_network(n)))

    async def test_what_the_client_puts_left_of_it_changes_nothing(self, proxied):
        statuses = []
        for n in range(30):
            headers = {**from_network(2), "X-Forwarded-For": f"198.51.{n}.1, 203.0.2.9"}
            statuses.append((await guess(proxied.browser(), 1, headers=headers)).status)
        assert statuses == [401] * 10 + [429] * 20

    async def test_the_addresses_of_one_network_are_one(self, proxied):
        statuses = []
        for n in range(20):
            headers = {**from_network(2), "X-Forwarded-For": f"203.0.2.{n}"}
            statuses.append((await guess(proxied.browser(), 1, headers=headers)).status)
        assert statuses == [401] * 10 + [429] * 10


class TestOneNetwork:
    async def test_sixty_failures_at_whatever_accounts(self, server, ada):
        browser = server.browser()
        for n in range(LOG_IN_NETWORK.tries):
            assert (await guess(browser, 1, email=f"nobody{n}@example.org")).status == 401
        assert_must_wait(await guess(browser, 1, email="another@example.org"), 10)

    @pytest.mark.asvs("2.4.1")
    async def test_registrations(self, server, owner):
        for n in range(REGISTER_NETWORK.tries - 1):  # the owner's was the first
            assert (await server.browser().register(f"person{n}@example.org")).status == 201
        before = server.kept()
        assert_must_wait(await server.browser().register("more@example.org"), 180)
        assert server.kept() == before

    @pytest.mark.asvs("2.4.1")
    async def test_resets_of_one_address_and_of_many(self, mailing):
        browser = mailing.browser()
        for _ in range(RESET_ADDRESS.tries):
            assert (await browser.post("password-resets", {"email": EMAIL})).status == 202
        assert_must_wait(await browser.post("password-resets", {"email": EMAIL}), 900)
        for n in range(RESET_NETWORK.tries - RESET_ADDRESS.tries):
            body = {"email": f"person{n}@example.org"}
            assert (await browser.post("password-resets", body)).status == 202
        before = mailing.kept("outbox")
        assert_must_wait(await browser.post("password-resets", {"email": "x@example.org"}))
        assert mailing.kept("outbox") == before

    @pytest.mark.asvs("2.4.1")
    async def test_one_time_tokens_of_either_kind(self, server, ada):
        browser = server.browser()
        for _ in range(TOKEN_NETWORK.tries // 2):
            body = {"token": "x", "new_password": PASSWORD}
            assert (await browser.post("password-resets/confirm", body)).status == 410
            assert (await browser.post("email-verifications/confirm", {"token": "x"})).status == 410
        assert_must_wait(await browser.post("email-verifications/confirm", {"token": "x"}))
        body = {"token": "x", "new_password": PASSWORD}
        assert_must_wait(await browser.post("password-resets/confirm", body))

    async def test_keys_that_the_service_takes_are_given_back(self, server):
        for _ in range(70):
            assert (await server.browser(cookies=False).log_in(PRACTICE_KEY)).status == 201


@pytest.mark.asvs("15.2.2")
@pytest.mark.threat(13)
async def test_a_thousand_log_ins_at_once_leave_the_server_usable(server, ada):
    """Hashing has a queue of its own, with an end; ComfyUI's pages do not stand in it."""
    browser = server.browser(cookies=False)
    hammering = asyncio.gather(
        *(browser.log_in_by_mail(f"person{n}@example.org", WRONG) for n in range(300))
    )
    await asyncio.sleep(0.05)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await ada.get("/unrelated")).status == 200
    assert loop.time() - began < 2
    answers = await hammering
    assert {answer.status for answer in answers} <= {401, 429, 503}
    for answer in answers:
        if answer.status == 503:
            assert answer.code == "server_busy"
            assert int(answer.headers["Retry-After"]) > 0
