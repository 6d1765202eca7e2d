"""Who gets the key as the prompt runs, and how a run fails that may not have it."""

from __future__ import annotations

import pytest
from passport.comfyui import execution_binding
from passport.comfyui.run import current_run
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.comfyui_adapter.conftest import error_of, prompt_of


@pytest.fixture
async def ada(browser):
    await browser.log_in(PRACTICE_KEY)
    return browser


async def test_an_api_node_gets_the_key_and_the_executor_sees_none(adapter, ada):
    executor = await adapter.run(ada, "Own")

    assert executor.success
    assert executor.got == {"1": {"api_key": PRACTICE_KEY}}
    assert executor.seen_extra_data == {}
    assert executor.history_result == {"outputs": {"1": {"api_key": "***"}}}
    assert current_run.get() is None


async def test_what_was_queued_is_not_touched(adapter, ada):
    left = await adapter.post(ada, "Own")
    before = dict(left["extra_data"])
    adapter.execute(left)
    assert left["extra_data"] == before


async def test_a_handle_opens_once(adapter, ada):
    left = await adapter.post(ada, "Own")
    adapter.execute(left)
    assert adapter.execute(left).got == {"1": {"api_key": None}}


async def test_a_node_that_does_not_ask_gets_nothing(adapter, ada):
    adapter.add_node("Plain", "anybody", hidden={})
    executor = await adapter.run(ada, "Plain", "Own")
    assert executor.got == {"1": {}, "2": {"api_key": PRACTICE_KEY}}


async def test_a_run_of_nobody_goes_on_without(adapter, server):
    executor = await adapter.run(server.browser(), "Own")
    assert executor.success
    assert executor.got == {"1": {"api_key": None}}


async def test_a_key_replaced_while_the_run_waits_is_the_new_one(adapter, ada):
    left = await adapter.post(ada, "Own")
    await ada.put("credentials/comfy", {"secret": PRACTICE_KEY_2})
    assert adapter.execute(left).got == {"1": {"api_key": PRACTICE_KEY_2}}


async def test_a_key_removed_while_the_run_waits_fails_it_before_it_begins(adapter, server, ada):
    left = await adapter.post(ada, "Own")
    server.clock.advance(seconds=1)
    await ada.delete("credentials/comfy")

    executor = adapter.execute(left)

    assert executor.got == {}
    error = error_of(executor)
    assert error["exception_type"] == "PassportCredentialUnavailable"
    assert "was removed from this server after this run was queued" in error["exception_message"]


async def test_both_credentials_of_the_client_arrive_under_their_names(adapter, ada):
    kinds = {"key": "API_KEY_COMFY_ORG", "token": "AUTH_TOKEN_COMFY_ORG"}
    adapter.add_node("Both", "anybody", hidden=kinds)
    brought = {"api_key_comfy_org": PRACTICE_KEY_2, "auth_token_comfy_org": "t" * 40}

    executor = await adapter.run(ada, "Both", extra_data=brought)

    assert executor.got == {"1": {"key": PRACTICE_KEY_2, "token": "t" * 40}}
    assert executor.seen_extra_data == {}


