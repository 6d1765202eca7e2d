"""How a call can end, told apart on real connections, and the key in none of its traces."""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import socket
import traceback

import aiohttp
import pytest
from aiohttp import web
from passport.providers.errors import ServiceUnreachableError
from passport.providers.http_calls import LONGEST_ANSWER_BYTES
from passport.providers.http_client import (
    PROBE_TIMEOUT_SECONDS,
    TIMEOUT_SECONDS,
    Answer,
    HttpClient,
)
from passport.providers.unreachable import name_cause
from passport.tests.backend.comfy_in_memory import KEY

HEADERS = {"X-API-KEY": KEY}
HTML = "<!doctype html><title>Welcome to the hotel</title>"


def ask(client, base):
    return client.ask("POST", f"{base}/customers", HEADERS, {})


async def cause_of(client, base) -> str:
    with pytest.raises(ServiceUnreachableError) as caught:
        await ask(client, base)
    error = caught.value
    assert error.details["cause"] == error.cause
    assert error.details["host"] in error.message
    assert KEY not in "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        assert KEY not in repr(link)
        link = link.__cause__
    return error.cause


def answer(status=200, text="{}", content_type="application/json", **headers):
    async def handle(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status, content_type=content_type, headers=headers)

    return handle


async def test_an_answer_is_its_status_and_its_json(client, serve):
    seen = []

    async def handle(request):
        seen.append((request.method, request.headers["X-API-KEY"], await request.json()))
        return web.json_response({"id": "x"}, status=201)

    assert await ask(client, await serve(handle)) == Answer(201, {"id": "x"})
    assert seen == [("POST", KEY, {})]


async def test_a_form_is_sent_as_one(client, serve):
    seen = []

    async def handle(request):
        seen.append((request.content_type, dict(await request.post())))
        return web.json_response({"access_token": "x"})

    form = {"grant_type": "authorization_code", "code": "ä&=+ %"}
    assert (await client.ask("POST", await serve(handle), {}, form=form)).status == 200
    assert seen == [("application/x-www-form-urlencoded", form)]


async def test_headers_come_back_in_any_spelling_and_stay_out_of_traces(client, serve):
    got = await ask(client, await serve(answer(**{"X-OAuth-Scopes": "canary"})))
    assert got.headers["x-oauth-scopes"] == got.headers["X-OAuth-Scopes"] == "canary"
    assert "canary" not in repr(got)


@pytest.mark.parametrize(
    ("status", "text", "content_type", "expected"),
    [
        (200, HTML, "text/html", Answer(200, None)),
        (200, "", "application/json", Answer(200, None)),
        (200, "[1, ", "application/json", Answer(200, None)),
        (200, "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1"), "text/plain", None),
        (404, '{"error": "no"}', "application/json", Answer(404, {"error": "no"})),
        (401, '{"error": "no"}', "application/json", Answer(401, {"error": "no"})),
        (403, '{"error": "no"}', "text/plain", Answer(403, {"error": "no"})),
    ],
)
async def test_whatever_is_answered_is_an_answer(
    client, serve, status, text, content_type, expected
):
    base = await serve(answer(status, text, content_type))
    assert await ask(client, base) == (expected or Answer(status, None))


async def test_advisory_json_that_nests_deeper_than_python_goes_is_no_json(client, serve):
    base = await serve(answer(text="[" * 200_000))
    assert await ask(client, base) == Answer(200, None)


@pytest.mark.parametrize(
    ("status", "text", "cause"),
    [
        (301, HTML, "redirect"),
        (302, "{}", "redirect"),
        (307, "{}", "redirect"),
        (401, HTML, "proxy"),
        (403, HTML, "proxy"),
        (407, HTML, "proxy"),
        (429, "{}", "busy"),
        (500, "{}", "server_error"),
        (502, HTML, "server_error"),
        (503, HTML, "server_error"),
        (599, "", "server_error"),
    ],
)
async def test_statuses_that_say_nothing_of_the_key(client, serve, status, text, cause):
    assert await cause_of(client, await serve(answer(status, text, "text/html"))) == cause


