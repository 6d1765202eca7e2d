"""The tiny server on a thread of its own, for clients that block while they wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.tests.server_routes.passport_server import PassportServer

if TYPE_CHECKING:
    from typing_extensions import Self

STARTS_WITHIN_SECONDS = 30


class ServerThread:
    """`with ServerThread(folder) as running:` … `running.server`."""

    def __init__(
        self,
        data_folder: Path,
        environment: Callable[[FakeComfyApi], Mapping[str, str]] = lambda _: {},
    ) -> None:
        self.data_folder = data_folder
        self.environment = environment
        self.server: PassportServer
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="the tiny server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_up.wait(STARTS_WITHIN_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with FakeComfyApi() as api:
            self.server = PassportServer(self.data_folder, api, self.environment(api))
            async with self.server.running():
                await self.server.composition.ready()
                self._is_up.set()
                await self._ended.wait()
