"""Every remote service takes calls and never answers: all that is local goes on as before."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from passport.dev.fixtures import (  # noqa: F401
    blank_frontend,
    comfy_api,
    start_host,
)
from passport.dev.practice import PRACTICE_KEY
from passport.providers.circuit_breaker import FAILURES_TO_OPEN

LOCAL_PACK = """
class LocalNode:
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "test", "run", (), True
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"number": ("INT", {"default": 0})}}
    def run(self, number):
        return {"ui": {"text": [str(number + 1)]}}

NODE_CLASS_MAPPINGS = {"LocalNode": LocalNode}
"""
PROBED = {"reach:comfy_api", "reach:platform", "reach:google", "reach:github", "reach:oidc:studio",
          "reach:firebase", "reach:comfy_cloud"}  # fmt: skip


class BlackHole:
    """Takes every connection, reads nothing, says nothing; `calls` counts them."""

    def __init__(self) -> None:
        self.calls = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._kept: list[socket.socket] = []
        self._thread = threading.Thread(target=self._swallow, daemon=True)
        self._thread.start()

    def _swallow(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            self._kept.append(connection)
            self.calls += 1

    def close(self) -> None:
        with contextlib.suppress(OSError):  # not every system lets go of a listener so
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)
        for connection in self._kept:
            connection.close()

    def settings(self) -> dict[str, str]:
        """Every service that Passport can be told of, set up and in the hole."""
        return {
            "HTTPS_PROXY": self.url,  # for what has no setting: it is https
            "PASSPORT_COMFY_API_BASE": self.url,
            "PASSPORT_GOOGLE_CLIENT_ID": "x",
            "PASSPORT_GOOGLE_CLIENT_SECRET": "x",
            "PASSPORT_GOOGLE_ISSUER": self.url,
            "PASSPORT_GITHUB_CLIENT_ID": "x",
            "PASSPORT_GITHUB_BASE": self.url,
            "PASSPORT_GITHUB_API_BASE": f"{self.url}/api",
            "PASSPORT_OIDC_STUDIO_ISSUER": self.url,
            "PASSPORT_OIDC_STUDIO_CLIENT_ID": "x",
            "PASSPORT_FIREBASE_WEB_KEY": "x",
            "PASSPORT_FIREBASE_AUTH_BASE": f"{self.url}/v1",
            "PASSPORT_FIREBASE_TOKEN_BASE": f"{self.url}/v1",
            "PASSPORT_FIREBASE_KEYS_URL": f"{self.url}/jwk",
            "PASSPORT_COMFY_LOGIN_CODE": "true",
            "PASSPORT_COMFY_CLOUD_BASE": self.url,
        }


@pytest.fixture
def hole() -> Iterator[BlackHole]:
    hole = BlackHole()
    yield hole
    hole.close()


@pytest.fixture
def packs(tmp_path):
    pack = tmp_path / "packs" / "local_pack"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text(LOCAL_PACK, encoding="utf-8")
    return tmp_path / "packs"


def test_comfyui_starts_and_local_graphs_run_and_status_asks_nobody(
    start_host,  # noqa: F811
    hole,
    packs,
):
    host = start_host(service_url=hole.url, custom_nodes=[packs], environment=hole.settings())

    entry = host.run_prompt({"1": {"class_type": "LocalNode", "inputs": {"number": 41}}})
    assert entry["status"]["status_str"] == "success"
    assert entry["outputs"]["1"]["text"] == ["42"]

    host.get_json("/passport/status")  # the first one opens the store
    took = []
    for _ in range(50):
        began = time.perf_counter()
        status = host.get_json("/passport/status")
        took.append(time.perf_counter() - began)
    assert status["signed_in"] is False
    print(f"status: {sorted(took)[25] * 1000:.1f} ms at the median, with its connection")  # noqa: T201
    rows = {row["id"]: row["state"] for row in host.get_json("/passport/checks")["checks"]}
    assert {rows[name] for name in PROBED} == {"skipped"}
    assert hole.calls == 0

    answer = host.get_json("/passport/checks?remote=1", seconds=30)
    steps = {row["id"]: row["details"].get("step") for row in answer["checks"]}
    assert {name: steps[name] for name in PROBED} == dict.fromkeys(PROBED, "timeout")
    assert answer["most_important"] in PROBED
    assert hole.calls > 0


async def test_a_dead_service_costs_the_first_ones_a_wait_and_the_next_nothing(
    start_server, hole, monkeypatch
):
    monkeypatch.setattr("passport.providers.http_client.PROBE_TIMEOUT_SECONDS", 0.2)
    server = await start_server(PASSPORT_COMFY_API_BASE=hole.url)
    browser = server.browser()
    await browser.status()
    monkeypatch.setattr(server.services.http_client, "_timeout_seconds", 0.2)

    for _ in range(FAILURES_TO_OPEN + 2):  # a key is kept all the same, and checked later
        credential = (await server.browser().log_in(PRACTICE_KEY)).json["credential"]
        assert (credential["state"], credential["cause"]) == ("not_checked", "timeout")
    assert hole.calls == FAILURES_TO_OPEN

    monkeypatch.setattr("passport.network.remote_services.PLATFORM", hole.url)
    answer = (await browser.get("checks?remote=1")).json
    row = next(row for row in answer["checks"] if row["id"] == "reach:comfy_api")
    assert (row["state"], row["details"]["step"]) == ("fail", "timeout")
    assert row["details"]["given_up_until"] in row["cause"]
