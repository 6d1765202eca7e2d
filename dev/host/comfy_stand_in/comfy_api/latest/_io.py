"""The V3 node base, small: schema in, V1 attributes out, `execute` called with hidden inputs."""
# ruff: noqa: N802  (the upper-case names are ComfyUI's)

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from comfy_api.latest._hidden import Hidden, HiddenHolder, V3Data
from comfy_api.latest._schema import ComfyType, Input, Output, Schema, comfy_type

__all__ = [
    "AnyType",
    "Boolean",
    "Combo",
    "ComfyNode",
    "ComfyType",
    "Float",
    "Hidden",
    "HiddenHolder",
    "Image",
    "Input",
    "Int",
    "NodeOutput",
    "Output",
    "Schema",
    "String",
    "V3Data",
]

AnyType = comfy_type("*")
Boolean = comfy_type("BOOLEAN")
Combo = comfy_type("COMBO")
Float = comfy_type("FLOAT")
Image = comfy_type("IMAGE")
Int = comfy_type("INT")
String = comfy_type("STRING")


class NodeOutput:
    """What a V3 node gives back: its outputs, and what the interface shows."""

    def __init__(
        self,
        *outputs: Any,
        ui: Any = None,
        expand: dict[str, Any] | None = None,
        block_execution: str | None = None,
    ) -> None:
        self.result = outputs or None
        self.ui = ui
        self.expand = expand
        self.block_execution = block_execution

    @classmethod
    def from_value(cls, value: Any) -> "NodeOutput":
        if isinstance(value, NodeOutput):
            return value
        if isinstance(value, tuple):
            return cls(*value)  # pyright: ignore[reportUnknownArgumentType]
        return cls() if value is None else cls(value)


class _FromSchema:
    """A class attribute of V1 that a V3 node answers from its schema."""

    def __init__(self, read: Callable[[Schema], Any]) -> None:
        self.read = read

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self.read(owner.GET_SCHEMA())


class ComfyNode:
    """Base of V3 nodes: override `define_schema` and `execute`, both class methods."""

    RELATIVE_PYTHON_MODULE: ClassVar[str] = "nodes"
    FUNCTION: ClassVar[str] = "EXECUTE_NORMALIZED"
    ACCEPT_ALL_INPUTS: ClassVar[bool] = False
    schema: ClassVar[Schema]
    schema_of: ClassVar[type | None] = None
    hidden: ClassVar[HiddenHolder] = HiddenHolder()

    CATEGORY = _FromSchema(lambda schema: schema.category)
    DESCRIPTION = _FromSchema(lambda schema: schema.description)
    DEPRECATED = _FromSchema(lambda schema: schema.is_deprecated)
    EXPERIMENTAL = _FromSchema(lambda schema: schema.is_experimental)
    API_NODE = _FromSchema(lambda schema: schema.is_api_node)
    OUTPUT_NODE = _FromSchema(lambda schema: schema.is_output_node)
    INPUT_IS_LIST = _FromSchema(lambda schema: schema.is_input_list)
    NOT_IDEMPOTENT = _FromSchema(lambda schema: schema.not_idempotent)
    RETURN_TYPES = _FromSchema(lambda schema: tuple(o.io_type for o in schema.outputs))
    RETURN_NAMES = _FromSchema(
        lambda schema: tuple(o.display_name or o.io_type for o in schema.outputs)
    )
    OUTPUT_IS_LIST = _FromSchema(lambda schema: tuple(o.is_output_list for o in schema.outputs))

    @classmethod
    def define_schema(cls) -> Schema:
        raise NotImplementedError

    @classmethod
    def execute(cls, **inputs: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def GET_SCHEMA(cls) -> Schema:
        if cls.schema_of is not cls:
            cls.schema = cls.define_schema()
            cls.schema.finalize()
            cls.schema_of = cls
        return cls.schema

    @classmethod
    def INPUT_TYPES(cls, include_hidden: bool = True) -> dict[str, Any]:
        inputs = cls.GET_SCHEMA().v1_inputs()
        if not include_hidden:
            inputs.pop("hidden", None)
        return inputs

    @classmethod
    def PREPARE_CLASS_CLONE(cls, v3_data: V3Data | None) -> "type[ComfyNode]":
        """A class of its own for one call, so that hidden values do not outlive it."""
        clone = type(cls.__name__, (cls,), {})
        clone.schema, clone.schema_of = cls.GET_SCHEMA(), clone
        clone.hidden = HiddenHolder.from_v3_data(v3_data)
        return clone

    @classmethod
    async def EXECUTE_NORMALIZED(cls, **inputs: Any) -> NodeOutput:
        value = cls.execute(**inputs)
        if inspect.isawaitable(value):
            value = await value
        return NodeOutput.from_value(value)

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        schema = cls.GET_SCHEMA()
        inputs = cls.INPUT_TYPES()
        return {
            "input": inputs,
            "input_order": {category: list(declared) for category, declared in inputs.items()},
            "is_input_list": schema.is_input_list,
            "output": list(cls.RETURN_TYPES),
            "output_is_list": list(cls.OUTPUT_IS_LIST),
            "output_name": list(cls.RETURN_NAMES),
            "output_tooltips": [output.tooltip for output in schema.outputs],
            "name": schema.node_id,
            "display_name": schema.display_name or schema.node_id,
            "description": schema.description,
            "python_module": cls.RELATIVE_PYTHON_MODULE,
            "category": schema.category,
            "output_node": schema.is_output_node,
            "deprecated": schema.is_deprecated,
            "experimental": schema.is_experimental,
            "api_node": schema.is_api_node,
        }
