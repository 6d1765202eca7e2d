"""The graph runner: ComfyUI's names and messages, in a small form.

Nodes get their inputs by `get_input_data` and errors show inputs by `format_value`; both are
looked up in this module at each call, so a wrapper that an extension puts here takes effect.
"""

import asyncio
import logging
import time
import traceback
from typing import Any

import comfy.model_management
import nodes
from comfy.cli_args import args
from comfy_api.latest import io
from comfy_execution.graph import DynamicPrompt, get_input_info
from comfy_execution.graph_utils import is_link
from comfy_execution.node_calls import is_v3
from comfy_execution.prompt_queue import MAXIMUM_HISTORY_SIZE, ExecutionStatus, PromptQueue

__all__ = [
    "MAXIMUM_HISTORY_SIZE",
    "ExecutionStatus",
    "PromptExecutor",
    "PromptQueue",
    "format_value",
    "full_type_name",
    "get_input_data",
    "validate_prompt",
]

if not args.stand_in_old_leaks:
    SENSITIVE_EXTRA_DATA_KEYS = ("auth_token_comfy_org", "api_key_comfy_org")


def _hidden_values(
    unique_id: str, dynprompt: DynamicPrompt | None, extra_data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "PROMPT": dynprompt.get_original_prompt() if dynprompt else {},
        "DYNPROMPT": dynprompt,
        "EXTRA_PNGINFO": extra_data.get("extra_pnginfo"),
        "UNIQUE_ID": unique_id,
        "AUTH_TOKEN_COMFY_ORG": extra_data.get("auth_token_comfy_org"),
        "API_KEY_COMFY_ORG": extra_data.get("api_key_comfy_org"),
        "COMFY_USAGE_SOURCE": extra_data.get("comfy_usage_source"),
    }


def get_input_data(
    inputs: dict[str, Any],
    class_def: Any,
    unique_id: str,
    execution_list: Any = None,
    dynprompt: DynamicPrompt | None = None,
    extra_data: dict[str, Any] = {},  # noqa: B006
) -> tuple[dict[str, list[Any]], dict[str, bool], io.V3Data]:
    """Values of every input as lists; the names still missing; the hidden inputs of V3."""
    declared = class_def.INPUT_TYPES()
    values: dict[str, list[Any]] = {}
    missing: dict[str, bool] = {}
    for name, given in inputs.items():
        if is_link(given):
            found = execution_list.outputs_of(given) if execution_list else None
            if found is None:
                missing[name] = True
            values[name] = [None] if found is None else found
        elif get_input_info(class_def, name, declared)[1] is not None:
            values[name] = [given]
    hidden_values = _hidden_values(unique_id, dynprompt, extra_data)
    v3_data: io.V3Data = {"hidden_inputs": {}}
    for name, wanted in declared.get("hidden", {}).items():
        if is_v3(class_def):
            v3_data["hidden_inputs"][io.Hidden[name]] = hidden_values[wanted[0]]
        elif wanted in hidden_values:
            values[name] = [hidden_values[wanted]]
    return values, missing, v3_data


def format_value(x: Any) -> Any:
    """An input as an error message shows it."""
    return x if x is None or isinstance(x, (int, float, bool, str)) else str(x)


def full_type_name(klass: Any) -> str:
    if klass.__module__ == "builtins":
        return klass.__qualname__
    return f"{klass.__module__}.{klass.__qualname__}"


class PromptExecutor:
    """Runs one prompt at a time on the worker thread and keeps what the history needs."""

    def __init__(self, server: Any, cache_type: Any = False, cache_args: Any = None) -> None:
        self.server = server
        self.cache_type = cache_type
        self.cache_args = cache_args
        self.reset()

    def reset(self) -> None:
        from comfy_execution.caching import ResultCache

        self.cache = ResultCache()
        self.status_messages: list[tuple[str, dict[str, Any]]] = []
        self.history_result: dict[str, Any] = {}
        self.success = True

    def add_message(self, event: str, data: dict[str, Any], broadcast: bool) -> None:
        data = {**data, "timestamp": time.time_ns() // 1_000_000}
        self.status_messages.append((event, data))
        if self.server.client_id is not None or broadcast:
            self.server.send_sync(event, data, self.server.client_id)

    def execute(
        self,
        prompt: dict[str, Any],
        prompt_id: str,
        extra_data: dict[str, Any] = {},  # noqa: B006  (ComfyUI's signature)
        execute_outputs: list[str] = [],  # noqa: B006
    ) -> None:
        asyncio.run(self.execute_async(prompt, prompt_id, extra_data, execute_outputs))

    async def execute_async(
        self,
        prompt: dict[str, Any],
        prompt_id: str,
        extra_data: dict[str, Any] = {},  # noqa: B006
        execute_outputs: list[str] = [],  # noqa: B006
    ) -> None:
        from comfy_execution.prompt_run import NodeFailure, PromptRun

        nodes.interrupt_processing(False)
        self.server.client_id = extra_data.get("client_id")
        self.status_messages = []
        self.success = True
        self.add_message("execution_start", {"prompt_id": prompt_id}, broadcast=False)
        run = PromptRun(self, DynamicPrompt(prompt), prompt_id, extra_data)
        cached = await run.prepare(list(execute_outputs))
        self.add_message(
            "execution_cached", {"nodes": cached, "prompt_id": prompt_id}, broadcast=False
        )
        try:
            await run.run(list(execute_outputs))
        except NodeFailure as failure:
            self.success = False
            self._report(failure, run)
        else:
            self.add_message("execution_success", {"prompt_id": prompt_id}, broadcast=False)
        self.history_result = run.history_result()
        self.server.last_node_id = None

    def _report(self, failure: Any, run: Any) -> None:
        """Tell the client and the history why the prompt ended."""
        message: dict[str, Any] = {
            "prompt_id": run.prompt_id,
            "node_id": failure.node_id,
            "node_type": run.prompt.get_node(failure.node_id)["class_type"],
            "executed": list(run.executed),
        }
        cause: Any = failure.__cause__
        if isinstance(cause, comfy.model_management.InterruptProcessingException):
            logging.info("Processing interrupted")
            self.add_message("execution_interrupted", message, broadcast=True)
            return
        trace = traceback.format_exception(cause)
        logging.error("!!! Exception during processing !!! %s", cause)
        logging.error("".join(trace))
        message |= {
            "exception_message": f"{cause}\n",
            "exception_type": full_type_name(cause.__class__),
            "traceback": traceback.format_tb(cause.__traceback__),
            "current_inputs": {
                name: [format_value(value) for value in values]
                for name, values in failure.inputs.items()
            },
            "current_outputs": list(run.executed),
        }
        self.add_message("execution_error", message, broadcast=False)


async def validate_prompt(
    prompt_id: str, prompt: dict[str, Any], partial_execution_list: list[str] | None = None
) -> tuple[bool, dict[str, Any] | None, list[str], dict[str, Any]]:
    """(valid, error, outputs to execute, errors by node) of a posted prompt."""
    from comfy_execution.validation import PromptValidation

    return PromptValidation(prompt, partial_execution_list).judge()
