"""Judging a posted prompt before it is queued, with ComfyUI's error shapes."""

import inspect
import logging
from typing import Any

import nodes
from comfy_execution.graph import get_input_info, is_output_node
from comfy_execution.input_values import Problem, converted, out_of_bounds, problem
from comfy_execution.node_calls import is_v3

Verdict = tuple[bool, Problem | None, list[str], dict[str, Any]]


class PromptValidation:
    """One look at a prompt: every output judged, every node at most once."""

    def __init__(self, prompt: dict[str, Any], only: list[str] | None) -> None:
        self.prompt = prompt
        self.only = only
        self._found: dict[str, list[Problem]] = {}
        self._sound: dict[str, bool] = {}

    def judge(self) -> Verdict:
        for node_id, node in self.prompt.items():
            missing = self._missing_node_type(node_id, node)
            if missing is not None:
                return False, missing, [], {}
        outputs = [
            node_id
            for node_id, node in self.prompt.items()
            if is_output_node(node["class_type"]) and (self.only is None or node_id in self.only)
        ]
        if not outputs:
            return False, problem("prompt_no_outputs", "Prompt has no outputs", ""), [], {}
        good = [node_id for node_id in outputs if self._is_sound(node_id, ())]
        errors = {
            node_id: {
                "errors": found,
                "dependent_outputs": [output for output in outputs if output not in good],
                "class_type": self.prompt[node_id]["class_type"],
            }
            for node_id, found in self._found.items()
            if found
        }
        self._log(errors)
        if good:
            return True, None, good, errors
        details = "\n".join(
            f"{found['message']}: {found['details']}"
            for output in outputs
            for found in self._found.get(output, [])
        )
        failed = problem(
            "prompt_outputs_failed_validation", "Prompt outputs failed validation", details
        )
        return False, failed, [], errors

    def _log(self, errors: dict[str, Any]) -> None:
        for node_id, entry in errors.items():
            logging.error("Failed to validate prompt: %s %s:", entry["class_type"], node_id)
            for found in entry["errors"]:
                logging.error("  - %s: %s", found["message"], found["details"])

    @staticmethod
    def _missing_node_type(node_id: str, node: dict[str, Any]) -> Problem | None:
        class_type = node.get("class_type")
        if class_type in nodes.NODE_CLASS_MAPPINGS:
            return None
        title = node.get("_meta", {}).get("title")
        info = {"node_id": node_id, "class_type": class_type, "node_title": title or class_type}
        where = f"Node ID '#{node_id}'"
        if class_type is None:
            message = (
                f"Node '{title or f'ID #{node_id}'}' has no class_type. "
                "The workflow may be corrupted or a custom node is missing."
            )
        else:
            message = (
                f"Node '{title or class_type}' not found. The custom node may not be installed."
            )
        return problem("missing_node_type", message, where, **info)

    def _is_sound(self, node_id: str, path: tuple[str, ...]) -> bool:
        """Judge a node and all that it needs."""
        if node_id in self._sound:
            return self._sound[node_id]
        if node_id in path:
            cycle = " -> ".join([*path[path.index(node_id) :], node_id])
            self._found[node_id] = [
                problem("dependency_cycle", "Dependency cycle detected", cycle, node_id=node_id)
            ]
            return False
        problems = self._found.setdefault(node_id, [])
        links_are_sound = self._judge_inputs(node_id, (*path, node_id))
        if not problems and links_are_sound:
            problems += self._own_validation(node_id)
        self._sound[node_id] = links_are_sound and not problems
        return self._sound[node_id]

    def _judge_inputs(self, node_id: str, path: tuple[str, ...]) -> bool:
        """Collect the problems of a node's own inputs; False when a node above it is unsound."""
        node = self.prompt[node_id]
        class_def = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
        declared = class_def.INPUT_TYPES()
        problems = self._found[node_id]
        sound = True
        for name in [*declared.get("required", {}), *declared.get("optional", {})]:
            input_type, category, options = get_input_info(class_def, name, declared)
            given: Any = node["inputs"].get(name, ...)
            if given is ...:
                if category == "required":
                    message = "Required input is missing"
                    problems.append(
                        problem("required_input_missing", message, name, input_name=name)
                    )
            elif isinstance(given, list):
                link: list[Any] = given  # pyright: ignore[reportUnknownVariableType]
                problems += self._judge_link(name, link, input_type)
                sound = self._source_is_sound(link, path) and sound
            else:
                problems += self._judge_value(node["inputs"], name, input_type, options or {})
        return sound

    def _source_is_sound(self, link: list[Any], path: tuple[str, ...]) -> bool:
        known = bool(link) and isinstance(link[0], str) and link[0] in self.prompt
        return not known or self._is_sound(link[0], path)

    def _judge_link(self, name: str, link: list[Any], input_type: Any) -> list[Problem]:
        info = {"input_name": name, "received_value": link}
        if len(link) != 2:  # noqa: PLR2004
            message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            return [problem("bad_linked_input", message, name, **info)]
        try:
            source = nodes.NODE_CLASS_MAPPINGS[self.prompt[link[0]]["class_type"]]
            received = source.RETURN_TYPES[link[1]]
        except (KeyError, IndexError, TypeError) as error:
            message = "Exception when validating inner node"
            return [problem("exception_during_inner_validation", message, repr(error), **info)]
        if _types_meet(received, input_type):
            return []
        details = f"{name}, received_type({received}) mismatch input_type({input_type})"
        message = "Return type mismatch between linked nodes"
        return [problem("return_type_mismatch", message, details, linked_node=link, **info)]

    @staticmethod
    def _judge_value(
        inputs: dict[str, Any], name: str, input_type: Any, options: dict[str, Any]
    ) -> list[Problem]:
        try:
            inputs[name] = converted(inputs[name], input_type)
        except (TypeError, ValueError) as error:
            message = f"Failed to convert an input value to a {input_type} value"
            details = f"{name}, {inputs[name]}, {error}"
            return [problem("invalid_input_type", message, details, input_name=name)]
        return out_of_bounds(name, inputs[name], input_type, options)

    def _own_validation(self, node_id: str) -> list[Problem]:
        """What the node's VALIDATE_INPUTS (V3: validate_inputs) says of its constant inputs."""
        node = self.prompt[node_id]
        class_def = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
        check = getattr(
            class_def, "validate_inputs" if is_v3(class_def) else "VALIDATE_INPUTS", None
        )
        if check is None:
            return []
        wanted = inspect.getfullargspec(check)
        constants = {
            name: None if isinstance(value, list) else value
            for name, value in node["inputs"].items()
            if wanted.varkw or name in wanted.args
        }
        answer = check(**constants)
        if answer is True:
            return []
        details = "" if answer is False else str(answer)
        message = "Custom validation failed for node"
        return [problem("custom_validation_failed", message, details)]


def _types_meet(received: Any, wanted: Any) -> bool:
    if received == wanted or "*" in (received, wanted):
        return True
    if isinstance(received, list):
        return wanted == "COMBO"
    if not isinstance(wanted, str):
        return False
    return bool({part.strip() for part in received.split(",")} & set(wanted.split(",")))
