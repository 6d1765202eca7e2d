"""What of the last prompt need not run again: a node with the same inputs all the way up."""

import hashlib
import json
import math
import uuid
from dataclasses import dataclass
from typing import Any

import execution
import nodes
from comfy_execution.graph import DynamicPrompt
from comfy_execution.graph_utils import is_link
from comfy_execution.node_calls import call_over_lists, is_v3


@dataclass(frozen=True)
class CacheEntry:
    outputs: list[list[Any]]
    ui: dict[str, Any] | None


async def _changed_value(prompt: DynamicPrompt, node_id: str) -> Any:
    """What `IS_CHANGED` or `fingerprint_inputs` says; links are not resolved for it."""
    node = prompt.get_node(node_id)
    class_def = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
    name = "fingerprint_inputs" if is_v3(class_def) else "IS_CHANGED"
    if not hasattr(class_def, name):
        return False
    try:
        inputs, _, v3_data = execution.get_input_data(node["inputs"], class_def, node_id, None)
        return await call_over_lists(class_def, inputs, name, v3_data)
    except Exception:  # noqa: BLE001  (a node that cannot say is taken as changed)
        return math.nan


def _depends_on_its_id(class_def: Any) -> bool:
    hidden = class_def.INPUT_TYPES().get("hidden", {}).values()
    asks = any(value in ("UNIQUE_ID", ("UNIQUE_ID",)) for value in hidden)
    return asks or getattr(class_def, "NOT_IDEMPOTENT", False)


def _encode(value: Any) -> str:
    return f"<{type(value).__name__} {value!r}>"


async def signatures(prompt: DynamicPrompt, ordered: list[str]) -> dict[str, str]:
    """A digest for each node; equal digests mean equal results. NaN makes it one of a kind."""
    known: dict[str, str] = {}
    for node_id in ordered:
        node = prompt.get_node(node_id)
        class_def = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
        inputs = {
            name: ["link", known[value[0]], value[1]] if is_link(value) else ["value", value]
            for name, value in node["inputs"].items()
        }
        changed = await _changed_value(prompt, node_id)
        own_id = node_id if _depends_on_its_id(class_def) else None
        text = json.dumps(
            [node["class_type"], inputs, changed, own_id], sort_keys=True, default=_encode
        )
        if _has_nan(changed):
            text += uuid.uuid4().hex
        known[node_id] = hashlib.sha256(text.encode()).hexdigest()
    return known


def _has_nan(value: Any) -> bool:
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return any(_has_nan(item) for item in items)
    return isinstance(value, float) and math.isnan(value)


class ResultCache:
    """Results of the last prompt by signature, and node objects by node id and class."""

    def __init__(self) -> None:
        self._results: dict[str, CacheEntry] = {}
        self._objects: dict[tuple[str, str], Any] = {}

    def result(self, signature: str) -> CacheEntry | None:
        return self._results.get(signature)

    def keep(self, signature: str, entry: CacheEntry) -> None:
        self._results[signature] = entry

    def forget_all_but(self, wanted: set[str]) -> None:
        self._results = {key: entry for key, entry in self._results.items() if key in wanted}

    def node_object(self, node_id: str, class_type: str) -> Any:
        key = node_id, class_type
        if key not in self._objects:
            self._objects[key] = nodes.NODE_CLASS_MAPPINGS[class_type]()
        return self._objects[key]
