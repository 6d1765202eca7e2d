"""What is left of a posted prompt when ComfyUI has answered."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from passport.comfyui.prompt_queue import find_queued_handles
from passport.dev.practice import PRACTICE_KEY

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
