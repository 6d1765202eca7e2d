"""DELETE session: log out means out."""

from __future__ import annotations

import pytest
from passport.dev.practice import ADA, PRACTICE_KEY


@pytest.mark.asvs("14.3.1")
async def test_log_out_says_nothing_and_takes_the_cookie_back(browser):
    await browser.log_in(PRACTICE_KEY)

    answer = await browser.delete("session")

    assert (answer.status, answer.body) == (204, b"")
    assert answer.cookie.endswith("=") or answer.cookie.endswith('=""')
    assert "Max-Age=0" in answer.cookies[0]
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    status = await browser.status()
    assert (status["signed_in"], status["account"], status["session"]) == (False, None, None)
    assert (status["credential"], status["run"]["uses"]) == (None, "none")


@pytest.mark.asvs("7.4.1")
@pytest.mark.threat(17)
async def test_a_cookie_that_was_saved_before_is_worth_nothing_afterwards(server, browser):
    cookie = (await browser.log_in(PRACTICE_KEY)).cookie
    thief = server.browser(cookies=False)
    replay = {"Cookie": cookie}
    assert (await thief.status(headers=replay))["signed_in"] is True
    assert await thief.run_uses(Cookie=cookie) == "account"

    await browser.delete("session")

    assert (await thief.status(headers=replay))["signed_in"] is False
    assert (await thief.get("credentials", headers=replay)).code == "not_signed_in"
    assert await thief.run_uses(Cookie=cookie) is None


async def test_other_browsers_of_the_account_stay_signed_in(server, browser):
    other = server.browser()
    await browser.log_in(PRACTICE_KEY)
    await other.log_in(PRACTICE_KEY)

    await browser.delete("session")

    assert (await other.status())["signed_in"] is True


async def test_the_key_stays_for_the_next_log_in(server, browser):
    await browser.log_in(PRACTICE_KEY)
    server.clock.advance(hours=1)
    await browser.delete("session")
    await browser.log_in(PRACTICE_KEY)

    (credential,) = (await browser.get("credentials")).json["credentials"]
    assert credential["created_at"] == "2026-11-23T02:00:00Z"


async def test_log_out_and_forget_removes_the_key_from_this_server_at_once(server, browser):
    other = server.browser()
    await other.log_in(PRACTICE_KEY)
    await browser.log_in(PRACTICE_KEY)

    answer = await browser.delete("session?forget=true")

    assert answer.status == 204
    assert (await other.get("credentials")).json == {"credentials": []}
    assert (await other.status())["run"]["uses"] == "none"
    assert (await browser.status())["signed_in"] is False


async def test_only_the_word_true_forgets(server, browser):
    other = server.browser()
    await other.log_in(PRACTICE_KEY)
    for value in ("false", "", "0", "True", "1"):
        await browser.log_in(PRACTICE_KEY)
        assert (await browser.delete(f"session?forget={value}")).status == 204
    assert len((await other.get("credentials")).json["credentials"]) == 1


async def test_after_forgetting_the_same_key_is_the_same_account_again(browser):
    first = await browser.log_in(PRACTICE_KEY)
    await browser.delete("session?forget=true")
    second = await browser.log_in(PRACTICE_KEY)

    assert second.json["account"] == first.json["account"]
    assert second.json["account"]["display_name"] == ADA.name
    assert second.json["credential"]["state"] == "accepted"


async def test_whoever_is_not_signed_in_is_signed_out_too(browser):
    for path in ("session", "session?forget=true"):
        answer = await browser.delete(path)
        assert answer.status == 204
        assert "Max-Age=0" in answer.cookies[0]


async def test_twice_is_as_good_as_once(browser):
    await browser.log_in(PRACTICE_KEY)
    assert (await browser.delete("session")).status == 204
    assert (await browser.delete("session")).status == 204


async def test_logging_out_asks_nobody_far_away(browser, api):
    await browser.log_in(PRACTICE_KEY)
    await api.set_mode("down")
    before = len(api.calls)

    assert (await browser.delete("session?forget=true")).status == 204
    assert len(api.calls) == before
