"""The graph of one prompt: its links, its order, and the nodes that grow while it runs."""

from typing import Any

import nodes
from comfy_execution.graph_utils import is_link

Link = tuple[str, int]


class ExecutionBlocker:
    """A value that stops every node it reaches; with a message, the person sees it."""

    def __init__(self, message: str | None) -> None:
        self.message = message


class DynamicPrompt:
    """The prompt as it was posted, and the nodes that `expand` added to it."""

    def __init__(self, original_prompt: dict[str, Any]) -> None:
        self.original_prompt = original_prompt
        self._grown: dict[str, Any] = {}
        self._parents: dict[str, str] = {}

    def get_node(self, node_id: str) -> dict[str, Any]:
        return self._grown[node_id] if node_id in self._grown else self.original_prompt[node_id]

    def get_original_prompt(self) -> dict[str, Any]:
        return self.original_prompt

    def all_node_ids(self) -> set[str]:
        return {*self.original_prompt, *self._grown}

    def get_parent_node_id(self, node_id: str) -> str | None:
        return self._parents.get(node_id)

    def get_real_node_id(self, node_id: str) -> str:
        while node_id in self._parents:
            node_id = self._parents[node_id]
        return node_id

    get_display_node_id = get_real_node_id

    def grow(self, new_nodes: dict[str, Any], parent_id: str) -> None:
        self._grown.update(new_nodes)
        self._parents.update(dict.fromkeys(new_nodes, parent_id))

    def links_of(self, node_id: str) -> list[Link]:
        inputs = self.get_node(node_id)["inputs"]
        return [(value[0], value[1]) for value in inputs.values() if is_link(value)]

    def order(self, targets: list[str]) -> list[str]:
        """Every node that the targets need, each after those it needs itself."""
        ordered: dict[str, None] = {}
        waiting = [(node_id, False) for node_id in reversed(targets)]
        while waiting:
            node_id, its_links_are_done = waiting.pop()
            if node_id in ordered:
                continue
            if its_links_are_done:
                ordered[node_id] = None
                continue
            waiting.append((node_id, True))
            waiting.extend((source, False) for source, _ in reversed(self.links_of(node_id)))
        return list(ordered)


def get_input_info(
    class_def: Any, input_name: str, valid_inputs: dict[str, Any] | None = None
) -> tuple[Any, str | None, dict[str, Any] | None]:
    """Type, category and options of an input, or three times None for one unknown."""
    all_declared: dict[str, Any] = valid_inputs or class_def.INPUT_TYPES()
    for category in ("required", "optional", "hidden"):
        declared = all_declared.get(category, {})
        if input_name not in declared:
            continue
        info = declared[input_name]
        if isinstance(info, str):
            return info, category, {}
        return info[0], category, info[1] if len(info) > 1 else {}
    return None, None, None


def is_output_node(class_type: str) -> bool:
    return getattr(nodes.NODE_CLASS_MAPPINGS[class_type], "OUTPUT_NODE", False) is True
