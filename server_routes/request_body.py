"""Reading request bodies into dataclasses: strict types, no field that nobody knows.

A few lines instead of pydantic, whose import would cost more than all of Passport.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any, TypeVar, cast

from aiohttp import web

from .errors import (
    BodyNotJsonError,
    BodyTooLargeError,
    BodyTooSlowError,
    InvalidFieldError,
    InvalidJsonError,
)

Body = TypeVar("Body")

LONGEST_BODY_BYTES = 64 * 1024
LONGEST_WAIT_SECONDS = 30.0
KINDS = {"str": (str, "text"), "bool": (bool, "true or false"), "int": (int, "a whole number")}
TEXTS = "tuple[str, ...]"


async def read_body(request: web.Request, kind: type[Body]) -> Body:
    """Return the JSON body as a `kind`, a dataclass whose fields are `str`, `bool`, `int` or texts.

    Raises BodyNotJsonError, BodyTooLargeError, BodyTooSlowError, InvalidJsonError or
    InvalidFieldError.
    """
    if request.content_type != "application/json":
        raise BodyNotJsonError("Send the body as application/json.")
    values = _parse(await _read(request))
    fields = {field.name: field for field in dataclasses.fields(cast("Any", kind))}
    if values.keys() - fields.keys():  # not named: somebody may have sent a key as a name
        raise InvalidFieldError(
            f"There is a field that this call does not know. It knows: {', '.join(fields)}.",
            known=list(fields),
        )
    for name, field in fields.items():
        if name in values:
            _check(name, str(field.type), values[name])
        elif field.default is dataclasses.MISSING:
            raise InvalidFieldError(f"The field “{name}” is missing.", field=name)
    return kind(**{name: _unlist(value) for name, value in values.items()})


async def _read(request: web.Request) -> bytes:
    # Nobody else ends a body that comes a byte at a time: each would hold a connection for good.
    try:
        return await asyncio.wait_for(_collect(request), LONGEST_WAIT_SECONDS)
    except asyncio.TimeoutError:
        raise BodyTooSlowError(
            f"The body was not here within {LONGEST_WAIT_SECONDS:g} seconds. Nothing was changed; "
            "try again over a better connection."
        ) from None


async def _collect(request: web.Request) -> bytes:
    # ComfyUI accepts uploads of 100 MB: stop reading long before.
    content = bytearray()
    try:
        async for chunk in request.content.iter_any():
            content += chunk
            if len(content) > LONGEST_BODY_BYTES:
                raise BodyTooLargeError(
                    f"The body is longer than {LONGEST_BODY_BYTES // 1024} KiB. "
                    "Nothing was changed.",
                    longest_bytes=LONGEST_BODY_BYTES,
                )
    except web.RequestPayloadError:
        raise InvalidJsonError("The body is not packed as its headers say.") from None
    except ConnectionError:  # nobody reads this answer any more
        raise InvalidJsonError("The body was cut short.") from None
    return bytes(content)


def _parse(content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content, object_pairs_hook=_refuse_duplicates)
    except (ValueError, RecursionError):
        raise InvalidJsonError("The body is not valid JSON.") from None
    if not isinstance(values, dict):
        raise InvalidFieldError("The body must be a JSON object.")
    return cast("dict[str, Any]", values)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers on the way could each believe another one of them.
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("duplicate field")
    return values


def _unlist(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def _check(name: str, kind: str, value: Any) -> None:
    if kind == TEXTS:
        _check_texts(name, value)
        return
    expected, described = KINDS[kind]
    # To Python, true is a whole number.
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise InvalidFieldError(f"The field “{name}” must be {described}.", field=name)
    if isinstance(value, str):
        _require_whole(name, value)


def _check_texts(name: str, value: Any) -> None:
    items = cast("list[Any]", value) if isinstance(value, list) else [None]
    for item in items:
        if not isinstance(item, str):
            raise InvalidFieldError(f"The field “{name}” must be a list of texts.", field=name)
        _require_whole(name, item)


def _require_whole(name: str, text: str) -> None:
    # JSON can spell halves of surrogate pairs alone, and UTF-8 cannot.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidFieldError(
            f"There is half a character in the field “{name}”, which nothing can keep.", field=name
        ) from None
