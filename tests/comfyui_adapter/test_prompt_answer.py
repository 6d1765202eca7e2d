"""What is left of a posted prompt when ComfyUI has answered."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest
from passport.comfyui import prompt_answer
from passport.comfyui.prompt_queue import find_queued_handles
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.comfyui_adapter.conftest import error_of

BROUGHT = {"api_key_comfy_org": PRACTICE_KEY}


@pytest.mark.parametrize(("prompt", "status"), [("refused", 400), ("broken", 500)])
@pytest.mark.parametrize("path", ["/prompt", "/api/prompt"])
async def test_advisory_a_prompt_that_is_not_queued_leaves_no_claim(
    adapter, server, prompt, status, path
):
    """10 000 invalid prompts once pushed out the claim of a valid one that waited."""
    client = server.browser()
    left = await adapter.post(client, "Own", extra_data=BROUGHT)
    waiting = set(server.claims._waiting)
    answer = await client.post(path, {"prompt": prompt, "extra_data": BROUGHT})
    assert answer.status == status
    assert set(server.claims._waiting) == waiting == {left["extra_data"]["passport"]}


class TestTheStore:
    """The hook runs on ComfyUI's event loop, and a store may be far away."""

    @pytest.fixture
    async def server(self, start_server):
        return await start_server(COMFY_API_KEY=PRACTICE_KEY_2)

    @pytest.fixture
    async def ada(self, server, adapter):
        adapter.add_node("Curious", "ComfyUI-Curious")
        ada = server.browser()
        await ada.log_in(PRACTICE_KEY)
        return ada

    @pytest.fixture
    def asked_on(self, server, ada, monkeypatch):
        """The threads on which the store was asked."""
        threads, reading = set(), server.services.database.reading

        def read():
            threads.add(threading.current_thread())
            return reading()

        monkeypatch.setattr(server.services.database, "reading", read)
        return threads

    async def test_advisory_it_is_never_asked_on_the_event_loop(self, adapter, ada, asked_on):
        """It was, for packs and for an account beside the machine's default."""
        await adapter.post(ada, "Own", "Curious")
        assert asked_on
        assert threading.current_thread() not in asked_on

    async def test_a_run_that_begins_before_it_has_answered_asks_for_itself(
        self, adapter, server, ada, monkeypatch
    ):
        monkeypatch.setattr(prompt_answer, "_decide", AsyncMock())
        assert (await adapter.run(ada, "Own")).got == {"1": {"api_key": PRACTICE_KEY}}
        assert error_of(await adapter.run(ada, "Curious"))["exception_type"] == (
            "PassportNodePackNotAllowed"
        )
        await ada.put("node-packs/ComfyUI-Curious", {"decision": "once"})
        assert (await adapter.run(ada, "Curious")).got == {"1": {"api_key": PRACTICE_KEY}}
        assert not (await adapter.run(ada, "Curious")).success

    async def test_a_claim_that_waits_is_decided_when_the_prompt_is_answered(
        self, adapter, server, ada
    ):
        left = await adapter.post(ada, "Curious")
        await ada.put("node-packs/ComfyUI-Curious", {"decision": "always"})
        assert server.claims.find(left["extra_data"]["passport"]).decided
        assert not adapter.execute(left).success

    async def test_one_that_cannot_answer_refuses_no_prompt(
        self, adapter, server, ada, monkeypatch, caplog
    ):
        def fail(claim):
            raise RuntimeError(PRACTICE_KEY)

        with monkeypatch.context() as patch:
            patch.setattr(server.services.binding, "decide", fail)
            left = await adapter.post(ada, "Own")
        assert "RuntimeError" in caplog.text
        assert PRACTICE_KEY not in caplog.text
        assert adapter.execute(left).got == {"1": {"api_key": PRACTICE_KEY}}


class TestTheQueue:
    def test_it_names_the_handles_of_what_waits(self):
        items = [
            (1, "id", {}, {"passport": "a"}, []),
            (2, "id", {}, {"passport": "b", "client_id": "c"}, [], {}),
            (3, "id", {}, {"client_id": "c"}, []),
            (4, "id", {}, [], []),
        ]
        server = SimpleNamespace(prompt_queue=SimpleNamespace(queue=items))
        assert find_queued_handles(server) == {"a", "b"}

    @pytest.mark.parametrize("queue", [None, [1], [()], 7, [(1, "id", {}, {"passport": []})]])
    def test_one_of_another_form_says_nothing(self, queue):
        assert find_queued_handles(SimpleNamespace(prompt_queue=queue)) is None
        server = SimpleNamespace(prompt_queue=SimpleNamespace(queue=queue))
        assert find_queued_handles(server) is None
        assert find_queued_handles(object()) is None