async def test_a_redirect_is_not_followed_so_the_key_goes_nowhere_else(client, serve):
    elsewhere = []

    async def catch(request):
        elsewhere.append(request.headers)
        return web.json_response({"id": "evil"})

    target = await serve(catch)
    for status in (301, 302, 303, 307, 308):
        base = await serve(answer(status, Location=f"{target}/customers"))
        assert await cause_of(client, base) == "redirect"
        assert (await client.probe(base)).status == status
    assert elsewhere == []


async def test_dns(client):
    base = "http://no-such-host.invalid"
    assert await cause_of(client, base) == "dns"
    probe = await client.probe(base)
    assert (probe.host, probe.cause, probe.status) == ("no-such-host.invalid", "dns", None)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def test_connect(client):
    base = f"http://127.0.0.1:{free_port()}"
    assert await cause_of(client, base) == "connect"
    assert (await client.probe(base)).cause == "connect"


async def test_a_connection_that_breaks_off(client, listen):
    async def hang_up(reader, _):
        await reader.readuntil(b"\r\n\r\n")

    assert await cause_of(client, f"http://127.0.0.1:{await listen(hang_up)}") == "connect"


async def test_an_answer_that_is_no_http(client, listen):
    async def babble(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9\r\n")
        await writer.drain()

    assert await cause_of(client, f"http://127.0.0.1:{await listen(babble)}") == "connect"


async def test_tls_with_a_certificate_that_nobody_has_signed(client, serve, self_signed):
    reached = []

    async def handle(request):
        reached.append(request.headers)
        return web.json_response({})

    base = await serve(handle, self_signed)
    assert await cause_of(client, base) == "tls"
    assert (await client.probe(base)).cause == "tls"
    assert reached == []


async def test_tls_with_a_server_that_speaks_none(client, serve):
    base = (await serve(answer())).replace("http://", "https://")
    assert await cause_of(client, base) in ("tls", "connect")


async def test_timeout_before_the_answer(serve):
    async def sleep(_):
        await asyncio.sleep(30)
        return web.Response()

    base = await serve(sleep)
    assert await cause_of(HttpClient(timeout_seconds=0.1), base) == "timeout"


async def test_timeout_in_the_middle_of_a_slow_body(listen):
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    base = f"http://127.0.0.1:{await listen(drip)}"
    assert await cause_of(HttpClient(timeout_seconds=0.2), base) == "timeout"


async def test_a_probe_gives_up_in_time(serve, monkeypatch):
    async def sleep(_):
        await asyncio.sleep(30)
        return web.Response()

    monkeypatch.setattr("passport.providers.http_client.PROBE_TIMEOUT_SECONDS", 0.1)
    probe = await HttpClient().probe(await serve(sleep))
    assert probe.cause == "timeout"
    assert 90 <= probe.milliseconds < 5000


def test_nobody_waits_longer_than_promised():
    assert (TIMEOUT_SECONDS, PROBE_TIMEOUT_SECONDS) == (10, 5)


@pytest.mark.parametrize("compressed", [False, True])
async def test_an_answer_without_end_is_cut_off(client, serve, compressed):
    sent = []

    async def pour(request):
        response = web.StreamResponse()
        chunk = b" " * 64 * 1024
        if compressed:
            response.headers["Content-Encoding"] = "gzip"
            chunk = gzip.compress(chunk * 100)
        await response.prepare(request)
        for _ in range(1000):
            await response.write(chunk)
            sent.append(1)
        return response

    assert await cause_of(client, await serve(pour)) == "connect"
    assert len(sent) < 1000


async def test_the_longest_answer_that_is_read(client, serve):
    base = await serve(answer(text=f'"{"x" * (LONGEST_ANSWER_BYTES - 2)}"'))
    assert len((await ask(client, base)).body) == LONGEST_ANSWER_BYTES - 2
    base = await serve(answer(text=f'"{"x" * (LONGEST_ANSWER_BYTES - 1)}"'))
    assert await cause_of(client, base) == "connect"


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "ftp://127.0.0.1", "http://[::1"])
async def test_an_address_that_is_none_is_unreachable_and_no_crash(client, url):
    assert await cause_of(client, url) == "connect"
    assert (await client.probe(url)).cause == "connect"


