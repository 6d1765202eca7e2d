"""Reading what stands behind the question mark."""

from __future__ import annotations

from aiohttp import web

from .errors import InvalidFieldError


def read_number(request: web.Request, name: str, highest: int) -> int | None:
    """Return the whole number from 1 to `highest`, or None without one.

    Raises InvalidFieldError.
    """
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < len(str(highest)) + 1):
        raise _invalid(name, highest)
    number = int(text)
    if not 1 <= number <= highest:
        raise _invalid(name, highest)
    return number


def _invalid(name: str, highest: int) -> InvalidFieldError:
    return InvalidFieldError(f"“{name}” must be a whole number from 1 to {highest}.", field=name)
