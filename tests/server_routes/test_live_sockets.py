"""Websockets of a session are cut within a second of its end, and no others."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import aiohttp
import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL = "ada@example.org"
SOON_SECONDS = 0.6
PROMPT_SECONDS = 1.5
"""A second, and what a busy machine takes."""


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    """Most of these tests wait for what does not happen: they do so in less than a second."""
    monkeypatch.setattr("passport.server_routes.live_sockets.LOOK_EVERY_SECONDS", 0.1)


@pytest.fixture
async def open_socket():
    """`await open_socket(browser)`: a websocket to ComfyUI's /ws under the browser's cookies."""
    opened: list[aiohttp.ClientWebSocketResponse] = []

    async def connect(browser, path="/ws", **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        socket = await browser.session.ws_connect(browser.url + path, headers=sent)
        opened.append(socket)
        return socket

    yield connect
    for socket in opened:
        await socket.close()


async def is_open(socket, seconds: float = SOON_SECONDS) -> bool:
    """Whether it is still open after so long; returns as soon as it is not."""
    with suppress(asyncio.TimeoutError):
        message = await asyncio.wait_for(socket.receive(), seconds)
        assert message.type in (
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
            aiohttp.WSMsgType.CLOSE,
        )
        return False
    return True


async def are_open(*sockets) -> list[bool]:
    return list(await asyncio.gather(*(is_open(socket) for socket in sockets)))


@pytest.fixture
async def phone(server, ada):
    """Ada's other browser."""
    browser = server.browser()
    await browser.log_in_by_mail(EMAIL)
    return browser


@pytest.fixture
async def sockets(open_socket, server, owner, ada, phone, ben):
    """One of Ada's, one of her phone's, one of Ben's, one of nobody's."""
    return [await open_socket(browser) for browser in (ada, phone, ben, server.browser())]


async def session_id(browser) -> str:
    return (await browser.status())["session"]["id"]


async def test_they_stay_open_while_their_sessions_last(sockets):
    assert await are_open(*sockets) == [True, True, True, True]


@pytest.mark.asvs("4.4.3")
@pytest.mark.threat(6)
async def test_ending_one_session(sockets, ada, phone):
    await ada.delete(f"sessions/{await session_id(phone)}")
    assert await are_open(*sockets) == [True, False, True, True]


async def test_ending_all_others(sockets, ada):
    await ada.delete("sessions")
    assert await are_open(*sockets) == [True, False, True, True]


async def test_everywhere(sockets, ada):
    await ada.delete("sessions?everywhere=true")
    assert await are_open(*sockets) == [False, False, True, True]


@pytest.mark.asvs("4.4.3")
async def test_logging_out(sockets, phone):
    await phone.delete("session")
    assert await are_open(*sockets) == [True, False, True, True]


async def test_logging_in_anew_in_the_same_browser(sockets, phone):
    await phone.log_in_by_mail(EMAIL)
    assert await are_open(*sockets) == [True, False, True, True]


async def test_disabling_the_account(sockets, owner, ada):
    await owner.put(f"accounts/{await ada.account_id()}/state", {"state": "disabled"})
    assert await are_open(*sockets) == [False, False, True, True]


async def test_the_owner_logging_the_person_out(sockets, owner, ada):
    await owner.delete(f"accounts/{await ada.account_id()}/sessions")
    assert await are_open(*sockets) == [False, False, True, True]


async def test_a_new_password(sockets, ada):
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    await ada.put("account/password", change)
    assert await are_open(*sockets) == [True, False, True, True]


async def test_a_reset(sockets, server, owner, ada):
    made = (await owner.post(f"accounts/{await ada.account_id()}/password-reset")).json
    body = {"token": made["token"], "new_password": OTHER_PASSWORD}
    assert (await server.browser().post("password-resets/confirm", body)).status == 204
    assert await are_open(*sockets) == [False, False, True, True]


async def test_a_session_that_runs_out_unused(open_socket, server, ada):
    shared = server.browser()
    await shared.log_in_by_mail(EMAIL, shared_computer=True)
    sockets = [await open_socket(shared), await open_socket(ada)]
    server.clock.advance(minutes=31)
    assert await are_open(*sockets) == [False, True]


async def test_a_session_that_somebody_else_ended_in_the_store(sockets, server, phone):
    """Another ComfyUI on the same store, or the command line: no call came by here."""
    ended = await session_id(phone)
    with server.services.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM sessions WHERE id = ?", (ended,))
    assert await are_open(*sockets) == [True, False, True, True]


