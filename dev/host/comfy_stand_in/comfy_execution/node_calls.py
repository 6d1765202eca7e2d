"""Calling a node: once, or once per item of list inputs, and reading what it gave back."""

import inspect
from dataclasses import dataclass, field
from typing import Any

import nodes
from comfy_api.latest import io
from comfy_execution.graph import ExecutionBlocker

Lists = dict[str, list[Any]]


def is_v3(class_def: Any) -> bool:
    return isinstance(class_def, type) and issubclass(class_def, io.ComfyNode)


def _calls(inputs: Lists, takes_lists: bool) -> list[dict[str, Any]]:
    """Arguments of each call; a list that is too short repeats its last item."""
    if takes_lists or not inputs:
        return [dict(inputs)]
    longest = max(len(values) for values in inputs.values())
    return [
        {name: values[min(index, len(values) - 1)] for name, values in inputs.items()}
        for index in range(longest)
    ]


def _blocker_among(arguments: dict[str, Any]) -> ExecutionBlocker | None:
    for value in arguments.values():
        candidates: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
        for candidate in candidates:
            if isinstance(candidate, ExecutionBlocker):
                return candidate
    return None


async def call_over_lists(
    target: Any, inputs: Lists, function: str, v3_data: io.V3Data | None = None
) -> list[Any]:
    """Results of every call. A blocked call gives its blocker instead of a result."""
    class_def: Any = target if isinstance(target, type) else type(target)
    results: list[Any] = []
    for arguments in _calls(inputs, getattr(class_def, "INPUT_IS_LIST", False)):
        nodes.before_node_execution()
        blocker = _blocker_among(arguments)
        if blocker is not None:
            results.append(blocker)
            continue
        owner = class_def.PREPARE_CLASS_CLONE(v3_data) if is_v3(class_def) else target
        result = getattr(owner, function)(**arguments)
        results.append(await result if inspect.isawaitable(result) else result)
    return results


@dataclass
class NodeResult:
    """Outputs as lists (one per output), what the interface shows, and what the graph grows by."""

    outputs: list[list[Any]] = field(default_factory=list[list[Any]])
    ui: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    expansions: list[tuple[dict[str, Any], tuple[Any, ...]]] = field(default_factory=list[Any])


def _as_parts(value: Any) -> tuple[Any, Any, Any]:
    """(outputs, ui, expand) of one returned value, V1 or V3."""
    if isinstance(value, io.NodeOutput):
        ui = value.ui.as_dict() if hasattr(value.ui, "as_dict") else value.ui
        blocked = value.block_execution
        return (ExecutionBlocker(blocked) if blocked else value.result), ui, value.expand
    if isinstance(value, dict):
        parts: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return parts.get("result"), parts.get("ui"), parts.get("expand")
    return value, None, None


def merge_outputs(class_def: Any, rows: list[Any]) -> list[list[Any]]:
    """One list per output out of one row per call."""
    count = len(class_def.RETURN_TYPES)
    is_list = getattr(class_def, "OUTPUT_IS_LIST", None) or [False] * count
    merged: list[list[Any]] = [[] for _ in range(count)]
    for row in rows:
        values = (row,) * count if isinstance(row, ExecutionBlocker) else row
        for index in range(min(count, len(values))):
            value = values[index]
            if is_list[index] and not isinstance(value, ExecutionBlocker):
                merged[index].extend(value)
            else:
                merged[index].append(value)
    return merged


def read_results(class_def: Any, returned: list[Any]) -> NodeResult:
    result = NodeResult()
    rows: list[Any] = []
    for value in returned:
        outputs, ui, expand = _as_parts(value)
        shown_parts: dict[str, Any] = ui or {}
        for name, shown in shown_parts.items():
            result.ui.setdefault(name, []).extend(shown)
        if expand is not None:
            result.expansions.append((expand, tuple(outputs or ())))
        elif outputs is not None:
            rows.append(outputs)
    if not result.expansions:
        result.outputs = merge_outputs(class_def, rows)
    return result
