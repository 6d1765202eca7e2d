"""GET audit: what happened in one's account, and for the owner on the whole server."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL = "ada@example.org"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


async def events(browser, query=""):
    answer = await browser.get(f"audit{query}")
    assert answer.status == 200
    assert set(answer.json) == {"events", "next_before"}
    return answer.json["events"]


async def actions(browser, query=""):
    return [event["action"] for event in await events(browser, query)]


async def test_what_is_shown_of_each(server, ada):
    browser = server.browser(place={"User-Agent": FIREFOX})
    await browser.log_in_by_mail(EMAIL)

    newest = (await events(ada))[0]

    assert newest == {
        "id": newest["id"],
        "at": "2026-11-23T02:00:00Z",
        "action": "signed_in",
        "address": "127.0.0.1",
        "browser": "Firefox",
        "platform": "Linux",
        "details": {"method": "password"},
        "account": {"id": await ada.account_id(), "display_name": "ada", "email": EMAIL},
    }


async def test_the_life_of_an_account_is_written_down(server, ada):
    await server.browser().log_in_by_mail(EMAIL, "wrong")
    await ada.call("PATCH", "account", {"display_name": "Ada L."})
    await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
    await ada.put("node-packs/friend", {"decision": "always"})
    await ada.delete("node-packs/friend")
    await ada.delete("credentials/comfy")
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    await ada.put("account/password", change)
    await ada.delete("sessions")

    assert list(reversed(await actions(ada))) == [
        "registered",
        "sign_in_failed",
        "renamed",
        "credential_stored",
        "node_pack_allowed",
        "node_pack_taken_back",
        "credential_removed",
        "password_changed",
        "sessions_revoked",
    ]


async def test_no_secret_stands_in_it(server, ada):
    await server.browser().log_in_by_mail(EMAIL, "canary of a wrong password")
    await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
    text = (await ada.get("audit")).body.decode()
    for secret in (PRACTICE_KEY[8:40], PASSWORD, "canary"):
        assert secret not in text


async def test_of_other_people_nothing_is_shown(ada, ben, owner):
    for browser in (ada, ben, owner):
        shown = {event["account"]["id"] for event in await events(browser)}
        assert shown == {await browser.account_id()}


async def test_only_the_word_true_asks_for_everybody(ada):
    for value in ("True", "1", "yes", ""):
        shown = {event["account"]["email"] for event in await events(ada, f"?everyone={value}")}
        assert shown == {EMAIL}


async def test_the_owner_sees_the_whole_server(server, owner, ada):
    await server.browser().log_in_by_mail("nobody@example.org")
    everybody = await events(owner, "?everyone=true")
    assert everybody[0]["action"] == "sign_in_failed"
    assert everybody[0]["account"] is None
    assert "nobody@example.org" not in str(everybody)
    shown = {event["account"]["email"] for event in everybody if event["account"]}
    assert shown == {"olga@example.org", EMAIL}


async def test_nobody_else_does(ada, server):
    answer = await ada.get("audit?everyone=true")
    assert (answer.status, answer.code) == (403, "owner_only")
    answer = await server.browser().get("audit?everyone=true")
    assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_pages(server, ada):
    for n in range(6):
        await ada.call("PATCH", "account", {"display_name": f"name {n}"})
    everything = await events(ada)
    seen, before = [], ""
    while before is not None:
        answer = await ada.get(f"audit?limit=3{before and f'&before={before}'}")
        seen += answer.json["events"]
        before = answer.json["next_before"]
    assert seen == everything
    assert len(seen) == 7


async def test_before_another_persons_event_only_ones_own_are_shown(owner, ada, ben):
    newest = (await events(owner, "?everyone=true"))[0]["id"]
    shown = await events(ada, f"?before={newest}")
    assert {event["account"]["email"] for event in shown} == {EMAIL}


@pytest.mark.parametrize("name", ["before", "limit"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "x", "", "1e3", "٣", "true", "null", "+1", "9" * 30, "1%202", "0x1"]
)
async def test_numbers_that_are_none(ada, name, value):
    answer = await ada.get(f"audit?{name}={value}")
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert answer.json["error"]["details"] == {"field": name}


async def test_a_page_has_two_hundred_at_most(ada):
    assert (await ada.get("audit?limit=200")).status == 200
    assert (await ada.get("audit?limit=201")).status == 422
    assert await events(ada, f"?before={2**62}") == await events(ada)


async def test_a_browser_that_calls_itself_something_odd_is_harmless(server, ada):
    odd = "<script>alert(1)</script>\x1b[2J" + "x" * 5000
    browser = server.browser(place={"User-Agent": odd.replace("\x1b", "")})
    await browser.log_in_by_mail(EMAIL)
    newest = (await events(ada))[0]
    assert (newest["browser"], newest["platform"]) == ("", "")


@pytest.mark.asvs("14.2.7")
async def test_what_is_older_than_the_owner_wants_is_forgotten(server, ada):
    server.clock.advance(days=366)
    server.services.accounts.housekeeping.tidy()
    answer = await ada.log_in_by_mail(EMAIL)
    assert answer.status == 201
    assert await actions(ada) == ["signed_in"]
