"""Fixtures of the tiny server; a conftest.py imports those that it wants."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from passport.dev.fakes.comfy_api import FakeComfyApi

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
    folder_paths.base_path = str(tmp_path / "ComfyUI")
    folder_paths.get_folder_paths = lambda _: [str(tmp_path / "ComfyUI" / "custom_nodes")]
    monkeypatch.setitem(sys.modules, "nodes", nodes)
    monkeypatch.setitem(sys.modules, "folder_paths", folder_paths)
    return nodes.NODE_CLASS_MAPPINGS


@pytest_asyncio.fixture
async def start_server(
    tmp_path: Path, api: FakeComfyApi, comfyui_modules: dict[str, type]
) -> AsyncIterator[StartServer]:
    """`await start_server(tls=…, data_folder=…, PASSPORT_…="…")`: a running server."""
    async with AsyncExitStack() as stack:

        async def start(
            tls: Any = None, data_folder: Path | None = None, **environment: str
        ) -> PassportServer:
            server = PassportServer(data_folder or tmp_path / "data", api, environment)
            return await stack.enter_async_context(server.running(tls))

        yield start


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> PassportServer:
    """A server without any setting."""
    return await start_server()


@pytest_asyncio.fixture
async def browser(server: PassportServer) -> Browser:
    """A browser on that server."""
    return server.browser()
