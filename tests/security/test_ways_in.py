"""Nobody makes themselves a way into somebody's account, or into the server.

Neither a program with an API key of the account, whatever its scopes, nor whoever sits down at a
browser whose person was not proved for a while.
"""

from __future__ import annotations

import pytest
from passport.accounts.principals import SCOPES
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.passport_server import PASSWORD
from passport.tests.server_routes.programs import grow_stale, program_of

MINE = {"secret": PRACTICE_KEY_2}
MAIL = {"email": "eve@example.org", "password": PASSWORD}
WAYS_IN = (
    ("PUT", "credentials/comfy", MINE),
    ("PUT", "credentials/comfy", {**MINE, "link_accounts": True}),
    ("POST", "identities/email", MAIL),
    ("POST", "oauth/google/start", {"purpose": "link"}),
    ("POST", "device/google", {"purpose": "link"}),
    ("POST", "api-keys", {"name": "mine"}),
)
OWNERS_WAYS_IN = (
    ("POST", "accounts/{id}/password-reset", None),
    ("POST", "invitations", {}),
)


async def ways_in(browser) -> list[tuple[str, str]]:
    identities = (await browser.get("account")).json["identities"]
    return [(identity["kind"], identity["created_at"]) for identity in identities]


@pytest.fixture
async def by_key(server):
    """Somebody whose API key is their only way in."""
    browser = server.browser()
    await browser.log_in(PRACTICE_KEY)
    return browser


@pytest.mark.parametrize(("method", "path", "body"), WAYS_IN)
@pytest.mark.asvs("7.5.1")
async def test_advisory_at_an_unlocked_screen(server, by_key, method, path, body):
    before = await ways_in(by_key)
    grow_stale(server)

    answer = await by_key.call(method, path, body)

    assert answer.code == "reauthentication_required", answer.body
    assert answer.json["error"]["details"]["methods"] == ["comfy-api-key"]
    assert await ways_in(by_key) == before
    (kept,) = (await by_key.get("credentials")).json["credentials"]
    assert kept["mask"].endswith(PRACTICE_KEY[-4:])
    assert (await by_key.post("session/reauthentication", {"api_key": PRACTICE_KEY})).status == 204
    assert b"reauthentication_required" not in (await by_key.call(method, path, body)).body


@pytest.mark.parametrize(("method", "path", "body"), OWNERS_WAYS_IN)
async def test_advisory_at_the_unlocked_screen_of_the_owner(server, owner, method, path, body):
    path = path.format(id=await owner.account_id())
    grow_stale(server)
    assert (await owner.call(method, path, body)).code == "reauthentication_required"
    await owner.post("session/reauthentication", {"password": PASSWORD})
    assert (await owner.call(method, path, body)).status == 201


@pytest.mark.parametrize("scopes", [*((scope,) for scope in SCOPES), SCOPES])
async def test_advisory_with_a_programs_api_key(server, ada, scopes):
    program = await program_of(server, ada, *scopes)
    before = await ways_in(ada)

    for method, path, body in WAYS_IN:
        await program.call(method, path, body)

    assert await ways_in(ada) == before
    me = await ada.account_id()
    by_key = await server.browser().log_in(PRACTICE_KEY_2)
    assert by_key.status != 201 or by_key.json["account"]["id"] != me
    by_mail = await server.browser().log_in_by_mail(MAIL["email"])
    assert by_mail.status != 201


async def test_what_a_program_stores_serves_runs_alone(server, by_key):
    me = await by_key.account_id()
    program = await program_of(server, by_key, "manage")

    stored = await program.call("PUT", "credentials/comfy", MINE)

    assert stored.status == 200
    assert (await by_key.get("credentials")).json["credentials"] == [stored.json["credential"]]
    assert (await server.browser().log_in(PRACTICE_KEY_2)).json["account"]["id"] != me
    assert (await server.browser().log_in(PRACTICE_KEY)).json["account"]["id"] == me


async def test_a_program_makes_no_two_accounts_one(server, by_key):
    other = server.browser()
    await other.log_in(PRACTICE_KEY_2)
    program = await program_of(server, by_key, "manage")
    answer = await program.call("PUT", "credentials/comfy", {**MINE, "link_accounts": True})
    assert (answer.status, answer.code) == (403, "session_needed")
    assert (await other.status())["signed_in"] is True


async def test_the_key_that_logs_in_already_may_be_entered_again_at_any_time(server, by_key):
    await by_key.delete("credentials/comfy")
    grow_stale(server)
    assert (await by_key.put("credentials/comfy", {"secret": PRACTICE_KEY})).status == 200