async def test_two_accounts_that_become_one_keep_theirs(open_socket, server, owner, ada):
    by_key = server.browser()
    await by_key.log_in(PRACTICE_KEY)
    sockets = [await open_socket(by_key), await open_socket(ada)]
    answer = await by_key.post("identities/email", {"email": EMAIL, "password": PASSWORD})
    assert answer.json["merged"] is True
    assert await are_open(*sockets) == [True, True]


async def test_several_of_one_session_are_all_cut(open_socket, server, phone, ada):
    sockets = [await open_socket(phone) for _ in range(5)]
    sockets.append(await open_socket(phone, "/api/ws"))
    await ada.delete("sessions")
    assert await are_open(*sockets) == [False] * 6


class TestAtItsOwnPace:
    @pytest.fixture(autouse=True)
    def look_often(self):
        """No more often than it does."""

    async def test_it_takes_a_second_at_most(self, open_socket, ada, phone):
        socket = await open_socket(phone)
        await ada.delete("sessions")
        began = time.perf_counter()
        assert not await is_open(socket, 5)
        assert time.perf_counter() - began <= PROMPT_SECONDS


async def test_a_client_that_does_not_read_is_cut_too(server, ada, phone):
    """A server that waited until it has taken what is on its way would wait for ever."""
    from urllib.parse import urlsplit

    target = urlsplit(server.url)
    (cookie,) = phone.session.cookie_jar
    reader, writer = await asyncio.open_connection(target.hostname, target.port, limit=1)
    lines = [
        "GET /ws?flood HTTP/1.1",
        f"Host: {target.netloc}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Cookie: {cookie.key}={cookie.value}",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    while not server.live_sockets._connections:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)  # until all buffers on the way are full

    await ada.delete("sessions")

    for _ in range(30):
        if not server.live_sockets._connections:
            break
        await asyncio.sleep(0.05)
    assert not server.live_sockets._connections
    writer.transport.abort()
    del reader


async def test_what_a_closed_socket_held_is_let_go(open_socket, server, ada):
    socket = await open_socket(ada)
    assert len(server.live_sockets._connections) == 1
    await socket.close()
    await asyncio.sleep(0.1)
    assert server.live_sockets._connections == {}


async def test_without_a_session_none_is_watched(open_socket, server, owner):
    """Strangers, foreign pages and forged cookies open ComfyUI's socket as before."""
    stranger = server.browser(cookies=False)
    name = f"passport_{server.services.store_id}"
    (cookie,) = owner.session.cookie_jar
    sockets = [
        await open_socket(stranger),
        await open_socket(stranger, Cookie=f"{name}={'A' * 43}"),
        await open_socket(
            stranger, Cookie=f"{cookie.key}={cookie.value}", Origin="https://evil.example"
        ),
    ]
    assert server.live_sockets._connections == {}
    await owner.delete("sessions?everywhere=true")
    assert await are_open(*sockets) == [True, True, True]


@pytest.mark.asvs("4.4.3")
async def test_a_session_that_has_ended_opens_no_socket_of_its_own(open_socket, server, ada):
    (cookie,) = ada.session.cookie_jar
    await ada.delete("session")
    replayed = f"{cookie.key}={cookie.value}"
    await open_socket(server.browser(cookies=False), Cookie=replayed)
    assert server.live_sockets._connections == {}


async def test_a_store_that_cannot_be_asked_cuts_nobody_and_is_asked_again(
    sockets, server, ada, monkeypatch
):
    sessions = server.services.accounts.sessions
    ask, asked = sessions.find_living, []

    def fail_at_first(ids):
        asked.append(1)
        if len(asked) < 3:
            raise RuntimeError("no matter")
        return ask(ids)

    monkeypatch.setattr(sessions, "find_living", fail_at_first)
    await asyncio.sleep(0.3)
    assert asked
    await ada.delete("sessions")
    assert await are_open(*sockets) == [True, False, True, True]


async def test_a_store_that_cannot_be_asked_for_a_minute_cuts_all_it_would_have_to_believe(
    sockets, server, monkeypatch
):
    from passport.server_routes import live_sockets
    from passport.storage.failures import unreachable

    def fail(_):
        raise unreachable()

    assert live_sockets.OUTAGE_BRIDGED_SECONDS == 60
    monkeypatch.setattr(live_sockets, "OUTAGE_BRIDGED_SECONDS", 1)
    monkeypatch.setattr(server.services.accounts.sessions, "find_living", fail)
    assert await is_open(sockets[0], 0.2)
    assert not await is_open(sockets[0], 10)
    assert await are_open(*sockets[1:]) == [False, False, True]
