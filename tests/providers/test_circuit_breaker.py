"""A service that cannot be reached is left alone for half a minute, and then tried by one call."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from passport.providers import http_calls
from passport.providers.circuit_breaker import (
    FAILURES_TO_OPEN,
    MOST_AT_ONCE,
    MOST_HOSTS,
    OPEN_SECONDS,
    Circuits,
    GivenUp,
)
from passport.providers.errors import ServiceUnreachableError
from passport.providers.http_client import HttpClient


class Hands:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def client(hands) -> HttpClient:
    return HttpClient(timeout_seconds=5, monotonic=hands)


class Service:
    """Comes and goes: `up` answers with the status, else the connection is broken off."""

    def __init__(self) -> None:
        self.up, self.status, self.asked = False, 200, 0
        self.base = ""

    async def talk(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        if self.up:
            writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            await writer.drain()


@pytest.fixture
async def service(listen) -> Service:
    service = Service()
    service.base = f"http://127.0.0.1:{await listen(service.talk)}"
    return service


async def fail(client, base) -> ServiceUnreachableError:
    with pytest.raises(ServiceUnreachableError) as caught:
        await client.ask("POST", base, {})
    return caught.value


async def give_up(client, service) -> None:
    for _ in range(FAILURES_TO_OPEN):
        await fail(client, service.base)


async def test_after_three_failures_nobody_asks_for_half_a_minute(client, service, hands):
    await give_up(client, service)
    service.up = True
    for later in (0, OPEN_SECONDS - 1):
        hands.seconds = 1000 + later
        error = await fail(client, service.base)
        assert error.cause == "connect"
        assert error.details["retry_after_seconds"] == OPEN_SECONDS - later
        assert error.message.endswith(f" Try again in {OPEN_SECONDS - later} s.")
    assert service.asked == FAILURES_TO_OPEN
    assert client.find_given_up(service.base) == GivenUp("connect", 1)


async def test_then_one_call_that_arrives_opens_the_way(client, service, hands):
    await give_up(client, service)
    hands.seconds += OPEN_SECONDS
    service.up = True
    for _ in range(FAILURES_TO_OPEN + 1):
        assert (await client.ask("POST", service.base, {})).status == 200
    assert client.find_given_up(service.base) is None


async def test_then_one_call_that_fails_closes_it_again(client, service, hands):
    await give_up(client, service)
    hands.seconds += OPEN_SECONDS
    assert "retry_after_seconds" not in (await fail(client, service.base)).details
    assert (await fail(client, service.base)).details["retry_after_seconds"] == OPEN_SECONDS
    assert service.asked == FAILURES_TO_OPEN + 1


async def test_while_the_trial_call_is_out_the_others_are_refused(client, listen, hands):
    asked, go_on = [], asyncio.Event()

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.append(1)
        if len(asked) > FAILURES_TO_OPEN:
            await go_on.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()

    base = f"http://127.0.0.1:{await listen(talk)}"
    for _ in range(FAILURES_TO_OPEN):
        await fail(client, base)
    hands.seconds += OPEN_SECONDS

    trial = asyncio.create_task(client.ask("POST", base, {}))
    while len(asked) == FAILURES_TO_OPEN:
        await asyncio.sleep(0.001)
    assert (await fail(client, base)).details["retry_after_seconds"] == 1
    go_on.set()
    assert (await trial).status == 200
    assert len(asked) == FAILURES_TO_OPEN + 1


async def test_a_trial_call_that_is_broken_off_bars_nobody(client, listen, hands):
    asked = []

    async def talk(reader, _):
        await reader.readuntil(b"\r\n\r\n")
        asked.append(1)
        if len(asked) == FAILURES_TO_OPEN + 1:
            await asyncio.sleep(30)

    base = f"http://127.0.0.1:{await listen(talk)}"
    for _ in range(FAILURES_TO_OPEN):
        await fail(client, base)
    hands.seconds += OPEN_SECONDS

    trial = asyncio.create_task(client.ask("POST", base, {}))
    while len(asked) == FAILURES_TO_OPEN:
        await asyncio.sleep(0.001)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    await fail(client, base)
    assert len(asked) == FAILURES_TO_OPEN + 2


@pytest.mark.parametrize("status", [429, 500, 503, 302])
async def test_who_answers_with_a_fault_is_there(client, service, status):
    service.up, service.status = True, status
    for _ in range(FAILURES_TO_OPEN + 2):
        await fail(client, service.base)
    assert service.asked == FAILURES_TO_OPEN + 2


async def test_only_failures_in_a_row_count(client, service):
    for _ in range(3):
        for _ in range(FAILURES_TO_OPEN - 1):
            service.up = False
            await fail(client, service.base)
        service.up = True
        await client.ask("POST", service.base, {})
    assert client.find_given_up(service.base) is None


async def test_one_dead_host_does_not_bar_another(client, service, serve):
    await give_up(client, service)

    async def handle(_):
        return web.json_response({})

    assert (await client.ask("GET", await serve(handle), {})).status == 200


async def test_a_probe_asks_all_the_same_and_ends_it_when_it_arrives(client, service):
    await give_up(client, service)
    assert (await client.probe(service.base)).cause == "connect"
    assert client.find_given_up(service.base)

    service.up = True
    assert (await client.probe(service.base)).cause is None
    assert client.find_given_up(service.base) is None
    assert (await client.ask("POST", service.base, {})).status == 200


async def test_a_dead_host_does_not_take_the_places_of_another(client, listen, serve):
    waiting = []

    async def swallow(reader, _):
        waiting.append(1)
        await asyncio.sleep(30)

    async def handle(_):
        return web.json_response({})

    dead = f"http://127.0.0.1:{await listen(swallow)}"
    calls = [asyncio.create_task(client.ask("POST", dead, {})) for _ in range(MOST_AT_ONCE + 2)]
    while len(waiting) < MOST_AT_ONCE:
        await asyncio.sleep(0.001)

    assert (await client.ask("GET", await serve(handle), {})).status == 200
    assert len(waiting) == MOST_AT_ONCE
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_who_waits_for_a_place_learns_at_once_that_the_host_was_given_up(
    client, listen, monkeypatch
):
    monkeypatch.setattr("passport.providers.circuit_breaker.MOST_AT_ONCE", FAILURES_TO_OPEN)
    asked, break_off = [], asyncio.Event()

    async def talk(reader, _):
        asked.append(1)
        await break_off.wait()

    dead = f"http://127.0.0.1:{await listen(talk)}"
    calls = [asyncio.create_task(fail(client, dead)) for _ in range(3 * FAILURES_TO_OPEN)]
    while len(asked) < FAILURES_TO_OPEN:
        await asyncio.sleep(0.001)
    break_off.set()
    errors = await asyncio.gather(*calls)
    assert len(asked) == FAILURES_TO_OPEN
    assert sum("retry_after_seconds" in error.details for error in errors) == 2 * FAILURES_TO_OPEN


async def test_a_place_that_does_not_come_free_is_a_slow_host(listen, monkeypatch):
    monkeypatch.setattr("passport.providers.circuit_breaker.MOST_AT_ONCE", 1)
    client, asked = HttpClient(timeout_seconds=0.2), []

    async def swallow(*_):
        asked.append(1)
        await asyncio.sleep(30)

    dead = f"http://127.0.0.1:{await listen(swallow)}"
    errors = await asyncio.gather(fail(client, dead), fail(client, dead))
    assert [error.cause for error in errors] == ["timeout", "timeout"]
    assert len(asked) == 1


def test_the_number_of_hosts_that_are_remembered_is_bounded():
    circuits = Circuits()
    first = circuits.find("https://0.example")
    for number in range(1, MOST_HOSTS):
        circuits.find(f"https://{number}.example/path")
        assert circuits.find("https://0.example/other") is first
    circuits.find("https://one-more.example")
    circuits.find("https://another.example")
    assert circuits.find("https://0.example") is first
    assert len(circuits._circuits) == MOST_HOSTS


def test_scheme_host_and_port_make_a_host():
    circuits = Circuits()
    assert circuits.find("https://A.example/x") is circuits.find("https://a.example/y?z")
    others = ["http://a.example", "https://a.example:444", "https://b.example", "https://["]
    assert len({id(circuits.find(url)) for url in ["https://a.example", *others]}) == 5


def test_every_cause_is_sorted():
    from passport.providers.circuit_breaker import REACHED, UNREACHABLE
    from passport.providers.unreachable import MESSAGES

    refusals = {"not_public", "not_encrypted"}
    assert UNREACHABLE | (REACHED - {None}) | refusals == MESSAGES.keys()
    assert MESSAGES.keys() > http_calls.WORTH_ANOTHER_TRY