async def test_a_probe_tells_status_time_and_clock_of_whoever_answers(client, serve):
    base = await serve(answer(500, HTML, "text/html"))
    probe = await client.probe(base)
    assert (probe.host, probe.cause, probe.status) == ("127.0.0.1", None, 500)
    assert probe.date.endswith("GMT")
    assert probe.milliseconds >= 0


async def test_a_probe_carries_no_key(client, serve):
    seen = []

    async def handle(request):
        seen.append(str(request.headers))
        return web.Response()

    await client.probe(await serve(handle))
    assert "X-API-KEY" not in seen[0].upper()


async def test_a_flood_of_probes_is_one_call_at_a_time(client, serve):
    asked, go_on = [], asyncio.Event()

    async def handle(_):
        asked.append(1)
        await go_on.wait()
        return web.Response()

    base = await serve(handle)
    probes = [asyncio.create_task(client.probe(base)) for _ in range(20)]
    while not asked:
        await asyncio.sleep(0.001)
    probes[0].cancel()  # and the others do not suffer from it
    go_on.set()
    assert [(await probe).status for probe in probes[1:]] == [200] * 19
    assert len(asked) == 1
    assert (await client.probe(base)).status == 200
    assert len(asked) == 2


# --- proxies -----------------------------------------------------------------------------------


async def test_the_proxy_of_the_environment_is_asked(client, serve, monkeypatch):
    asked = []

    async def forward(request):
        asked.append(str(request.url))
        return web.json_response({"id": "through the proxy"})

    monkeypatch.setenv("HTTP_PROXY", await serve(forward))
    assert (await ask(client, "http://api.comfy.example")).body == {"id": "through the proxy"}
    assert asked == ["http://api.comfy.example/customers"]


async def test_what_stands_in_no_proxy_is_asked_directly(client, serve, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert (await ask(client, await serve(answer()))).status == 200


async def test_a_proxy_that_wants_a_password(client, listen, monkeypatch):
    asked = []

    async def refuse(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    proxy = f"http://127.0.0.1:{await listen(refuse)}"
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    for base in ("https://api.comfy.example", "http://api.comfy.example"):
        assert await cause_of(client, base) == "proxy"
        assert (await client.probe(base)).cause == "proxy"
    assert asked[0].startswith(b"CONNECT api.comfy.example:443")
    assert KEY.encode() not in asked[0]


async def test_a_proxy_that_is_not_there(client, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:canary@127.0.0.1:{free_port()}")
    assert await cause_of(client, "https://api.comfy.example") == "proxy"
    with pytest.raises(ServiceUnreachableError) as caught:
        await ask(client, "https://api.comfy.example")
    assert "canary" not in f"{caught.value} {caught.value.details}"


async def test_a_proxy_that_opens_tls_on_the_way(client, serve, listen, self_signed, monkeypatch):
    inside = await serve(answer(), self_signed)

    async def tunnel(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        port = int(inside.rpartition(":")[2])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)

        async def pump(source, target):
            while chunk := await source.read(4096):
                target.write(chunk)

        tasks = [asyncio.create_task(pump(reader, far_writer)),
                 asyncio.create_task(pump(far_reader, writer))]  # fmt: skip
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        for task in tasks:
            task.cancel()
        far_writer.close()

    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{await listen(tunnel)}")
    assert await cause_of(client, "https://api.comfy.example") == "tls"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (TimeoutError(), "timeout"),
        (asyncio.TimeoutError(), "timeout"),
        (aiohttp.ServerTimeoutError(), "timeout"),
        (socket.gaierror(), "dns"),
        (ConnectionRefusedError(), "connect"),
        (aiohttp.ClientPayloadError(), "connect"),
        (ValueError(), "connect"),
    ],
)
def test_causes_of_errors_that_do_not_come_over_a_wire(error, cause):
    assert name_cause(error) == cause


async def test_advisory_the_key_stands_in_no_log_at_debug(client, serve, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    for handler in (answer(), answer(500), answer(403, HTML, "text/html")):
        base = await serve(handler)
        try:
            await ask(client, base)
        except ServiceUnreachableError:
            logging.getLogger("passport").debug("failed", exc_info=True)
    assert KEY not in caplog.text
    assert KEY not in str(dict(os.environ))