class TestAPackThatIsNotAllowed:
    @pytest.fixture(autouse=True)
    def packs(self, adapter):
        adapter.add_node("Curious", "ComfyUI-Curious")

    async def test_the_run_fails_before_the_first_node_and_says_which_pack(self, adapter, ada):
        executor = await adapter.run(ada, "Own", "Curious")

        assert executor.got == {}
        assert executor.success is False
        assert [event for event, _ in executor.status_messages] == [
            "execution_start",
            "execution_error",
        ]
        error = error_of(executor)
        assert set(error) == {
            "prompt_id",
            "node_id",
            "node_type",
            "executed",
            "exception_message",
            "exception_type",
            "traceback",
            "current_inputs",
            "current_outputs",
        }
        assert (error["node_id"], error["node_type"]) == ("2", "Curious")
        assert error["exception_type"] == "PassportNodePackNotAllowed"
        assert "“ComfyUI-Curious” asks for your Comfy API key" in error["exception_message"]
        assert "Allow it in Passport" in error["exception_message"]
        assert (error["executed"], error["current_inputs"]) == ([], {})

    async def test_the_panel_can_offer_to_allow_it(self, adapter, ada):
        await adapter.run(ada, "Curious")
        (asked,) = (await ada.get("node-packs")).json["asked"]
        assert (asked["name"], asked["node_types"]) == ("ComfyUI-Curious", ["Curious"])

    async def test_allowed_once_is_the_next_run_alone(self, adapter, ada):
        await ada.put("node-packs/ComfyUI-Curious", {"decision": "once"})
        assert (await adapter.run(ada, "Curious")).got == {"1": {"api_key": PRACTICE_KEY}}
        assert (await adapter.run(ada, "Curious")).got == {}

    async def test_allowed_always_is_until_taken_back(self, adapter, ada):
        await ada.put("node-packs/ComfyUI-Curious", {"decision": "always"})
        for _ in range(2):
            assert (await adapter.run(ada, "Curious")).got == {"1": {"api_key": PRACTICE_KEY}}
        waiting = await adapter.post(ada, "Curious")
        await ada.delete("node-packs/ComfyUI-Curious")
        assert adapter.execute(waiting).got == {}

    async def test_allowed_after_the_run_was_refused_does_not_revive_it(self, adapter, ada):
        waiting = await adapter.post(ada, "Curious")
        await ada.put("node-packs/ComfyUI-Curious", {"decision": "always"})
        error = error_of(adapter.execute(waiting))
        assert error["exception_type"] == "PassportNodePackNotAllowed"

    async def test_another_account_has_not_allowed_it(self, adapter, server, ada):
        await ada.put("node-packs/ComfyUI-Curious", {"decision": "always"})
        ben = server.browser()
        await ben.log_in(PRACTICE_KEY_2)
        assert (await adapter.run(ben, "Curious")).got == {}

    async def test_a_key_that_the_client_sent_is_the_clients_decision(self, adapter, ada):
        executor = await adapter.run(
            ada, "Curious", extra_data={"api_key_comfy_org": PRACTICE_KEY_2}
        )
        assert executor.got == {"1": {"api_key": PRACTICE_KEY_2}}

    async def test_without_any_key_nobody_is_refused(self, adapter, server, ada):
        await ada.delete("credentials/comfy")
        server.clock.advance(seconds=1)
        executor = await adapter.run(ada, "Curious")
        assert executor.success
        assert executor.got == {"1": {"api_key": None}}

    async def test_a_node_that_appears_as_the_run_goes_on_is_judged_too(self, adapter, ada):
        """Nodes can expand into others that were not in the prompt when it was posted."""
        adapter.add_node("Expands", None)
        left = await adapter.post(ada, "Expands")
        left["prompt"] |= {"9": {"class_type": "Curious", "inputs": {}}}
        adapter.classes.pop("Curious")  # not known before the run

        executor = adapter.execute(left)

        assert executor.got == {"1": {"api_key": PRACTICE_KEY}}
        assert error_of(executor)["exception_type"] == "PassportNodePackNotAllowed"


class TestRunsInsideRuns:
    async def test_an_inner_run_without_a_handle_gets_nothing(self, adapter, ada):
        inner = adapter.execution.PromptExecutor(adapter.stub_server)

        def run(executor, inputs):
            inner.execute(prompt_of("Own"), "inner", {}, [])

        adapter.add_node("Outer", None, run=run)
        outer = await adapter.run(ada, "Outer", "Own")

        assert inner.got == {"1": {"api_key": None}}
        assert outer.got["2"] == {"api_key": PRACTICE_KEY}, "the outer run goes on with its own"

    async def test_a_run_that_blows_up_leaves_nothing_behind(self, adapter, ada):
        def run(executor, inputs):
            raise KeyboardInterrupt

        adapter.add_node("Bomb", None, run=run)
        left = await adapter.post(ada, "Bomb")
        with pytest.raises(KeyboardInterrupt):
            adapter.execute(left)
        assert current_run.get() is None
        assert adapter.execute({"prompt": prompt_of("Own")}).got == {"1": {"api_key": None}}


