"""Putting a function of ours round one of ComfyUI's, if that one is what we think it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

MARK = "__passport__"


def fits(function: Any, first_parameters: Sequence[str]) -> bool:
    """Tell whether the function begins with these parameters, by name and order."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return False
    return names[: len(first_parameters)] == list(first_parameters)


def wrap(
    owner: Any,
    name: str,
    first_parameters: Sequence[str],
    make: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> bool:
    """Replace `owner.name` by what `make` builds from it; tell whether its form allowed that.

    Wrapping twice does nothing.
    """
    original = getattr(owner, name, None)
    if original is None or not fits(original, first_parameters):
        return False
    if not is_wrapped(owner, name):
        wrapper = functools.wraps(original)(make(original))
        setattr(wrapper, MARK, True)
        setattr(owner, name, wrapper)
    return True


def is_wrapped(owner: Any, name: str) -> bool:
    """Tell whether our wrapper is in place, wrapped again by others perhaps."""
    return bool(getattr(getattr(owner, name, None), MARK, False))
