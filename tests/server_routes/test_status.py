"""GET status: exact fields, and cheap."""

from __future__ import annotations

import re
import time

import pytest
from passport.dev.practice import ADA, PRACTICE_KEY, PRACTICE_KEY_2
from passport.version import VERSION

FIELDS = {
    "version",
    "signed_in",
    "account",
    "session",
    "methods",
    "preferred_method",
    "registration",
    "mail",
    "has_owner",
    "server_name",
    "credential",
    "run",
    "warnings",
}
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


def method(name: str, ways: list[str], reason: str | None = None) -> dict[str, object]:
    """A method as somebody on the machine itself sees it."""
    return {
        "id": name,
        "label": None,
        "enabled": bool(ways),
        "reason": reason,
        "ways": ways,
        "needs_confirmation": False,
    }


async def test_signed_out(server, browser):
    status = await browser.status()
    assert status == {
        "version": VERSION,
        "signed_in": False,
        "account": None,
        "session": None,
        "methods": [
            method("email", ["password"]),
            method("google", [], "not_set_up"),
            method("github", [], "not_set_up"),
            method("comfy", ["hand_over"]),
            method("api-key", ["key"]),
        ],
        "preferred_method": "email",
        "registration": {"mode": "open", "enabled": True, "reason": None, "needs": None},
        "mail": {"enabled": False},
        "has_owner": False,
        "server_name": f"comfyui-{server.services.store_id}",
        "credential": None,
        "run": {"uses": "none", "mask": None},
        "warnings": [],
    }


@pytest.mark.asvs("13.4.6")
async def test_a_stranger_does_not_learn_the_version(server, owner):
    far = {"Host": "192.168.1.20"}
    assert (await server.browser(place=far).status())["version"] is None
    assert (await owner.status(headers=far))["version"] == VERSION, "who is logged in does"


async def test_signed_in(browser):
    logged_in = (await browser.log_in(PRACTICE_KEY)).json

    status = await browser.status()

    assert set(status) == FIELDS
    assert status["signed_in"] is True
    assert status["account"] == logged_in["account"]
    assert set(status["account"]) == ACCOUNT_FIELDS
    assert status["has_owner"] is True
    assert re.fullmatch("[0-9a-f]{32}", status["session"].pop("id"))
    assert status["session"] == {
        "created_at": "2026-11-23T02:00:00Z",
        "expires_at": "2027-02-21T02:00:00Z",
        "shared_computer": False,
    }
    assert status["credential"] == logged_in["credential"]
    assert status["run"] == {"uses": "account", "mask": f"comfyui-…{PRACTICE_KEY[-4:]}"}


async def test_it_asks_no_remote_service_whatever_the_state(browser, api):
    await browser.status()
    assert api.calls == []
    await browser.log_in(PRACTICE_KEY)
    calls = len(api.calls)
    await api.set_mode("slow", slow_seconds=5)

    began = time.perf_counter()
    for _ in range(20):
        await browser.status()

    assert len(api.calls) == calls
    assert time.perf_counter() - began < 2


async def test_it_says_that_a_run_would_use_the_machine(start_server):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    run = (await server.browser().status())["run"]
    assert run == {"uses": "machine", "mask": f"comfyui-…{PRACTICE_KEY[-4:]}"}


async def test_the_account_comes_before_the_machine(start_server):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY_2)
    browser = server.browser()
    await browser.log_in(PRACTICE_KEY)

    assert (await browser.status())["run"]["uses"] == "account"
    assert await browser.run_uses() == "account"
    await browser.delete("credentials/comfy")
    server.clock.advance(seconds=1)  # a run that was queued before goes to nobody else
    assert (await browser.status())["run"]["uses"] == "machine"
    assert await browser.run_uses() == "machine"


async def test_a_broken_machine_key_is_none(start_server):
    browser = (await start_server(COMFY_API_KEY="not a key")).browser()
    assert (await browser.status())["run"]["uses"] == "none"


async def test_an_unlisted_name_is_warned_of(browser):
    status = await browser.status(headers={"Host": "studio.example"})

    (warning,) = status["warnings"]
    assert set(warning) == {"code", "message"}
    assert warning["code"] == "host_not_listed"
    methods = {method["id"]: method for method in status["methods"]}
    email, api_key = methods["email"], methods["api-key"]
    assert (email["enabled"], email["reason"]) == (False, "insecure_connection")
    assert (api_key["enabled"], api_key["reason"]) == (True, None)
    assert status["preferred_method"] == "api-key"


async def test_a_listed_name_is_not(start_server):
    server = await start_server(PASSPORT_ALLOWED_HOSTS="studio.example, *.lan.example")
    browser = server.browser()
    for host in ("studio.example", "STUDIO.example:8188", "a.lan.example"):
        assert (await browser.status(headers={"Host": host}))["warnings"] == []
    assert (await browser.status(headers={"Host": "lan.example"}))["warnings"]


@pytest.mark.parametrize("host", ["192.168.1.20", "[fe80::1]:8188", "localhost", "10.0.0.1:80"])
async def test_addresses_need_no_listing(browser, host):
    assert (await browser.status(headers={"Host": host}))["warnings"] == []


async def test_it_never_shows_the_name_of_another_person(server, browser):
    await server.browser().log_in(PRACTICE_KEY)
    text = (await browser.get("status")).body.decode()
    assert ADA.name not in text
    assert ADA.email not in text