class TestTheWorkerThreadSurvives:
    """What escapes from `execute` ends ComfyUI's only worker thread."""

    @pytest.mark.asvs("16.5.3")
    async def test_a_store_that_fails_in_an_unforeseen_way(self, adapter, server, ada, monkeypatch):
        left = await adapter.post(ada, "Own")

        def fail(*_):
            raise RuntimeError(f"unforeseen {PRACTICE_KEY}")

        monkeypatch.setattr(server.services.binding, "resolve", fail)
        executor = adapter.execute(left)

        error = error_of(executor)
        assert error["exception_type"] == "PassportCredentialUnavailable"
        assert PRACTICE_KEY not in str(error)
        assert executor.got == {}

    async def test_a_node_whose_inputs_cannot_be_asked_for(self, adapter, ada):
        left = await adapter.post(ada, "Own")

        def fail():
            raise OSError("the folder has gone")

        adapter.add_node("Broken", "anybody", INPUT_TYPES=staticmethod(fail))
        left["prompt"] |= {"2": {"class_type": "Broken", "inputs": {}}}
        executor = adapter.execute(left)

        assert executor.got == {"1": {"api_key": PRACTICE_KEY}}
        assert error_of(executor)["exception_type"] == "OSError"

    @pytest.mark.parametrize("extra_data", [None, {}, [], "text"])
    async def test_extra_data_of_any_kind(self, adapter, extra_data):
        executor = adapter.execute({"prompt": {}, "extra_data": extra_data})
        assert executor.success

    async def test_arguments_that_a_newer_comfyui_may_add(self, adapter, ada):
        original = adapter.execution.PromptExecutor.execute.__wrapped__

        def execute(
            self,
            prompt,
            prompt_id,
            extra_data=None,
            execute_outputs=(),
            priority=0,
            *,
            more=None,
        ):
            self.more = (priority, more)
            return original(self, prompt, prompt_id, extra_data, execute_outputs)

        adapter.execution.PromptExecutor.execute = execute
        adapter.install()
        assert adapter.binding.guarded

        executor = adapter.execute(await adapter.post(ada, "Own"), priority=3, more="more")

        assert executor.more == (3, "more")
        assert executor.got == {"1": {"api_key": PRACTICE_KEY}}


class TestWhateverFailsInUs:
    """ComfyUI's worker thread ends on what its executor raises, and with it all runs."""

    @pytest.mark.parametrize("step", ["cover_logs", "clean_results"])
    async def test_advisory_a_step_that_fails_ends_no_run(
        self, adapter, ada, monkeypatch, caplog, step
    ):
        def fail(*_):
            raise RuntimeError(PRACTICE_KEY)

        fail.__name__ = step
        monkeypatch.setattr(adapter.redaction, step, fail)
        executor = await adapter.run(ada, "Own")
        assert executor.got == {"1": {"api_key": PRACTICE_KEY}}
        assert f"{step} failed: RuntimeError" in caplog.text
        assert PRACTICE_KEY not in caplog.text

    async def test_advisory_a_refusal_is_told_though_nobody_knows_at_which_node(
        self, adapter, server, ada, monkeypatch
    ):
        def fail(*_):
            raise RuntimeError

        left = await adapter.post(ada, "Own")
        server.services.credentials.is_usable_by = lambda _: False
        monkeypatch.setattr(execution_binding, "find_wanting_node", fail)
        assert error_of(adapter.execute(left))["exception_type"] == "PassportCredentialUnavailable"

    async def test_advisory_a_store_that_fails_in_its_own_way_ends_no_run(
        self, adapter, server, ada
    ):
        def fail(*_):
            raise RuntimeError

        left = await adapter.post(ada, "Own")
        server.services.credentials.is_usable_by = fail
        assert error_of(adapter.execute(left))["exception_type"] == "PassportCredentialUnavailable"
