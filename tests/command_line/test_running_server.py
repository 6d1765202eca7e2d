"""While ComfyUI runs: what is done at the command line holds there within a second."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest
from passport.clock import utc_now
from passport.tests.backend.people import ADA, OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.fixtures import StartServer
from passport.tests.server_routes.passport_server import Browser, PassportServer

from .program import Program, Said

SOON_SECONDS = 2.5
"""A second by design; the rest is for a machine that has others to serve."""


@pytest.fixture
async def running(start_server: StartServer, store: Path) -> PassportServer:
    """A server on that store, with a clock that goes."""
    server = await start_server(data_folder=store)
    server.clock = utc_now  # type: ignore[assignment]
    return server


@pytest.fixture
async def ada(running: PassportServer) -> Browser:
    browser = running.browser()
    assert (await browser.register(ADA, PASSWORD)).status == 201
    assert (await browser.status())["signed_in"] is True
    return browser


async def run(program: Program, *arguments: str, typed: str = "") -> Said:
    said = await asyncio.to_thread(lambda: program(*arguments, typed=typed))
    assert said.code == 0, said
    return said


async def open_socket(browser: Browser) -> aiohttp.ClientWebSocketResponse:
    return await browser.session.ws_connect(f"{browser.url}/ws")


async def wait_until_logged_out(browser: Browser) -> float:
    started = time.monotonic()
    while (await browser.status())["signed_in"]:
        assert time.monotonic() - started < SOON_SECONDS
        await asyncio.sleep(0.05)
    return time.monotonic() - started


async def wait_until_closed(socket: aiohttp.ClientWebSocketResponse) -> None:
    message = await asyncio.wait_for(socket.receive(), SOON_SECONDS)
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        (["revoke-sessions", ADA, "--yes"], ""),
        (["reset-password", ADA, "--set", "--yes"], OTHER_PASSWORD),
    ],
    ids=["revoke-sessions", "reset-password"],
)
async def test_a_session_and_its_socket_end(
    program: Program, ada: Browser, command: list[str], typed: str
) -> None:
    socket = await open_socket(ada)
    await run(program, *command, typed=typed)
    await asyncio.gather(wait_until_logged_out(ada), wait_until_closed(socket))
    password = typed or PASSWORD
    answer = await ada.post("session/email", {"email": ADA, "password": password})
    assert answer.status == 201


async def test_a_disabled_person_is_out_until_enabled(
    program: Program, running: PassportServer, ada: Browser
) -> None:
    ben = running.browser()
    assert (await ben.register("ben@example.org", PASSWORD)).status == 201
    socket = await open_socket(ben)
    await run(program, "disable", "ben@example.org", "--yes")
    await asyncio.gather(wait_until_logged_out(ben), wait_until_closed(socket))
    log_in = {"email": "ben@example.org", "password": PASSWORD}
    assert (await ben.post("session/email", log_in)).code == "account_disabled"
    assert (await ada.status())["signed_in"] is True
    await run(program, "enable", "ben@example.org")
    assert (await ben.post("session/email", log_in)).status == 201


async def test_a_reset_code_is_taken_by_the_running_server(program: Program, ada: Browser) -> None:
    token = (await run(program, "reset-password", ADA, "--json")).json["token"]
    body = {"token": token, "new_password": OTHER_PASSWORD}
    assert (await ada.post("password-resets/confirm", body)).status == 204
    answer = await ada.post("session/email", {"email": ADA, "password": OTHER_PASSWORD})
    assert answer.status == 201


async def test_an_owner_made_there_owns_the_running_server(
    program: Program, running: PassportServer
) -> None:
    olga = running.browser()
    assert (await olga.status())["has_owner"] is False
    await run(program, "create-owner", ADA, typed=PASSWORD)
    assert (await olga.status())["has_owner"] is True
    answer = await olga.post("session/email", {"email": ADA, "password": PASSWORD})
    assert answer.json["account"]["role"] == "owner"
    assert (await olga.get("accounts")).status == 200


async def test_an_invitation_made_there_lets_somebody_in(
    program: Program, start_server: StartServer, store: Path
) -> None:
    server = await start_server(data_folder=store, PASSPORT_REGISTRATION="invite")
    server.clock = utc_now  # type: ignore[assignment]
    await run(program, "create-owner", ADA, typed=PASSWORD)
    code = (await run(program, "invite", "--json")).json["code"]
    ben = server.browser()
    assert (await ben.register("ben@example.org")).code == "invitation_needed"
    assert (await ben.register("ben@example.org", invitation=code)).status == 201


async def test_the_running_server_goes_on_with_its_store(program: Program, ada: Browser) -> None:
    """A process that closes the database must not take the files from one that has it open."""
    for command in (["accounts"], ["doctor"], ["invite"]):
        await run(program, *command)
    assert (await ada.call("PATCH", "account", {"display_name": "Ada L"})).status == 200
    assert "Ada L" in (await run(program, "accounts")).out
