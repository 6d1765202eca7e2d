"""Real servers on loopback: over TLS, behind proxies, slow, broken."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from passport.dev.peer_fixtures import (  # noqa: F401
    evil_provider,
    github_like,
    openid_provider,
    running_evil_provider,
    running_github_like,
    running_openid_provider,
)
from passport.providers.http_client import HttpClient
from passport.tests.providers.authority import Authority

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch):
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def client() -> HttpClient:
    return HttpClient(timeout_seconds=5)


@pytest.fixture
async def serve():
    """`await serve(handler)`: the base URL of a server that answers every call with it."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler, context: ssl.SSLContext | None = None) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        scheme = "https" if context else "http"
        return f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def listen():
    """`await listen(talk)`: the port of a server that speaks by hand, `talk(reader, writer)`."""
    servers: list[asyncio.Server] = []
    writers: list[asyncio.StreamWriter] = []

    async def start(talk) -> int:
        async def handle(reader, writer):
            writers.append(writer)
            try:
                await talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                return
            finally:
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
    for writer in writers:
        writer.close()
    for server in servers:
        await server.wait_closed()


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody has signed but itself."""
    return Authority("127.0.0.1").serve_as("127.0.0.1", tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A company's own certificate authority."""
    return Authority("Corporate")


@pytest.fixture(scope="session")
def company_server(authority, tmp_path_factory) -> ssl.SSLContext:
    """A server for 127.0.0.1 and api.comfy.example with a certificate of that authority."""
    return authority.serve_as("api.comfy.example", tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="session")
def company_bundle(authority, tmp_path_factory) -> Path:
    """The authority's certificate as a file."""
    file = tmp_path_factory.mktemp("bundle") / "company.pem"
    file.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    return file
