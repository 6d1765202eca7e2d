"""A ComfyUI of another form: nothing is wrapped, the documented way is taken, the Doctor warns."""

from __future__ import annotations

import functools
from types import SimpleNamespace

import pytest
from passport.comfyui.host_facts import read_host_facts
from passport.comfyui.wrapping import fits, is_wrapped, wrap
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.network.checks import Situation, check_binding
from passport.tests.comfyui_adapter.conftest import prompt_of
from passport.tests.comfyui_adapter.stub_execution import make_execution


class TestFits:
    @pytest.mark.parametrize(
        "function",
        [lambda a, b: 0, lambda a, b, c=1: 0, lambda a, b, *c, **d: 0],
    )
    def test_the_first_parameters_decide(self, function):
        assert fits(function, ("a", "b"))

    @pytest.mark.parametrize(
        "function",
        [lambda b, a: 0, lambda a: 0, lambda *a: 0, lambda: 0, None, 1, "text", type, min],
    )
    def test_anything_else_does_not(self, function):
        assert not fits(function, ("a", "b"))


class TestWrap:
    def test_twice_is_once(self):
        owner = SimpleNamespace(f=lambda a: a)
        double = lambda original: lambda a: original(a) * 2  # noqa: E731
        assert wrap(owner, "f", ("a",), double)
        assert wrap(owner, "f", ("a",), double)
        assert owner.f(1) == 2

    def test_what_does_not_fit_stays_the_very_same(self):
        def f(other):
            return other

        owner = SimpleNamespace(f=f)
        assert not wrap(owner, "f", ("a",), lambda original: lambda a: 0)
        assert not wrap(owner, "missing", ("a",), lambda original: lambda a: 0)
        assert owner.f is f

    def test_a_wrapper_of_somebody_else_round_ours_is_seen_through(self):
        owner = SimpleNamespace(f=lambda a: a)
        wrap(owner, "f", ("a",), lambda original: lambda a: original(a) + 1)
        owner.f = functools.wraps(owner.f)(lambda *a, **k: 0)
        assert is_wrapped(owner, "f")
        owner.f = lambda a: 0
        assert not is_wrapped(owner, "f")


def _rename_parameter(execution):
    execution.PromptExecutor.execute = lambda self, graph, prompt_id, extra_data, outputs: None


def _reorder_parameters(execution):
    execution.PromptExecutor.execute = (
        lambda self, prompt_id, prompt, extra_data=None, execute_outputs=(): None
    )


def _drop_add_message(execution):
    del execution.PromptExecutor.add_message


def _drop_get_input_data(execution):
    del execution.get_input_data


def _change_get_input_data(execution):
    execution.get_input_data = lambda inputs, class_def, unique_id: {}


def _drop_executor(execution):
    del execution.PromptExecutor


@pytest.mark.parametrize(
    "change",
    [
        _rename_parameter,
        _reorder_parameters,
        _drop_add_message,
        _drop_get_input_data,
        _change_get_input_data,
        _drop_executor,
    ],
)
class TestAComfyuiOfAnotherForm:
    @pytest.fixture(autouse=True)
    def other_form(self, adapter, change):
        adapter.execution = make_execution()
        change(adapter.execution)
        self.before = dict(vars(adapter.execution))
        executor = getattr(adapter.execution, "PromptExecutor", None)
        self.methods = dict(vars(executor)) if executor else {}
        adapter.install()
        adapter.add_node("Own", None)
        adapter.add_node("Curious", "curious")

    def test_the_executor_is_left_alone(self, adapter, change):
        assert adapter.binding.guarded is False
        executor = getattr(adapter.execution, "PromptExecutor", None)
        assert (dict(vars(executor)) if executor else {}) == self.methods
        assert getattr(adapter.execution, "get_input_data", None) is self.before.get(
            "get_input_data"
        )

    async def test_the_documented_key_is_put_in_for_own_api_nodes(self, adapter, browser, change):
        await browser.log_in(PRACTICE_KEY)
        left = await adapter.post(browser, "Own")
        assert left["extra_data"] == {"api_key_comfy_org": PRACTICE_KEY}

    @pytest.mark.parametrize("kinds", [("Curious",), ("Own", "Curious"), ("Unknown",), ()])
    async def test_it_is_not_put_in_for_others(self, adapter, browser, change, kinds):
        await browser.log_in(PRACTICE_KEY)
        left = await adapter.post(browser, *kinds)
        assert left == {"prompt": prompt_of(*kinds)}

    async def test_it_is_put_in_for_a_pack_that_is_allowed(self, adapter, browser, change):
        await browser.log_in(PRACTICE_KEY)
        await browser.put("node-packs/curious", {"decision": "always"})
        left = await adapter.post(browser, "Own", "Curious")
        assert left["extra_data"] == {"api_key_comfy_org": PRACTICE_KEY}

    async def test_strangers_get_none(self, adapter, server, change):
        left = await adapter.post(server.browser(), "Own", extra_data={"passport": "forged"})
        assert left["extra_data"] == {}

    async def test_what_the_client_sent_stays(self, adapter, browser, change):
        await browser.log_in(PRACTICE_KEY)
        sent = {"api_key_comfy_org": PRACTICE_KEY_2}
        assert (await adapter.post(browser, "Own", extra_data=dict(sent)))["extra_data"] == sent

    def test_the_doctor_warns(self, adapter, change, monkeypatch):
        import sys
        from types import ModuleType

        cli_args = ModuleType("comfy.cli_args")
        cli_args.args = SimpleNamespace(listen="127.0.0.1")
        monkeypatch.setitem(sys.modules, "comfy", ModuleType("comfy"))
        monkeypatch.setitem(sys.modules, "comfy.cli_args", cli_args)

        facts = read_host_facts(adapter.binding, adapter.redaction)
        row = check_binding(Situation(None, "", facts))

        assert facts.binding == "fallback"
        assert (row.id, row.state, row.details["mode"]) == ("binding", "warn", "fallback")
        assert row.remedy


def test_an_error_report_of_another_form_is_named(adapter):
    execution = make_execution()
    execution.format_value = lambda value, depth: value
    adapter.execution = execution
    adapter.install()
    assert adapter.binding.guarded is True
    assert adapter.redaction.covered["format_value"] is False
