"""A person's browser, or a script, as far as HTTP sees it."""

import http.client
import json
import uuid
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from passport.dev.practice import Person

from .sockets import Socket

PATIENCE_SECONDS = 30
Prompt = dict[str, dict[str, Any]]
Headers = dict[str, str]
JSON = {"Content-Type": "application/json"}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Outcome:
    """How a run ended, as the history tells it."""

    prompt_id: str
    entry: dict[str, Any]

    @property
    def succeeded(self) -> bool:
        return self.entry["status"]["status_str"] == "success"

    @property
    def error(self) -> dict[str, Any]:
        """The `execution_error` message; empty after a success."""
        messages = dict(map(tuple, self.entry["status"]["messages"]))
        return messages.get("execution_error", {})

    def text(self, node_id: str) -> str:
        return self.entry["outputs"][node_id]["text"][0]


class Client:
    """Keeps cookies, and a web socket under its client id."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.person: Person | None = None
        self.cookies: dict[str, str] = {}
        self.client_id = uuid.uuid4().hex
        self.socket = Socket(url, self.client_id)

    def close(self) -> None:
        self.socket.close()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Headers | None = None
    ) -> Answer:
        """One request, on a connection of its own."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            place.hostname or "", place.port, timeout=PATIENCE_SECONDS
        )
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            self._keep_cookies(response.headers.get_all("Set-Cookie", []))
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Headers | None = None) -> Answer:
        return self.send("GET", path, headers=headers)

    def call(
        self, method: str, path: str, body: Any = None, headers: Headers | None = None
    ) -> Answer:
        """A call of ours: JSON and the header that says so."""
        data = None if body is None else json.dumps(body).encode()
        all_headers = {"X-Passport": "1", **JSON, **(headers or {})}
        return self.send(method, f"/passport/{path}", data, all_headers)

    def log_in(self, person: Person, **fields: Any) -> "Client":
        answer = self.call("POST", "session/api-key", {"api_key": person.key, **fields})
        assert answer.status == 201, answer.body
        self.person = person
        return self

    def log_out(self, forget: bool = False) -> None:
        answer = self.call("DELETE", f"session?forget={str(forget).lower()}")
        assert answer.status == 204, answer.body

    def allow(self, pack: str, decision: str) -> None:
        assert self.call("PUT", f"node-packs/{pack}", {"decision": decision}).status == 200

    def post_prompt(self, body: Any, headers: Headers | None = None) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", "/prompt", data, {**JSON, **(headers or {})})

    def queue(self, prompt: Prompt, headers: Headers | None = None, **fields: Any) -> str:
        """Queue a prompt and return its id."""
        body = {"prompt": prompt, "client_id": self.client_id, **fields}
        answer = self.post_prompt(body, headers)
        assert answer.status == 200, answer.body
        return answer.json()["prompt_id"]

    def wait_for_start(self, prompt_id: str, node_id: str) -> None:
        """Wait until this node of the prompt runs."""
        self.socket.wait_for(
            lambda message: (
                message["type"] == "executing"
                and message["data"].get("prompt_id") == prompt_id
                and message["data"]["node"] == node_id
            )
        )

    def wait_for_end(self, prompt_id: str) -> Outcome:
        """Wait until the history has the prompt: every client hears of a change of the queue."""
        history = self.socket.wait_until(lambda: self.get(f"/history/{prompt_id}").json())
        return Outcome(prompt_id, history[prompt_id])

    def run(self, prompt: Prompt, headers: Headers | None = None, **fields: Any) -> Outcome:
        return self.wait_for_end(self.queue(prompt, headers, **fields))

    def wait_for_silence(self) -> None:
        """Wait until the socket has told all that was on its way: messages keep their order."""
        marker = uuid.uuid4().hex
        self.send("POST", f"/plain_pack/markers/{self.client_id}/{marker}")
        self.socket.wait_for(lambda message: message["type"] == marker)

    def _keep_cookies(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
