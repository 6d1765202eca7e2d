"""Constant inputs of a prompt: converted to their type, held against their bounds."""

from collections.abc import Callable
from typing import Any

Problem = dict[str, Any]

LONGEST_LIST_SHOWN = 20
CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}


def problem(kind: str, message: str, details: str, **extra_info: Any) -> Problem:
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}


def converted(value: Any, input_type: Any) -> Any:
    """The value in its declared type. A list widget wraps its value in `__value__`."""
    if isinstance(value, dict) and "__value__" in value:
        value = value["__value__"]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(input_type, str) and input_type in CONVERSIONS:
        return CONVERSIONS[input_type](value)
    return value  # pyright: ignore[reportUnknownVariableType]


def out_of_bounds(name: str, value: Any, input_type: Any, options: dict[str, Any]) -> list[Problem]:
    info = {"input_name": name, "received_value": value}
    if "min" in options and value < options["min"]:
        message = f"Value {value} smaller than min of {options['min']}"
        return [problem("value_smaller_than_min", message, name, **info)]
    if "max" in options and value > options["max"]:
        message = f"Value {value} bigger than max of {options['max']}"
        return [problem("value_bigger_than_max", message, name, **info)]
    is_choice = input_type == "COMBO" or isinstance(input_type, list)
    choices: list[Any] = options.get("options", []) if input_type == "COMBO" else input_type  # pyright: ignore[reportUnknownVariableType]
    if not is_choice or value in choices:
        return []
    shown = (
        str(choices) if len(choices) <= LONGEST_LIST_SHOWN else f"(list of length {len(choices)})"
    )  # pyright: ignore[reportUnknownArgumentType]
    details = f"{name}: {value!r} not in {shown}"
    return [problem("value_not_in_list", "Value not in list", details, **info)]
