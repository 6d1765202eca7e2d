"""One prompt as it runs: each node once, in order, and what it leaves for the history."""

from typing import Any

import execution
import nodes
from comfy_execution.caching import CacheEntry, signatures
from comfy_execution.graph import DynamicPrompt, ExecutionBlocker, is_output_node
from comfy_execution.graph_utils import is_link
from comfy_execution.node_calls import (
    NodeResult,
    call_over_lists,
    is_v3,
    merge_outputs,
    read_results,
)


class NodeFailure(Exception):  # noqa: N818  (not an error of ours: it carries a node's)
    """A node raised; the cause is what it raised."""

    def __init__(self, node_id: str, inputs: dict[str, list[Any]]) -> None:
        super().__init__(node_id)
        self.node_id = node_id
        self.inputs = inputs


class PromptRun:
    def __init__(
        self, executor: Any, prompt: DynamicPrompt, prompt_id: str, extra_data: dict[str, Any]
    ) -> None:
        self.executor = executor
        self.server = executor.server
        self.prompt = prompt
        self.prompt_id = prompt_id
        self.extra_data = extra_data
        self.executed: dict[str, None] = {}
        self._signatures: dict[str, str] = {}
        self._outputs: dict[str, list[list[Any]]] = {}
        self._shown: dict[str, dict[str, Any]] = {}

    async def prepare(self, targets: list[str]) -> list[str]:
        """Ids of the nodes whose results are still there from the last prompt."""
        self._signatures = await signatures(self.prompt, self.prompt.order(targets))
        self.executor.cache.forget_all_but(set(self._signatures.values()))
        return [
            node_id
            for node_id, signature in self._signatures.items()
            if self.executor.cache.result(signature) is not None
        ]

    def outputs_of(self, link: list[Any]) -> list[Any] | None:
        """Values that a link carries, or None while its node has not run."""
        outputs = self._outputs.get(link[0], [])
        return outputs[link[1]] if link[1] < len(outputs) else None

    async def run(self, targets: list[str]) -> None:
        for node_id in self.prompt.order(targets):
            if node_id not in self._outputs:
                await self._run_node(node_id)

    def history_result(self) -> dict[str, Any]:
        return {
            "outputs": {node_id: ui["output"] for node_id, ui in self._shown.items()},
            "meta": {node_id: ui["meta"] for node_id, ui in self._shown.items()},
        }

    async def _run_node(self, node_id: str) -> None:
        signature = self._signatures.get(node_id)
        cached = self.executor.cache.result(signature) if signature else None
        if cached is not None:
            self._outputs[node_id] = cached.outputs
            if cached.ui is not None:
                self._show(node_id, cached.ui)
            return
        inputs: dict[str, list[Any]] = {}
        try:
            result = await self._call(node_id, inputs)
        except Exception as error:
            raise NodeFailure(self.prompt.get_real_node_id(node_id), inputs) from error
        if result.ui:
            self._show(node_id, result.ui)
        if result.expansions:
            result.outputs = await self._expand(node_id, result)
        self._outputs[node_id] = result.outputs
        self.executed[node_id] = None
        if signature:
            self.executor.cache.keep(signature, CacheEntry(result.outputs, result.ui or None))

    async def _call(self, node_id: str, inputs: dict[str, list[Any]]) -> NodeResult:
        """Call the node; `inputs` is filled here so that an error can show them."""
        node = self.prompt.get_node(node_id)
        class_def = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
        found, _, v3_data = execution.get_input_data(
            node["inputs"], class_def, node_id, self, self.prompt, self.extra_data
        )
        inputs.update(found)
        self._announce(node_id)
        target = class_def
        if not is_v3(class_def):
            target = self.executor.cache.node_object(node_id, node["class_type"])
        returned = await call_over_lists(target, inputs, class_def.FUNCTION, v3_data)
        self._tell_blocked(node_id, returned)
        return read_results(class_def, returned)

    def _announce(self, node_id: str) -> None:
        if self.server.client_id is None:
            return
        shown_as = self.prompt.get_display_node_id(node_id)
        self.server.last_node_id = shown_as
        message = {"node": node_id, "display_node": shown_as, "prompt_id": self.prompt_id}
        self.server.send_sync("executing", message, self.server.client_id)

    def _show(self, node_id: str, output: dict[str, Any]) -> None:
        shown_as = self.prompt.get_display_node_id(node_id)
        meta = {
            "node_id": node_id,
            "display_node": shown_as,
            "parent_node": self.prompt.get_parent_node_id(node_id),
            "real_node_id": self.prompt.get_real_node_id(node_id),
        }
        self._shown[node_id] = {"meta": meta, "output": output}
        if self.server.client_id is not None:
            message = {
                "node": node_id,
                "display_node": shown_as,
                "output": output,
                "prompt_id": self.prompt_id,
            }
            self.server.send_sync("executed", message, self.server.client_id)

    def _tell_blocked(self, node_id: str, returned: list[Any]) -> None:
        for index, value in enumerate(returned):
            if isinstance(value, ExecutionBlocker) and value.message is not None:
                message = {
                    "prompt_id": self.prompt_id,
                    "node_id": node_id,
                    "node_type": self.prompt.get_node(node_id)["class_type"],
                    "executed": list(self.executed),
                    "exception_message": f"Execution Blocked: {value.message}",
                    "exception_type": "ExecutionBlocked",
                    "traceback": [],
                    "current_inputs": [],
                    "current_outputs": [],
                }
                self.server.send_sync("execution_error", message, self.server.client_id)
                returned[index] = ExecutionBlocker(None)

    async def _expand(self, node_id: str, result: NodeResult) -> list[list[Any]]:
        """Run the nodes that a node grew into; give its outputs with their links resolved."""
        rows: list[tuple[Any, ...]] = []
        for new_nodes, outputs in result.expansions:
            self.prompt.grow(new_nodes, node_id)
            targets = [new for new in new_nodes if is_output_node(new_nodes[new]["class_type"])]
            await self.run(targets + [value[0] for value in outputs if is_link(value)])
            rows.append(tuple(self._resolved(value) for value in outputs))
        class_def = nodes.NODE_CLASS_MAPPINGS[self.prompt.get_node(node_id)["class_type"]]
        return merge_outputs(class_def, rows)

    def _resolved(self, value: Any) -> Any:
        found = self.outputs_of(value) if is_link(value) else None
        return found[0] if found else value
