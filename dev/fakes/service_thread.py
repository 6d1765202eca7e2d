"""A fake on a thread of its own, so that it serves tests that are not asynchronous as well."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing_extensions import Self

STEP_SECONDS = 5


class Service(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class ServiceThread:
    """`with ServiceThread(service):` it serves."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Self":
        self._thread.start()
        self.run(self._service.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._service.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Do one step on the service's own thread."""
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(STEP_SECONDS)
