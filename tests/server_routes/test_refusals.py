"""Which refused calls the owner finds in the activity of the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from passport.accounts.throttle import LOG_IN_ACCOUNT_HERE
from passport.server_routes.refusals import WRITTEN_DOWN

FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
FORGED = "cpp_" + "0" * 49
LOCALE = Path(__file__).parents[2] / "locales" / "en" / "main.json"


async def refused(server, owner):
    """What the owner reads: kind, count, and whose account and network it was."""
    server.services.refusals.write()
    events = (await owner.get("audit?everyone=true")).json["events"]
    return [
        (
            event["details"]["kind"],
            event["details"]["count"],
            event["account"] and event["account"]["email"],
            event["address"],
        )
        for event in events
        if event["action"] == "calls_refused"
    ]


@pytest.mark.asvs("16.3.2")
async def test_a_call_that_somebody_may_not_make(server, owner, ada):
    for _ in range(2):
        assert (await ada.get("accounts")).status == 403
    assert await refused(server, owner) == [("owner_only", 2, "ada@example.org", "127.0.0.0/24")]


@pytest.mark.asvs("16.3.3")
@pytest.mark.parametrize(
    ("kind", "method", "path", "more"),
    [
        ("foreign_request", "POST", "accounts", {"headers": FOREIGN}),
        ("missing_passport_header", "POST", "accounts", {"headers": {"X-Passport": None}}),
        ("api_key_not_good", "GET", "account", {"headers": {"X-API-Key": FORGED}}),
        ("api_key_not_good", "GET", "/unrelated", {"headers": {"X-API-Key": FORGED}}),
        ("token_invalid", "POST", "email-verifications/confirm", {"body": {"token": "A" * 43}}),
    ],
)
async def test_tries_to_get_round_the_checks(server, owner, kind, method, path, more):
    stranger = server.browser()
    assert (await stranger.call(method, path, **more)).status >= 400
    assert await refused(server, owner) == [(kind, 1, None, "127.0.0.0/24")]


@pytest.mark.asvs("16.3.3")
async def test_a_server_called_by_a_name_that_is_not_listed(start_server):
    server = await start_server(PASSPORT_TRUSTED_PROXIES="127.0.0.1")
    owner = server.browser()
    assert (await owner.register("olga@example.org")).status == 201
    place = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "Host": "evil.example",
    }
    answer = await server.browser(place=place).log_in_by_mail("olga@example.org")
    assert (answer.status, answer.code) == (403, "host_not_listed")
    assert ("host_not_listed", 1, None, "203.0.113.0/24") in await refused(server, owner)


@pytest.mark.asvs("16.3.3")
async def test_guesses_that_are_slowed_down(server, owner):
    stranger = server.browser()
    for _ in range(LOG_IN_ACCOUNT_HERE.tries + 3):
        await stranger.log_in_by_mail("olga@example.org", "a guess")
    assert await refused(server, owner) == [("too_many_tries", 3, None, "127.0.0.0/24")]


@pytest.mark.asvs("16.3.3")
async def test_a_forged_way_back_from_a_provider(start_server):
    client = {"PASSPORT_GITHUB_CLIENT_ID": "practice", "PASSPORT_GITHUB_CLIENT_SECRET": "practice"}
    server = await start_server(**client)
    owner = server.browser()
    assert (await owner.register("olga@example.org")).status == 201
    answer = await server.browser().get("oauth/github/callback?state=forged&code=forged")
    assert answer.status == 410
    assert await refused(server, owner) == [("flow_invalid", 1, None, "127.0.0.0/24")]


async def test_what_only_asks_for_more_is_not_written_down(server, owner, ada):
    server.clock.advance(minutes=10)
    answer = await ada.post("account/export", {})
    assert (answer.status, answer.code) == (403, "reauthentication_required")
    assert await refused(server, owner) == []


async def test_others_see_only_what_was_refused_to_them(server, owner, ada, ben):
    await ben.get("accounts")
    server.services.refusals.write()
    seen = (await ada.get("audit")).json["events"]
    assert "calls_refused" not in {event["action"] for event in seen}


def test_each_kind_has_a_text_in_the_panel():
    texts = json.loads(LOCALE.read_text(encoding="utf-8"))["passport"]["refused"]
    assert texts.keys() == {error.code for error in WRITTEN_DOWN}
