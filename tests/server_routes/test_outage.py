"""While the store cannot be asked: who was known reads on for a minute, and changes nothing."""

from __future__ import annotations

import pytest
from passport.storage.failures import unreachable
from passport.tests.server_routes.passport_server import PASSWORD

CHANGES = [
    ("PATCH", "account", {"display_name": "Eve"}),
    ("POST", "session/reauthentication", {"password": PASSWORD}),
    ("POST", "api-keys", {"name": "script"}),
    ("POST", "tickets", None),
    ("PUT", "node-packs/x", {"decision": "always"}),
    ("DELETE", "sessions", None),
    ("POST", "account/export", {"password": PASSWORD}),
    ("GET", "accounts", None),
]


@pytest.fixture
def lose(server, monkeypatch):
    """Call it: nobody can be looked up any more. Everything else of the store still works, so
    that what is refused is refused on purpose.
    """

    def fail(*_):
        raise unreachable()

    def go():
        monkeypatch.setattr(server.services.accounts.sessions, "_load", fail)
        monkeypatch.setattr(server.services.accounts.api_keys, "_load", fail)

    return go


async def tries(browser) -> list[str | None]:
    """What each change is answered with: its error's code, or None."""
    answers = [await browser.call(*change) for change in CHANGES]
    return [answer.code if answer.status >= 400 else None for answer in answers]


async def test_for_a_moment_all_goes_on(owner, lose, server):
    await owner.status()
    lose()
    server.clock.advance(seconds=4)
    assert (await owner.call("PATCH", "account", {"display_name": "Olga"})).status == 200


async def test_after_five_seconds_what_is_sensitive_is_refused_and_reading_goes_on(
    owner, lose, server
):
    await owner.status()
    lose()
    server.clock.advance(seconds=5)
    assert await tries(owner) == ["database_unreachable"] * len(CHANGES)
    assert (await owner.status())["signed_in"] is True
    assert (await owner.get("account")).status == 200
    assert (await owner.get("/who")).json["signed_in"] is True


async def test_after_a_minute_nobody_is_known_and_nobody_is_told_that_they_are_a_stranger(
    owner, lose, server
):
    await owner.status()
    lose()
    server.clock.advance(seconds=59)
    assert (await owner.get("/who")).json["signed_in"] is True
    server.clock.advance(seconds=1)
    assert (await owner.get("/who")).json["signed_in"] is False
    for answer in (await owner.get("status"), await owner.get("account")):
        assert (answer.status, answer.code) == (503, "database_unreachable")


async def test_whoever_shows_nothing_gets_the_status_as_ever(server, owner, lose):
    lose()
    assert (await server.browser().status())["signed_in"] is False


async def test_a_cancelled_account_runs_nothing_then_either(server, ada, lose):
    assert (await ada.post("account/cancel", {"password": PASSWORD})).status == 200
    await ada.status()
    lose()
    server.clock.advance(seconds=30)
    assert (await ada.post("/prompt", {"prompt": {}})).code == "account_cancelled"


async def test_with_the_store_comes_everything(server, owner, lose, monkeypatch):
    await owner.status()
    lose()
    server.clock.advance(minutes=5)
    assert (await owner.get("status")).status == 503
    monkeypatch.undo()
    assert (await owner.status())["signed_in"] is True
