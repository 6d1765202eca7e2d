"""What each call answers, as docs/http-api.md writes it down: `201 `a, b: [{c}]``."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "http-api.md"
ROW = re.compile(r"^\| `(GET|POST|PUT|PATCH|DELETE) ([^`\s]+)`", re.MULTILINE)
CELL_END = re.compile(r"(?<!\\)\|")
TOKEN = re.compile(r"[\[\]{}:,]|[^\[\]{}:,]+")
ANYTHING: dict[str, Any] = {}
OTHER_TYPES = {"a ZIP": "application/zip", "a page": "text/html"}


@dataclass(frozen=True)
class Answer:
    """Status, type and shape of what comes back when all is well."""

    status: int
    content_type: str | None = "application/json"
    schema: dict[str, Any] = field(default_factory=dict[str, Any])
    also: tuple[int, ...] = ()
    """What else may come when all is well: 200 where nothing new was made, 204 with nothing."""


def read_answers() -> dict[tuple[str, str], Answer]:
    """Return the answer of each call, by method and path."""
    answers: dict[tuple[str, str], Answer] = {}
    last: Answer | None = None
    for row in DOCUMENT.read_text(encoding="utf-8").splitlines():
        match = ROW.match(row)
        if match:
            text = CELL_END.split(row.strip().strip("|"))[-1].strip()
            last = last if last and text == "the same" else _read_answer(text)
            answers[match[1], match[2]] = last
    return answers


def _read_answer(text: str) -> Answer:
    first, *others = text.split(";")
    number = re.match(r"\d{3}\b", text)
    status = int(number[0]) if number else 200
    also = tuple(
        int(found[1]) for found in (re.match(r" (\d{3})\b", each) for each in others) if found
    )
    if status == 204:  # noqa: PLR2004
        return Answer(status, None)
    for words, content_type in OTHER_TYPES.items():
        if text.startswith(words):
            return Answer(status, content_type)
    if "answers" in first:  # what another call answers
        return Answer(status, also=also)
    shapes = [_read_alternative(each) for each in first.split(", or ")]
    return Answer(status, schema=shapes[0] if len(shapes) == 1 else {"anyOf": shapes}, also=also)


def _read_alternative(text: str) -> dict[str, Any]:
    said = re.sub(r"\([^)]*\)", "", text.partition(" with ")[0])
    return read_shape("{" + ", ".join(re.findall(r"`([^`]+)`", said)) + "}")


def read_shape(text: str) -> dict[str, Any]:
    """Return the JSON schema of `{a, b: [{c}]}`: exactly these fields, of any type."""
    shape, rest = _read_value([token.strip() for token in TOKEN.findall(text) if token.strip()])
    if rest:
        raise ValueError(f"There is something left over: {rest}")
    return shape


def _read_value(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    first, *rest = tokens
    if first == "[":
        items, rest = _read_value(rest)
        return {"type": "array", "items": items}, rest[1:]
    if first != "{":
        return ANYTHING, rest
    fields: dict[str, Any] = {}
    while rest[0] != "}":
        name, *rest = rest
        fields[name] = ANYTHING
        if rest[0] == ":":
            fields[name], rest = _read_value(rest[1:])
        if rest[0] == ",":
            rest = rest[1:]
    return _make_object(fields), rest[1:]


def _make_object(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
