"""Outgoing calls take the proxy of the environment, by a real one that forwards and tunnels."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from passport.providers.http_client import HttpClient
from passport.providers.outgoing_proxy import find_proxy

NAME = "api.comfy.example"  # only the proxy knows where that is


class Proxy:
    """Tunnels CONNECT and forwards http://, whatever the name, to one port of loopback."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.target_port = 0
        self.url = ""

    async def talk(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        method, address, _ = head.split("\r\n")[0].split(" ")
        self.asked.append(f"{method} {address}")
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = urlsplit(address).path or "/"
            far_writer.write(head.replace(address, path, 1).encode())
        try:
            await _join((reader, far_writer), (far_reader, writer))
        finally:
            far_writer.close()


async def _join(*ways):
    async def pump(source, target):
        while chunk := await source.read(4096):
            target.write(chunk)

    tasks = [asyncio.create_task(pump(*way)) for way in ways]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def proxy(listen) -> Proxy:
    proxy = Proxy()
    proxy.url = f"http://127.0.0.1:{await listen(proxy.talk)}"
    return proxy


@pytest.fixture
async def start(serve, proxy, company_server):
    """`await start("https")`: the address of a service that only the proxy can find."""

    async def begin(scheme: str) -> str:
        async def handle(_):
            return web.json_response({"id": "x"})

        base = await serve(handle, company_server if scheme == "https" else None)
        proxy.target_port = urlsplit(base).port
        return f"{scheme}://{NAME}"

    return begin


@pytest.fixture
def client(company_bundle) -> HttpClient:
    return HttpClient(timeout_seconds=5, ca_bundle=str(company_bundle))


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_http_is_forwarded(client, proxy, start, monkeypatch, name):
    base = await start("http")
    monkeypatch.setenv(name, proxy.url)

    assert (await client.ask("GET", f"{base}/customers", {})).body == {"id": "x"}
    assert (await client.probe(base)).status == 200
    asked = [line.removesuffix("/") for line in proxy.asked]
    assert asked == [f"GET http://{NAME}/customers", f"GET http://{NAME}"]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
async def test_https_is_tunnelled_so_the_proxy_reads_nothing(
    client, proxy, start, monkeypatch, name
):
    base = await start("https")
    monkeypatch.setenv(name, proxy.url)

    assert (await client.ask("POST", base, {"X-API-KEY": "canary"}, {})).body == {"id": "x"}
    assert (await client.probe(base)).status == 200
    assert proxy.asked == [f"CONNECT {NAME}:443"] * 2
    assert "canary" not in "".join(proxy.heads)


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    "exceptions",
    ["*", *(f"intranet.example,{n}" for n in (NAME, ".comfy.example", "example", f"{NAME}:443"))],
)
async def test_what_stands_in_no_proxy_is_asked_directly(
    client, proxy, start, monkeypatch, name, exceptions
):
    base = await start("https")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv(name, exceptions)

    assert (await client.probe(base)).cause == "dns"
    assert proxy.asked == []


async def test_other_names_in_no_proxy_change_nothing(client, proxy, start, monkeypatch):
    base = await start("https")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", f"intranet.example,{NAME}:444,not-{NAME}")

    assert (await client.probe(base)).cause is None


async def test_the_password_of_the_proxy_is_sent_to_it(client, proxy, start, monkeypatch):
    base = await start("https")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//ada:s%40cret@"))

    assert (await client.probe(base)).cause is None
    assert "Proxy-Authorization: Basic YWRhOnNAY3JldA==\r\n" in proxy.heads[0]


async def test_the_proxy_of_the_other_scheme_is_not_taken(client, proxy, start, monkeypatch):
    base = await start("https")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    assert (await client.probe(base)).cause == "dns"


async def test_a_proxy_resolves_what_another_server_named(client, proxy, start, monkeypatch):
    base = await start("https")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("127.0.0.1", "localhost"))
    assert (await client.ask("GET", base, {}, public_only=True)).body == {"id": "x"}
    assert proxy.asked == [f"CONNECT {NAME}:443"]


def test_a_socks_proxy_for_all_is_not_for_us(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    assert find_proxy("https://api.comfy.example") is None


def test_a_proxy_without_a_scheme(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "proxy.lan:3128")
    assert find_proxy("https://api.comfy.example") == "http://proxy.lan:3128"


async def test_advisory_an_operators_netrc_does_not_speak_for_people(
    client, serve, tmp_path, monkeypatch
):
    """Its entry for a provider would have logged everybody in as the operator."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login operator password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen = []

    async def handle(request):
        seen.append(request.headers.get("Authorization"))
        return web.json_response({})

    base = await serve(handle)
    await client.ask("GET", base, {})
    await client.ask("GET", base, {"Authorization": "Bearer of-the-person"})
    await client.probe(base)
    assert seen == [None, "Bearer of-the-person", None]
