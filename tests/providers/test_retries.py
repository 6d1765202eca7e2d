"""What may be asked twice is asked again: soon, at most twice more, and not past the time-out."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from passport.providers import http_client
from passport.providers.errors import ServiceUnreachableError
from passport.providers.http_client import HttpClient
from passport.providers.retries import (
    FIRST_PAUSE_SECONDS,
    MOST_ATTEMPTS,
    pause_before_retry,
    read_retry_after,
)
from passport.tests.backend.clock import START


@pytest.fixture(autouse=True)
def pauses(monkeypatch) -> list[float]:
    """The pauses that were made; no test waits for them."""
    made: list[float] = []

    async def pause(seconds):
        made.append(seconds)

    monkeypatch.setattr(http_client, "pause", pause)
    return made


@pytest.fixture
async def service(serve):
    """`service(status, …)`: an address that answers with these in turn, and the calls it saw."""

    async def start(*answers):
        asked = []

        async def handle(request):
            asked.append((request.method, await request.text()))
            status, headers = answers[len(asked) - 1], {}
            if isinstance(status, tuple):
                status, headers = status
            return web.json_response({"number": len(asked)}, status=status, headers=headers)

        return await serve(handle), asked

    return start


async def cause_of(client, method, url, **more) -> ServiceUnreachableError:
    with pytest.raises(ServiceUnreachableError) as caught:
        await client.ask(method, url, {}, **more)
    return caught.value


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_fault_that_passes_is_not_noticed(client, service, pauses, status):
    url, asked = await service(status, status, 200)
    assert (await client.ask("GET", url, {})).body == {"number": 3}
    assert len(asked) == MOST_ATTEMPTS == 3
    assert len(pauses) == 2


async def test_a_fault_that_stays_is_told_after_three_tries(client, service):
    url, asked = await service(503, 429, 500)
    assert (await cause_of(client, "GET", url)).cause == "server_error"
    assert len(asked) == MOST_ATTEMPTS


async def test_a_connection_that_breaks_off(client, listen):
    asked = []

    async def talk(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) == 2:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()

    assert (await client.ask("GET", f"http://127.0.0.1:{await listen(talk)}", {})).status == 200
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("method", "repeatable", "tries"),
    [("GET", None, 3), ("HEAD", None, 3), ("POST", None, 1), ("PUT", None, 1), ("DELETE", None, 1),
     ("GET", False, 1), ("POST", True, 3)],
)  # fmt: skip
async def test_only_what_may_be_asked_twice_is(client, service, method, repeatable, tries):
    url, asked = await service(503, 503, 503)
    await cause_of(client, method, url, form={"code": "x"}, repeatable=repeatable)
    assert asked == [(method, "code=x")] * tries


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 407, 409])
async def test_an_answer_that_would_be_the_same_is_not_asked_for_again(client, service, status):
    url, asked = await service(status)
    try:
        await client.ask("GET", url, {})
    except ServiceUnreachableError:
        assert status in (302, 407)
    assert len(asked) == 1


async def test_an_address_that_is_none_and_an_answer_too_long_are_not_tried_again(
    client, serve, pauses
):
    asked = []

    async def pour(_):
        asked.append(1)
        return web.Response(body=b" " * 300_000)

    await cause_of(client, "GET", "http://[::1")
    await cause_of(client, "GET", await serve(pour))
    assert (len(asked), pauses) == (1, [])


async def test_the_time_that_the_service_asks_for_is_given_when_it_is_short(
    client, service, pauses
):
    url, _ = await service((429, {"Retry-After": "2"}), 200)
    assert (await client.ask("GET", url, {})).status == 200
    assert pauses == [2]


async def test_a_long_time_is_told_to_the_person_instead(client, service, pauses):
    url, asked = await service((429, {"Retry-After": "90"}))
    error = await cause_of(client, "GET", url)
    assert (error.cause, error.details["retry_after_seconds"]) == ("busy", 90)
    assert error.message.endswith("Try again in 90 s.")
    assert (len(asked), pauses) == (1, [])


async def test_no_try_begins_after_the_time_out(service, pauses):
    url, asked = await service(503, 200)
    client = HttpClient(timeout_seconds=FIRST_PAUSE_SECONDS / 2)
    assert (await cause_of(client, "GET", url)).cause == "server_error"
    assert (len(asked), pauses) == (1, [])


def test_pauses_double_and_are_never_the_same_for_all():
    for failures, longest in ((1, FIRST_PAUSE_SECONDS), (2, 2 * FIRST_PAUSE_SECONDS)):
        pauses = {pause_before_retry(failures, None) for _ in range(50)}
        assert longest / 2 <= min(pauses) < max(pauses) <= longest
        assert len(pauses) > 40
    assert pause_before_retry(MOST_ATTEMPTS, 1) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("86400", 86400),
        ("86401", None),
        ("99999999999999999999999", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (format_datetime(START + timedelta(seconds=30), usegmt=True), 30),
        (format_datetime(START - timedelta(seconds=30), usegmt=True), None),
        ("Mon, 23 Nov 2026 02:00:30 -0000", None),
        ("Mon, 23 Nov 99999 02:00:30 GMT", None),
    ],
)
def test_reading_retry_after(value, seconds):
    assert read_retry_after({"Retry-After": value}, START) == seconds


def test_there_may_be_none():
    assert read_retry_after({}, START) is None
