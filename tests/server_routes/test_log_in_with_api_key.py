"""POST session/api-key: what each answer of the service means for the person."""

from __future__ import annotations

import asyncio
import time

import pytest
from passport.dev.practice import (
    ADA,
    BEN,
    FREE_TIER_KEY,
    PRACTICE_KEY,
    PRACTICE_KEY_2,
    practice_key,
)

ACCOUNT_FIELDS = {
    "id",
    "display_name",
    "email",
    "email_verified",
    "pending_email",
    "role",
    "state",
    "purge_at",
    "has_password",
}
CREDENTIAL_FIELDS = {
    "service",
    "kind",
    "profile",
    "mask",
    "source",
    "state",
    "cause",
    "holder",
    "created_at",
    "checked_at",
    "last_used_at",
    "expires_at",
}
UNKNOWN_KEY = practice_key("nobody")
ELSEWHERE = {"Host": "192.168.1.20:8188"}


async def test_an_accepted_key_signs_in_and_says_whose_it_is(browser):
    answer = await browser.log_in(PRACTICE_KEY)

    assert answer.status == 201
    assert set(answer.json) == {"account", "credential"}
    account, credential = answer.json["account"], answer.json["credential"]
    assert set(account) == ACCOUNT_FIELDS
    assert (account["display_name"], account["email"]) == (ADA.name, ADA.email)
    assert credential == {
        "service": "comfy",
        "kind": "api-key",
        "profile": "default",
        "mask": f"comfyui-…{PRACTICE_KEY[-4:]}",
        "source": "account",
        "state": "accepted",
        "cause": None,
        "holder": {"name": ADA.name, "email": ADA.email},
        "created_at": "2026-11-23T02:00:00Z",
        "checked_at": "2026-11-23T02:00:00Z",
        "last_used_at": None,
        "expires_at": None,
    }
    assert (await browser.status())["signed_in"] is True


async def test_blanks_that_pasting_brings_along_do_not_matter(browser):
    answer = await browser.log_in(f"  {PRACTICE_KEY}\r\n")
    assert answer.status == 201


async def test_the_service_is_asked_once_with_the_key_in_its_header_alone(browser, api):
    await browser.log_in(PRACTICE_KEY)

    (call,) = api.calls
    assert (call.method, call.path, call.api_key) == ("POST", "/customers", PRACTICE_KEY)
    assert call.authorization is None


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [(UNKNOWN_KEY, 401, "api_key_refused"), (FREE_TIER_KEY, 403, "api_key_not_permitted")],
)
async def test_a_key_that_the_service_turns_away_is_not_stored(server, browser, key, status, code):
    answer = await browser.log_in(key)

    assert (answer.status, answer.code) == (status, code)
    assert answer.cookies == []
    status_now = await browser.status()
    assert status_now["signed_in"] is False
    assert status_now["run"] == {"uses": "none", "mask": None}


@pytest.mark.parametrize(
    ("mode", "cause"),
    [
        ("down", "connect"),
        ("proxy_407", "proxy"),
        ("redirect", "redirect"),
        ("server_error", "server_error"),
    ],
)
async def test_a_key_that_cannot_be_checked_is_stored_and_says_so(browser, api, mode, cause):
    await api.set_mode(mode)

    answer = await browser.log_in(PRACTICE_KEY)

    assert answer.status == 201
    credential = answer.json["credential"]
    assert set(credential) == CREDENTIAL_FIELDS
    assert (credential["state"], credential["cause"]) == ("not_checked", cause)
    assert (credential["checked_at"], credential["holder"]) == (None, None)
    assert (await browser.status())["run"]["uses"] == "account"


async def test_a_slow_service_is_waited_for_no_longer_than_the_client_waits(
    server, browser, api, monkeypatch
):
    await browser.status()
    monkeypatch.setattr(server.services.http_client, "_timeout_seconds", 0.2)
    await api.set_mode("slow", slow_seconds=5)

    began = time.perf_counter()
    answer = await browser.log_in(PRACTICE_KEY)

    assert time.perf_counter() - began < 2
    assert answer.status == 201
    assert answer.json["credential"]["cause"] == "timeout"


def test_the_client_waits_ten_seconds_at_most():
    from passport.providers.http_client import TIMEOUT_SECONDS

    assert TIMEOUT_SECONDS == 10


