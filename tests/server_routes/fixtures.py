"""Fixtures of the tiny server; a conftest.py imports those that it wants."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.storage.database import DATABASE_FILE, Database, sqlite_url
from passport.storage.migration import migrate

from .mail_office import MailOffice
from .passport_server import Browser, PassportServer

StartServer = Callable[..., Awaitable[PassportServer]]

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine goes through, the fake service is on loopback."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FakeComfyApi]:
    """The fake service."""
    async with FakeComfyApi() as fake:
        yield fake


@pytest.fixture
def comfyui_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, type]:
    """STUBS of ComfyUI's modules `nodes` and `folder_paths`; returns NODE_CLASS_MAPPINGS."""
    nodes: Any = ModuleType("nodes")
    nodes.NODE_CLASS_MAPPINGS = {}
    folder_paths: Any = ModuleType("folder_paths")
    folder_paths.__file__ = str(tmp_path / "ComfyUI" / "folder_paths.py")
    folder_paths.base_path = str(tmp_path / "ComfyUI")
    folder_paths.get_folder_paths = lambda _: [str(tmp_path / "ComfyUI" / "custom_nodes")]
    monkeypatch.setitem(sys.modules, "nodes", nodes)
    monkeypatch.setitem(sys.modules, "folder_paths", folder_paths)
    return nodes.NODE_CLASS_MAPPINGS


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store without a name yet: migrating one for each test takes longer than the test."""
    folder = tmp_path_factory.mktemp("store")
    database = Database(sqlite_url(folder))
    migrate(database)
    database.close()
    return folder / DATABASE_FILE


@pytest_asyncio.fixture
async def start_server(
    tmp_path: Path,
    migrated_store: Path,
    api: FakeComfyApi,
    comfyui_modules: dict[str, type],
) -> AsyncIterator[StartServer]:
    """`await start_server(tls=…, data_folder=…, PASSPORT_…="…")`: a running server."""
    async with AsyncExitStack() as stack:

        async def start(
            tls: Any = None, data_folder: Path | None = None, **environment: str
        ) -> PassportServer:
            folder = data_folder or tmp_path / "data"
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True)
                shutil.copy(migrated_store, folder)
            server = PassportServer(folder, api, environment)
            return await stack.enter_async_context(server.running(tls))

        yield start


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> PassportServer:
    """A server without any setting."""
    return await start_server()


@pytest_asyncio.fixture
async def mail_office() -> AsyncIterator[MailOffice]:
    """A mail server that takes what it is sent."""
    office = MailOffice()
    await office.open()
    yield office
    await office.close()


@pytest_asyncio.fixture
async def mailing(start_server: StartServer, mail_office: MailOffice) -> PassportServer:
    """A server that sends mail, with the links that people on the machine itself can open."""
    return await start_server(**mail_office.settings)


@pytest_asyncio.fixture
async def owner(server: PassportServer) -> Browser:
    """Olga's browser; she registered first."""
    return await registered(server, "olga@example.org")


@pytest_asyncio.fixture
async def ada(server: PassportServer, owner: Browser) -> Browser:
    """Ada's browser; she registered after the owner."""
    return await registered(server, "ada@example.org")


@pytest_asyncio.fixture
async def ben(server: PassportServer, owner: Browser) -> Browser:
    """Ben's browser."""
    return await registered(server, "ben@example.org")


async def registered(server: PassportServer, email: str, **fields: Any) -> Browser:
    """A new browser, signed in to a new account."""
    browser = server.browser()
    assert (await browser.register(email, **fields)).status == 201
    return browser


@pytest_asyncio.fixture
async def browser(server: PassportServer) -> Browser:
    """A browser on that server."""
    return server.browser()
