"""The fake service on a thread of its own, for tests that are not asynchronous."""

from typing import Any

from ..practice import Person
from .comfy_api import FakeComfyApi
from .service_thread import ServiceThread


class ComfyApiThread(ServiceThread):
    """`with ComfyApiThread() as service: service.url, service.set_mode("down"), service.api`."""

    def __init__(self) -> None:
        self.api = FakeComfyApi()
        super().__init__(self.api)

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
        self.run(self.api.set_mode(mode, slow_seconds))

    def reset(self) -> None:
        """Be as at the start: for tests that share one service."""
        self.run(self.api.reset())