async def test_a_slow_log_in_keeps_nobody_else_waiting(server, browser, api):
    other = server.browser()
    await other.status()
    await api.set_mode("slow", slow_seconds=0.5)

    log_in = asyncio.create_task(browser.log_in(PRACTICE_KEY))
    began = time.perf_counter()
    await other.status()
    await other.get("/unrelated")

    assert time.perf_counter() - began < 0.4
    assert (await log_in).status == 201


async def test_nonsense_in_place_of_the_service_is_no_log_in(browser, api):
    await api.set_mode("nonsense")

    answer = await browser.log_in(PRACTICE_KEY)

    assert (answer.status, answer.code) == (502, "service_answered_nonsense")
    assert answer.cookies == []
    assert (await browser.status())["signed_in"] is False


async def test_what_was_found_out_about_a_key_survives_an_outage(browser, server, api):
    await browser.log_in(PRACTICE_KEY)
    await api.set_mode("down")

    answer = await server.browser().log_in(PRACTICE_KEY)

    credential = answer.json["credential"]
    assert (credential["state"], credential["cause"]) == ("accepted", "connect")
    assert credential["holder"] == {"name": ADA.name, "email": ADA.email}
    assert answer.json["account"]["display_name"] == ADA.name


async def test_the_same_key_in_another_browser_is_the_same_account(server, browser):
    first = await browser.log_in(PRACTICE_KEY)
    second = await server.browser().log_in(PRACTICE_KEY)

    assert first.json["account"] == second.json["account"]
    assert first.cookie != second.cookie


async def test_another_key_is_another_account(server, browser):
    first = await browser.log_in(PRACTICE_KEY)
    second = await server.browser().log_in(PRACTICE_KEY_2)

    assert first.json["account"]["id"] != second.json["account"]["id"]
    assert second.json["account"]["display_name"] == BEN.name


async def test_a_log_in_ends_the_session_that_the_browser_had(server, browser):
    former = await browser.log_in(PRACTICE_KEY)
    latter = await browser.log_in(PRACTICE_KEY_2)

    stranger = server.browser(cookies=False)
    assert (await stranger.status(headers={"Cookie": former.cookie}))["signed_in"] is False
    assert (await stranger.status(headers={"Cookie": latter.cookie}))["signed_in"] is True


async def test_a_log_in_that_fails_leaves_the_session_as_it_was(browser):
    await browser.log_in(PRACTICE_KEY)
    await browser.log_in(UNKNOWN_KEY)

    assert (await browser.status())["account"]["display_name"] == ADA.name


async def test_a_session_and_its_key_survive_a_restart(start_server, browser):
    signed_in = await browser.log_in(PRACTICE_KEY)
    restarted = await start_server()

    status = await restarted.browser().status(headers={"Cookie": signed_in.cookie})

    assert status["account"] == signed_in.json["account"]
    assert status["credential"] == signed_in.json["credential"]


async def test_two_clicks_on_log_in_are_one_account_and_both_succeed(browser, server):
    first, second = await asyncio.gather(browser.log_in(PRACTICE_KEY), browser.log_in(PRACTICE_KEY))

    assert (first.status, second.status) == (201, 201)
    assert first.json["account"]["id"] == second.json["account"]["id"]
    assert (await browser.status())["signed_in"] is True


async def test_it_answers_under_api_too(browser):
    answer = await browser.post("/api/passport/session/api-key", {"api_key": PRACTICE_KEY})
    assert answer.status == 201
    assert (await browser.get("/api/passport/status")).json["signed_in"] is True


class TestOverPlainHttpFromElsewhere:
    async def test_the_person_must_confirm_first(self, browser, api):
        answer = await browser.post("session/api-key", {"api_key": PRACTICE_KEY}, headers=ELSEWHERE)

        assert (answer.status, answer.code) == (403, "insecure_connection")
        assert answer.json["error"]["details"] == {"confirm": "accept_insecure"}
        assert api.calls == []

    async def test_a_confirmed_log_in_goes_through(self, browser):
        body = {"api_key": PRACTICE_KEY, "accept_insecure": True}
        answer = await browser.post("session/api-key", body, headers=ELSEWHERE)
        assert answer.status == 201

    async def test_the_status_says_that_it_must_be_confirmed(self, browser):
        here = (await browser.status())["methods"]
        elsewhere = (await browser.status(headers=ELSEWHERE))["methods"]

        method = {
            "id": "api-key",
            "label": None,
            "enabled": True,
            "reason": None,
            "ways": ["key"],
            "needs_confirmation": False,
        }
        assert here[-1] == method
        assert elsewhere[-1] == {**method, "needs_confirmation": True}
