"""Many connections, slow ones and large ones: what they hold is bounded, and others go on."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from passport.accounts.passwords import MOST_WAITING, Passwords
from passport.server_routes import request_body
from passport.server_routes.table import ROUTES
from passport.tests.backend.fixtures import CHEAP
from passport.tests.server_routes.every_route import BODIES, CHANGING_CALLS, fill
from passport.tests.server_routes.passport_server import PASSWORD
from passport.tests.server_routes.places import LISTED, PROXIED, forwarded
from passport.tests.server_routes.programs import cookie_of
from passport.tests.server_routes.raw_http import ask, send

if TYPE_CHECKING:
    from typing_extensions import Self

SLOW_ONES = 200
PROMISED_BYTES = 1000
SENT_AWAY = 30
HELD_SECONDS = 20
WITH_A_BODY = [(method, path) for method, path, body in CHANGING_CALLS if body is not None]


def begin(method: str, path: str, *headers: str) -> str:
    """A request whose body is promised and does not come."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "X-Passport: 1", *headers]
    lines += ["Content-Type: application/json", f"Content-Length: {PROMISED_BYTES}"]
    return "\r\n".join([*lines, "", "{"])


class Slow:
    """Connections that have begun a request and say no more."""

    def __init__(self, url: str) -> None:
        self.target = urlsplit(url)
        self.open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _, writer in self.open:
            writer.transport.abort()

    async def ask(self, text: str) -> tuple[int, str]:
        """Say it, and read the answer; the server may wait on for what was promised."""
        await self.say(text)
        reader, _ = self.open[-1]
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"Content-Length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        return int(head.split(" ")[1]), body.decode()

    async def say(self, text: str) -> None:
        connection = await asyncio.open_connection(self.target.hostname, self.target.port)
        self.open.append(connection)
        connection[1].write(text.encode())
        await connection[1].drain()


@pytest.fixture
async def slow(server):
    await server.browser().status()
    async with Slow(server.url) as slow:
        yield slow


@pytest.mark.asvs("15.2.2", "13.2.6")
@pytest.mark.parametrize(
    "text",
    [
        "GET /passport/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A",
        begin("POST", "/passport/session/email"),
        begin("POST", "/passport/session/api-key"),
        begin("POST", "/passport/accounts"),
        begin("POST", "/api/passport/password-strength"),
    ],
    ids=["half a head", "log-in", "log-in by key", "registration", "strength"],
)
async def test_whoever_says_half_of_it_keeps_nobody_waiting(server, ada, slow, text):
    """They hold a connection each, and nothing that others need: no thread, no lock, no place in a
    queue. Whoever comes after them is served while all of them still wait.
    """
    for _ in range(SLOW_ONES):
        await slow.say(text)

    assert (await ada.status())["signed_in"] is True
    assert (await server.browser().log_in_by_mail("ada@example.org")).status == 201
    assert (await ada.get("/unrelated")).status == 200
    assert not any(reader.at_eof() for reader, _ in slow.open), "they all still wait"


@pytest.mark.asvs("15.2.2")
async def test_a_body_that_does_not_come_is_waited_for_no_longer_than_any_needs(
    server, owner, slow, monkeypatch
):
    monkeypatch.setattr(request_body, "LONGEST_WAIT_SECONDS", 0.05)
    header = f"Cookie: {cookie_of(owner)}"
    before = server.kept()
    for method, path in WITH_A_BODY:
        status, body = await slow.ask(begin(method, f"/passport/{path}", header))
        assert (status, json.loads(body)["error"]["code"]) == (408, "body_too_slow"), path
    assert server.kept() == before


async def test_strangers_are_sent_away_before_their_body_is_waited_for(slow):
    for route in ROUTES:
        if not route.access.public and BODIES.get(route[:2]) is not None:
            status, _ = await slow.ask(begin(route.method, f"/passport/{fill(route.path)}"))
            assert status == 401, route.path


@pytest.fixture
def held(monkeypatch) -> Iterator[threading.Event]:
    """Every comparison of a password waits until this is set."""
    release = threading.Event()

    def hold(*_: object) -> bool:
        if not release.wait(HELD_SECONDS):
            release.set()  # nobody was sent away: let all of them end
        return False

    monkeypatch.setattr(Passwords, "_verify", hold)
    yield release
    release.set()


@pytest.mark.asvs("15.2.2")
@pytest.mark.threat(13)
async def test_of_more_log_ins_than_can_wait_the_rest_is_sent_away_at_once(start_server, held):
    """From as many networks, so that nothing but the queue's end stops them."""
    server = await start_server(**PROXIED)
    await server.browser().status()
    places = CHEAP["workers"] + MOST_WAITING

    async def knock(number: int):
        place = forwarded(LISTED, "https", **{"X-Forwarded-For": f"198.18.{number}.7"})
        browser = server.browser(cookies=False, place=place)
        return await browser.log_in_by_mail(f"person{number}@example.org")

    knocking = [asyncio.create_task(knock(number)) for number in range(places + SENT_AWAY)]
    refused = []
    for done in asyncio.as_completed(knocking):
        refused.append(await done)
        if len(refused) == SENT_AWAY:
            break

    assert {(answer.status, answer.code) for answer in refused} == {(503, "server_busy")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert (await server.browser().get("/unrelated")).status == 200
    assert (await server.browser().status())["signed_in"] is False
    assert sum(task.done() for task in knocking) == SENT_AWAY, "the others still wait"
    held.set()
    answers = await asyncio.gather(*knocking)
    assert sorted(answer.status for answer in answers) == [401] * places + [503] * SENT_AWAY


@pytest.mark.asvs("6.2.9")
async def test_a_password_of_any_length_costs_no_more_than_one(server, ada):
    for length in (129, 10_000, 60_000):
        answer = await server.browser().log_in_by_mail("ada@example.org", "x" * length)
        assert (answer.status, answer.code) == (401, "email_or_password_wrong")
    assert (await server.browser().log_in_by_mail("ada@example.org", PASSWORD)).status == 201


async def test_many_headers_and_long_ones_are_no_fault_of_ours(server, caplog):
    await server.browser().status()
    for headers in (
        tuple(f"X-A{n}: b" for n in range(2000)),
        ("Cookie: " + "; ".join(f"passport_{n}=x" for n in range(200)),),
        ("Authorization: Bearer " + "cpp_" * 2000,),
        ("X-Forwarded-For: " + ", ".join(["127.0.0.1"] * 500),),
    ):
        answer = await send(server.url, ask("GET", "/passport/status", headers=headers))
        assert answer.status in (200, 400, 401, 431), answer.head
    assert "Passport failed" not in caplog.text
