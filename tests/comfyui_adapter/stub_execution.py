"""STUBS of ComfyUI's module `execution`: just the forms that Passport looks at and wraps.

The real ones run in tests/comfyui and tests/leaks.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

HIDDEN = {"API_KEY_COMFY_ORG": "api_key_comfy_org", "AUTH_TOKEN_COMFY_ORG": "auth_token_comfy_org"}


def make_execution() -> Any:
    """Return a fresh module, so that a test can change it and wrap it."""
    execution: Any = ModuleType("execution")

    def get_input_data(
        inputs: Any,
        class_def: Any,
        unique_id: Any,
        execution_list: Any = None,
        dynprompt: Any = None,
        extra_data: Any = {},  # noqa: B006  # as ComfyUI has it
    ) -> dict[str, Any]:
        hidden = class_def.INPUT_TYPES().get("hidden", {})
        return {
            name: extra_data.get(HIDDEN[kind]) for name, kind in hidden.items() if kind in HIDDEN
        }

    def format_value(x: Any) -> Any:
        return x if isinstance(x, (int, float, bool, str)) or x is None else str(x)

    class PromptExecutor:
        def __init__(self, server: Any) -> None:
            self.server = server
            self.success = True
            self.status_messages: list[Any] = []
            self.history_result: dict[str, Any] = {}
            self.got: dict[str, Any] = {}
            self.seen_extra_data: Any = None

        def add_message(self, event: str, data: dict[str, Any], broadcast: bool) -> None:
            self.status_messages.append((event, data))
            self.server.send_sync(event, data, self.server.client_id)

        def execute(
            self,
            prompt: Any,
            prompt_id: Any,
            extra_data: Any = {},  # noqa: B006
            execute_outputs: Any = [],  # noqa: B006
        ) -> None:
            self.seen_extra_data = extra_data
            for node_id, node in prompt.items():
                node_class = execution.node_classes[node["class_type"]]
                try:
                    inputs = execution.get_input_data(
                        node["inputs"], node_class, node_id, extra_data=extra_data
                    )
                    self.got[node_id] = inputs
                    getattr(node_class, "run", lambda *_: None)(self, inputs)
                except Exception as error:  # noqa: BLE001  # as ComfyUI does
                    self.success = False
                    self.add_message(
                        "execution_error",
                        {
                            "node_id": node_id,
                            "exception_type": type(error).__name__,
                            "exception_message": str(error),
                            "current_inputs": {
                                name: execution.format_value(value)
                                for name, value in self.got.get(node_id, {}).items()
                            },
                        },
                        broadcast=False,
                    )
                    return
            self.history_result = {"outputs": dict(self.got)}

    execution.get_input_data = get_input_data
    execution.format_value = format_value
    execution.PromptExecutor = PromptExecutor
    execution.node_classes = {}
    return execution


class StubServer:
    """STUB of PromptServer: remembers what it sends."""

    def __init__(self) -> None:
        self.client_id: str | None = None
        self.sent: list[tuple[Any, Any]] = []

    def send_sync(self, event: Any, data: Any, sid: Any = None) -> None:
        self.sent.append((event, data))
