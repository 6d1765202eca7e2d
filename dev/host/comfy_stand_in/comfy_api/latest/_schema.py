"""Inputs, outputs and the schema of a V3 node, turned into the V1 form the frontend reads."""

from dataclasses import dataclass, field
from typing import Any

from comfy_api.latest._hidden import Hidden


class Input:
    """A declared input: id, type, and the options that the widget shows."""

    io_type = "*"

    def __init__(self, id: str, optional: bool = False, **options: Any) -> None:  # noqa: A002
        self.id = id
        self.optional = optional
        self.options = {name: value for name, value in options.items() if value is not None}

    def as_v1(self) -> tuple[Any, dict[str, Any]]:
        return self.io_type, self.options


class Output:
    """A declared output; the id is filled in by the schema when it is not given."""

    io_type = "*"

    def __init__(
        self,
        id: str | None = None,  # noqa: A002
        display_name: str | None = None,
        is_output_list: bool = False,
        tooltip: str | None = None,
    ) -> None:
        self.id = id
        self.display_name = display_name
        self.is_output_list = is_output_list
        self.tooltip = tooltip


class ComfyType:
    """A type of values, with its own Input and Output classes."""

    io_type = "*"
    Input = Input
    Output = Output


def comfy_type(io_type: str) -> type[ComfyType]:
    own_input = type("Input", (Input,), {"io_type": io_type})
    own_output = type("Output", (Output,), {"io_type": io_type})
    members = {"io_type": io_type, "Input": own_input, "Output": own_output}
    return type(io_type.title(), (ComfyType,), members)


@dataclass
class Schema:
    """What a V3 node says of itself."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Input] = field(default_factory=list[Input])
    outputs: list[Output] = field(default_factory=list[Output])
    hidden: list[Hidden] = field(default_factory=list[Hidden])
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_api_node: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False

    def finalize(self) -> None:
        """Add the hidden inputs that come with being an API node or an output node."""
        if self.is_api_node:
            self._ask_for(
                Hidden.auth_token_comfy_org, Hidden.api_key_comfy_org, Hidden.comfy_usage_source
            )
        if self.is_output_node:
            self._ask_for(Hidden.prompt, Hidden.extra_pnginfo)
        for index, output in enumerate(self.outputs):
            output.id = output.id or f"_{index}_{output.io_type}_"

    def _ask_for(self, *wanted: Hidden) -> None:
        self.hidden += [hidden for hidden in wanted if hidden not in self.hidden]

    def v1_inputs(self) -> dict[str, Any]:
        inputs: dict[str, Any] = {"required": {}}
        for declared in self.inputs:
            category = "optional" if declared.optional else "required"
            inputs.setdefault(category, {})[declared.id] = declared.as_v1()
        if self.hidden:
            inputs["hidden"] = {hidden.name: (hidden.value,) for hidden in self.hidden}
        return inputs
