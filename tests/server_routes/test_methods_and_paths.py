"""Verbs and paths: a decision is made on the matched route, so no spelling gets round it."""

from __future__ import annotations

import json

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.length import some
from passport.tests.server_routes.every_route import CALLS
from passport.tests.server_routes.raw_http import ask, send
from passport.tests.server_routes.spellings import mutate

VERBS = (
    *("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"),
    *("PROPFIND", "PURGE", "LOCK", "BREW", "get", "Post"),
)
LOG_IN = json.dumps({"api_key": PRACTICE_KEY})


CALLED = {(method, path) for method, path, _ in CALLS}
PATHS = sorted({path for _, path in CALLED})
ALLOWED = CALLED | {("DELETE", "identities/email")}  # to that route, “email” is a kind as any other


@pytest.mark.asvs("4.1.4")
@pytest.mark.threat(14)
@pytest.mark.parametrize("path", PATHS)
async def test_only_the_listed_methods_are_answered(server, api, path):
    for verb in VERBS:
        answer = await send(server.url, ask(verb, f"/passport/{path}"))
        if (verb, path) in ALLOWED:
            assert answer.status in (200, 204, 401, 403, 404), verb
        else:
            assert answer.status in (0, 400, 404, 405), (verb, answer.head)
            assert "application/json" not in answer.head, verb
    assert api.calls == []


@pytest.mark.asvs("3.5.3")
async def test_safe_methods_change_nothing(server, browser, api):
    await browser.log_in(PRACTICE_KEY)
    await browser.put("node-packs/friend", {"decision": "always"})

    def rows():
        with server.services.database.reading() as connection:
            tables = ("accounts", "identities", "sessions", "credentials", "node_packs")
            return [connection.exec_driver_sql(f"SELECT * FROM {t}").all() for t in tables]  # noqa: S608

    before, calls = rows(), list(api.calls)
    for path in PATHS:
        for verb in ("GET", "HEAD", "OPTIONS"):
            await browser.call(verb, path, body={"secret": "x"})
    assert rows() == before
    asked = api.calls[len(calls) :]  # Comfy is asked for what is read there, and told nothing
    assert {call.method for call in asked} <= {"GET"}


@pytest.mark.asvs("1.1.1")
@pytest.mark.threat(14)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", some(PATHS, 12))
async def test_no_spelling_of_a_path_gets_past_the_header_rule(server, api, method, path):
    """Whatever reaches a handler of ours by a strange spelling meets the same rules."""
    await server.browser().status()
    for spelling in mutate(path):
        body = LOG_IN if method != "GET" else ""
        answer = await send(server.url, ask(method, spelling, body=body))

        assert answer.status < 500, (spelling, answer.head)
        if method != "GET":  # without X-Passport nothing may happen
            assert answer.status in (0, 400, 403, 404, 405, 414), (spelling, answer.head)
        assert "Set-Cookie" not in answer.head
        assert "Traceback" not in answer.body
    assert api.calls == []


@pytest.mark.threat(14)
@pytest.mark.parametrize("path", ["credentials", "node-packs"])
async def test_no_spelling_of_a_path_opens_it_to_strangers(server, path):
    await server.browser().status()
    for spelling in mutate(path):
        answer = await send(server.url, ask("GET", spelling, headers=("X-Passport: 1",)))
        assert answer.status in (0, 400, 401, 403, 404, 405, 414), (spelling, answer.head)


UPLOAD = (
    "POST /passport/session/api-key HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Passport: 1\r\n"
    "Content-Type: application/json\r\nConnection: close\r\n"
)
BROKEN = [
    "GET /passport/status HTTP/1.1\r\nConnection: close\r\n\r\n",
    "GET /passport/status HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    "GET /passport/status HTTP/1.0\r\n\r\n",
    "GET /passport/status HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
    "GET /passport/status HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    "GET /passport/status HTTP/1.1\r\nHost: ü\r\nConnection: close\r\n\r\n",
    "GET /passport/status HTTP/9.9\r\nHost: a\r\n\r\n",
    "GET  /passport/status  HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET /passport/status\r\n\r\n",
    "GET /passport/\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET /passport/status HTTP/1.1\r\nHost: a\r\n folded: b\r\nConnection: close\r\n\r\n",
    UPLOAD + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    UPLOAD + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    UPLOAD + "Content-Length: -1\r\n\r\n{}",
]


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize("request_text", BROKEN, ids=range(len(BROKEN)))
async def test_broken_http_is_no_fault_of_ours(server, caplog, request_text):
    await server.browser().status()

    answer = await send(server.url, request_text)

    assert answer.status < 500, answer.head
    assert "Passport failed" not in caplog.text
    assert (await server.browser().get("status")).status == 200


async def test_a_client_that_hangs_up_in_the_middle_of_its_body_is_no_fault_of_ours(server, caplog):
    import asyncio
    from urllib.parse import urlsplit

    await server.browser().status()
    target = urlsplit(server.url)
    for _ in range(3):
        _, writer = await asyncio.open_connection(target.hostname, target.port)
        head = ask("POST", "/passport/session/api-key", headers=("X-Passport: 1",), body=LOG_IN)
        writer.write(head.encode()[:-20])
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()
    await asyncio.sleep(0.1)

    assert (await server.browser().get("status")).status == 200
    assert "Passport failed" not in caplog.text
    assert PRACTICE_KEY not in caplog.text
