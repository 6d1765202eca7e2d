"""GET, DELETE sessions and DELETE sessions/{id}: where one is logged in, and ending it."""

from __future__ import annotations

import pytest
from passport.tests.server_routes.places import FAR_AWAY, PERSON, PROXIED

EMAIL = "ada@example.org"
FIELDS = {
    "id",
    "browser",
    "platform",
    "address",
    "method",
    "created_at",
    "last_seen_at",
    "expires_at",
    "shared_computer",
    "current",
}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit Version/18.0 Safari/604"


@pytest.fixture
async def phone(server, ada):
    """Ada's other browser."""
    browser = server.browser(place={"User-Agent": PHONE})
    await browser.log_in_by_mail(EMAIL)
    return browser


async def list_of(browser):
    answer = await browser.get("sessions")
    assert answer.status == 200
    return answer.json["sessions"]


async def own_id(browser) -> str:
    return (await browser.status())["session"]["id"]


async def signed_in(*browsers) -> list[bool]:
    return [(await browser.status())["signed_in"] for browser in browsers]


@pytest.mark.asvs("7.5.2")
async def test_what_is_shown_of_each(ada, phone):
    here, there = sorted(await list_of(ada), key=lambda session: not session["current"])

    assert set(here) == set(there) == FIELDS
    assert here["id"] == await own_id(ada)
    assert there == {
        "id": await own_id(phone),
        "browser": "Safari",
        "platform": "iPhone",
        "address": "127.0.0.1",
        "method": "password",
        "created_at": "2026-11-23T02:00:00Z",
        "last_seen_at": "2026-11-23T02:00:00Z",
        "expires_at": "2027-02-21T02:00:00Z",
        "shared_computer": False,
        "current": False,
    }


async def test_the_last_seen_comes_first(server, ada, phone):
    server.clock.advance(minutes=5)
    await phone.status()
    assert (await list_of(phone))[0]["id"] == await own_id(phone)
    server.clock.advance(minutes=5)
    await ada.status()
    first = (await list_of(ada))[0]
    assert (first["id"], first["last_seen_at"]) == (await own_id(ada), "2026-11-23T02:10:00Z")


async def test_the_address_is_that_of_the_person_behind_a_configured_proxy(start_server):
    server = await start_server(**PROXIED)
    await server.browser().register("olga@example.org")
    browser = server.browser(place=FAR_AWAY)
    await browser.register(EMAIL)
    assert [session["address"] for session in await list_of(browser)] == [PERSON]


async def test_an_address_that_anybody_could_have_made_up_is_not_shown(ada):
    sessions = (await ada.get("sessions", headers={"X-Forwarded-For": "198.51.100.1"})).json
    assert sessions["sessions"][0]["address"] == "127.0.0.1"


async def test_no_token_and_no_hash_of_it_is_shown(server, ada):
    (cookie,) = ada.session.cookie_jar
    text = (await ada.get("sessions")).body.decode()
    assert cookie.value not in text
    hashes = [row[-1] for row in server.kept("sessions")["sessions"]]
    assert not [each for each in hashes if isinstance(each, bytes) and each.hex() in text]


async def test_of_other_people_nothing_is_shown(ada, ben):
    assert await own_id(ben) not in [session["id"] for session in await list_of(ada)]


async def test_a_session_that_ended_by_itself_is_not_listed(server, ada):
    await server.browser().log_in_by_mail(EMAIL, shared_computer=True)
    assert len(await list_of(ada)) == 2
    server.clock.advance(minutes=31)
    assert len(await list_of(ada)) == 1


class TestEndOne:
    @pytest.mark.asvs("7.5.2")
    async def test_it_ends_at_once_and_the_others_stay(self, ada, phone, ben):
        answer = await ada.delete(f"sessions/{await own_id(phone)}")

        assert (answer.status, answer.body, answer.cookies) == (204, b"", [])
        assert await signed_in(ada, phone, ben) == [True, False, True]
        assert await phone.run_uses() is None
        assert len(await list_of(ada)) == 1

    async def test_ones_own_is_a_log_out(self, ada, phone):
        answer = await ada.delete(f"sessions/{await own_id(ada)}")

        assert answer.status == 204
        assert "Max-Age=0" in answer.cookies[0]
        assert answer.headers["Clear-Site-Data"] == '"cache"'
        assert await signed_in(ada, phone) == [False, True]

    async def test_it_is_written_down(self, server, ada, phone):
        await ada.delete(f"sessions/{await own_id(phone)}")
        assert server.happened(await ada.account_id())[-1] == "session_revoked"

    async def test_twice_there_is_none(self, ada, phone):
        path = f"sessions/{await own_id(phone)}"
        await ada.delete(path)
        answer = await ada.delete(path)
        assert (answer.status, answer.code) == (404, "session_missing")

    @pytest.mark.asvs("8.2.2")
    async def test_somebody_elses_is_none(self, server, ada, ben, owner):
        """IDOR: that it exists is not told either, not even to the owner."""
        before = server.kept()
        for browser, other in ((ada, ben), (owner, ada), (ben, owner)):
            answer = await browser.delete(f"sessions/{await own_id(other)}")
            assert (answer.status, answer.code) == (404, "session_missing")
        assert server.kept() == before
        assert await signed_in(ada, ben, owner) == [True, True, True]

    @pytest.mark.parametrize(
        "path",
        [
            "0" * 32,
            "x",
            "%2e%2e%2fsessions",
            "..%2f..%2fstatus",
            "%25",
            "*",
            "' OR 1=1 --",
            "a" * 3000,
            "null",
            "-1",
            "ünï",
        ],
    )
    async def test_what_is_nobodys(self, server, ada, path):
        before = server.kept()
        answer = await ada.delete(f"sessions/{path}")
        assert (answer.status, answer.code) == (404, "session_missing")
        assert server.kept() == before


class TestEndAllOthers:
    async def test_this_one_stays(self, server, ada, phone, ben):
        third = server.browser()
        await third.log_in_by_mail(EMAIL)

        answer = await ada.delete("sessions")

        assert (answer.status, answer.json, answer.cookies) == (200, {"ended": 2}, [])
        assert await signed_in(ada, phone, third, ben) == [True, False, False, True]

    async def test_with_none_it_ends_none(self, ada):
        assert (await ada.delete("sessions")).json == {"ended": 0}

    async def test_only_the_word_true_ends_this_one_too(self, ada):
        for value in ("false", "", "0", "True", "1", "yes"):
            assert (await ada.delete(f"sessions?everywhere={value}")).json == {"ended": 0}
        assert await signed_in(ada) == [True]


class TestEverywhere:
    async def test_all_end_and_the_cookie_goes(self, ada, phone, ben):
        answer = await ada.delete("sessions?everywhere=true")

        assert (answer.status, answer.json) == (200, {"ended": 2})
        assert "Max-Age=0" in answer.cookies[0]
        assert answer.headers["Clear-Site-Data"] == '"cache"'
        assert await signed_in(ada, phone, ben) == [False, False, True]
        assert await ada.run_uses() is None

    async def test_a_cookie_that_was_saved_before_is_worth_nothing(self, server, ada):
        (cookie,) = ada.session.cookie_jar
        await ada.delete("sessions?everywhere=true")
        replay = {"Cookie": f"{cookie.key}={cookie.value}"}
        thief = server.browser(cookies=False)
        assert (await thief.get("sessions", headers=replay)).code == "not_signed_in"

    async def test_the_password_still_logs_in(self, server, ada):
        await ada.delete("sessions?everywhere=true")
        assert (await ada.log_in_by_mail(EMAIL)).status == 201
