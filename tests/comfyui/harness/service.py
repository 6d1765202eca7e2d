"""The fake service, with a memory of who asked what."""

import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.practice import Person


@dataclass(frozen=True)
class Question:
    """What an API node asked, and the credential that it sent along."""

    text: str
    api_key: str | None
    authorization: str | None


class AttentiveComfyApi(FakeComfyApi):
    """Remembers each question of an API node with the credential that came along."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        super().__init__()

    @web.middleware
    async def _record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/proxy/"):
            text = (await request.json())["prompt"]
            headers = request.headers
            self.questions.append(
                Question(text, headers.get("X-API-KEY"), headers.get("Authorization"))
            )
        return await super()._record(request, handler)


class Service(ComfyApiThread):
    """The fake service on a thread of its own, and its customers."""

    api: AttentiveComfyApi

    def __init__(self) -> None:
        super().__init__()
        self._service = self.api = AttentiveComfyApi()

    def new_person(self, name: str = "Ada Canary") -> Person:
        """A customer that nobody has seen before, with a key that occurs nowhere else."""
        person = Person(
            id=secrets.token_hex(14),
            name=name,
            email=f"{secrets.token_hex(4)}@canary.example",
            key=f"comfyui-{secrets.token_hex(32)}",
            token=f"ey{secrets.token_urlsafe(48)}",
        )
        self.api.add_person(person)
        return person

    def new_key(self, person: Person) -> str:
        """A second key of the same person."""
        key = f"comfyui-{secrets.token_hex(32)}"
        fields: dict[str, Any] = {**vars(person), "key": key, "token": ""}
        self.api.add_person(Person(**fields))
        return key

    def keys_sent_with(self, text: str) -> list[str | None]:
        """The X-API-KEY of every question with this text, in order."""
        return [asked.api_key for asked in self.api.questions if asked.text == text]

    def tokens_sent_with(self, text: str) -> list[str | None]:
        return [asked.authorization for asked in self.api.questions if asked.text == text]
