"""Every route by every spelling, verb and upgrade, on a running host; nobody is signed in.

The client writes each byte itself: others put paths in order before they send them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable

import pytest
from passport.dev.host.process import HostOptions, HostProcess
from passport.server_routes.table import ROUTES
from passport.tests.length import some
from passport.tests.server_routes.every_route import BODIES, fill
from passport.tests.server_routes.raw_http import RawAnswer, ask, send
from passport.tests.server_routes.spellings import mutate

VERBS = (
    *("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"),
    *("PROPFIND", "PURGE", "SEARCH", "BREW", "get", "Post", "GETS", "X" * 300),
)
AT_ONCE = 16
SPELLINGS_A_RUN = 3000
VERBS_A_RUN = 2000
PUBLIC_READS = {"status", "checks"}
REFUSED = {0, 400, 401, 403, 404, 405, 413, 414, 415, 422, 501}
OURS = ("X-Passport: 1",)
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
CLOSED = [route for route in ROUTES if not route.access.public]
CALLBACK = "oauth/{provider}/callback"
"""Other sites send people there; without the flow that they began it shows a page that says so."""

Sent = tuple[str, str]
"""A verb and a path."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory):
    """A host with an empty page and a store in which nobody has an account."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "page").mkdir()
    (folder / "page" / "index.html").write_text("<!doctype html><title>blank</title>")
    options = HostOptions(data_folder=folder / "data", static_folder=folder / "page")
    with HostProcess(options, log=folder / "host.log") as running:
        yield running


async def ask_each(
    host: HostProcess, calls: Iterable[Sent], headers: tuple[str, ...], bodies: bool = False
) -> AsyncIterator[tuple[Sent, RawAnswer]]:
    """Send them, several at a time; give each with its answer."""
    room = asyncio.Semaphore(AT_ONCE)

    async def ask_one(call: Sent) -> tuple[Sent, RawAnswer]:
        verb, path = call
        body = json.dumps({"secret": "x"}) if bodies else ""
        async with room:
            return call, await send(host.url, ask(verb, path, headers=headers, body=body))

    for done in asyncio.as_completed([ask_one(call) for call in calls]):
        yield await done


def is_json(answer: RawAnswer) -> bool:
    return "application/json" in answer.head


def assert_refused(call: Sent, answer: RawAnswer) -> None:
    assert answer.status in REFUSED or (answer.status < 400 and not is_json(answer)), (call, answer)
    assert "Set-Cookie" not in answer.head, call
    assert "Traceback" not in answer.body, call


SPELLED = [(route.method, spelling) for route in CLOSED for spelling in mutate(fill(route.path))]


@pytest.mark.asvs("1.1.1", "6.3.4", "8.2.1")
@pytest.mark.threat(14)
@pytest.mark.parametrize("headers", [(), OURS], ids=["bare", "with our header"])
async def test_no_spelling_opens_what_is_closed(host, headers):
    """Whatever comes back is a refusal, or a page of ComfyUI's that holds nothing of ours."""
    calls = some(SPELLED, SPELLINGS_A_RUN)
    async for call, answer in ask_each(host, calls, headers):
        assert_refused(call, answer)
        if answer.status == 200:  # "/passport/account/.." is "/passport/" to nobody, "/" to some
            assert "<title>blank" in answer.body or not answer.body, call


@pytest.mark.asvs("4.1.4")
@pytest.mark.threat(14)
async def test_no_verb_does_what_another_may(host):
    paths = sorted({route.path for route in ROUTES})
    declared = {(route.method, route.path) for route in ROUTES}
    calls = {
        (verb, f"{prefix}/passport/{fill(path)}"): (verb, path)
        for verb, path, prefix in itertools.product(VERBS, paths, ("", "/api"))
        if (verb, path) not in declared
    }
    async for call, answer in ask_each(host, some(calls, VERBS_A_RUN), OURS, bodies=True):
        verb, path = calls[call]
        if verb == "OPTIONS" and answer.status == 200:  # ComfyUI's own, which grants nothing
            assert not answer.body
            assert "Access-Control" not in answer.head
        elif verb != "HEAD" or path not in {*PUBLIC_READS, CALLBACK}:
            assert_refused(call, answer)
            assert answer.status >= 400 or answer.status == 0, (call, answer.head)


@pytest.mark.asvs("4.4.3")
@pytest.mark.threat(14)
async def test_no_route_of_ours_becomes_a_socket(host):
    for prefix in ("", "/api"):
        calls = [("GET", f"{prefix}/passport/{fill(route.path)}") for route in ROUTES]
        async for call, answer in ask_each(host, calls, UPGRADE):
            assert answer.status != 101, call
            assert answer.status < 500, call


async def test_what_anybody_may_read_is_read_and_the_rest_says_log_in(host):
    """The same client gets through where it may: the refusals above are none of its own faults."""
    for route in ROUTES:
        if route.method == "GET" and route.path != CALLBACK:
            text = ask("GET", f"/passport/{fill(route.path)}", headers=OURS)
            answer = await send(host.url, text)
            assert answer.status == (200 if route.path in PUBLIC_READS else 401), route.path
            assert is_json(answer)


async def test_the_host_has_no_account_and_no_fault_afterwards(host):
    assert "Passport failed" not in host.log_text()
    answer = await send(host.url, ask("GET", "/passport/status"))
    assert json.loads(answer.body)["has_owner"] is False


def test_every_body_that_is_sent_is_of_a_call():
    assert set(BODIES) <= {route[:2] for route in ROUTES}
