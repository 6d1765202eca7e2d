"""ComfyUI itself is killed while people log in and prompts run; then it is started again."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import pytest
from passport.dev.fixtures import (  # noqa: F401
    blank_frontend,
    comfy_api,
    start_host,
)
from passport.dev.practice import PRACTICE_KEY, demo_prompt
from passport.storage.database import DATABASE_FILE, Database
from passport.tests.faults.wholeness import find_damage
from passport.tests.length import FULL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")

ROUNDS = 10 if FULL else 2
PEOPLE_AT_ONCE = 3
LONGEST_LIFE_MILLISECONDS = 1500
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Load:
    """People who come without a pause, until the server is gone."""

    url: str
    cookies: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def run(self) -> list[threading.Thread]:
        acts = [self.log_in] * PEOPLE_AT_ONCE + [self.post_prompt]
        threads = [threading.Thread(target=self._repeat, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        return threads

    def _repeat(self, act) -> None:
        try:
            while True:
                act()
        except urllib.error.HTTPError as error:
            self.surprises.append(f"{error.code} {error.read()[:200]!r}")
        except (OSError, ValueError, http.client.HTTPException):
            return  # the server is gone, in mid-answer perhaps

    def log_in(self) -> None:
        """As a new person with a key of their own, or as the one who is here already."""
        key = PRACTICE_KEY if secrets.randbelow(2) else f"comfyui-{secrets.token_hex(32)}"
        headers = {"X-Passport": "1", "Content-Type": "application/json"}
        body = json.dumps({"api_key": key}).encode()
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/passport/session/api-key", body, headers
        )
        try:
            with OPENER.open(request, timeout=20) as answer:
                self.cookies.append(answer.headers["Set-Cookie"].partition(";")[0])
        except urllib.error.HTTPError as error:
            if error.code not in (401, 429):  # nobody knows the key; too many tries
                raise

    def post_prompt(self) -> None:
        body = json.dumps({"prompt": demo_prompt()}).encode()
        headers = {"Content-Type": "application/json"}
        if self.cookies:
            headers["Cookie"] = self.cookies[-1]
        request = urllib.request.Request(f"{self.url}/prompt", body, headers)  # noqa: S310
        with OPENER.open(request, timeout=20) as answer:
            self.prompts.append(json.loads(answer.read())["prompt_id"])


def is_signed_in(host, cookie: str) -> bool:
    request = urllib.request.Request(  # noqa: S310
        f"{host.url}/passport/status", headers={"Cookie": cookie}
    )
    with OPENER.open(request, timeout=20) as answer:
        return json.loads(answer.read())["signed_in"]


def test_a_host_that_is_killed_under_load_keeps_every_session_that_it_has_given_out(
    start_host,  # noqa: F811
    tmp_path,
):
    host = start_host()
    cookies: list[str] = []
    prompts = 0
    for _ in range(ROUNDS):
        load = Load(host.url)
        threads = load.run()
        time.sleep(0.3 + secrets.randbelow(LONGEST_LIFE_MILLISECONDS) / 1000)
        assert host.child.exit_code() is None, "ComfyUI has crashed"
        os.killpg(host.child.process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(timeout=30)
        assert load.surprises == []
        cookies += load.cookies
        prompts += len(load.prompts)

        host = start_host()
        assert [is_signed_in(host, cookie) for cookie in cookies] == [True] * len(cookies)
        entry = host.run_prompt(demo_prompt(), extra_data={"api_key_comfy_org": PRACTICE_KEY})
        assert entry["status"]["status_str"] == "success"
        (file,) = tmp_path.rglob(DATABASE_FILE)
        database = Database(f"sqlite:///{file}")
        assert list(find_damage(database)) == []
        database.close()
    assert len(cookies) > ROUNDS
    assert prompts > 0
