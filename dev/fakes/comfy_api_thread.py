"""The fake service on a thread of its own, for tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ..practice import Person
from .comfy_api import FakeComfyApi

if TYPE_CHECKING:
    from typing_extensions import Self

STEP_SECONDS = 5


class ComfyApiThread:
    """`with ComfyApiThread() as service: service.url, service.set_mode("down"), service.api`."""

    def __init__(self) -> None:
        self.api = FakeComfyApi()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Self":
        self._thread.start()
        self._run(self.api.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self.api.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return self.api.url

    @property
    def cloud_url(self) -> str:
        return self.api.cloud_url

    @property
    def keys_url(self) -> str:
        return self.api.keys_url

    def token_for(self, person: Person, **changes: Any) -> str:
        """An ID token of the person; `changes` replace claims, and None leaves a claim out."""
        return self.api.token_for(person, **changes)

    def set_mode(self, mode: str, slow_seconds: float | None = None) -> None:
        self._run(self.api.set_mode(mode, slow_seconds))

    def _run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(STEP_SECONDS)
