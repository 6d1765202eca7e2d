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


@dataclass(frozen=True)
class Answer:
    """Status, type and shape of what comes back when all is well."""

    status: int
    content_type: str | None = "application/json"
    schema: dict[str, Any] = field(default_factory=dict[str, Any])


def read_answers() -> dict[tuple[str, str], Answer]:
    """Return the answer of each call, by method and path."""
    rows = DOCUMENT.read_text(encoding="utf-8").splitlines()
    found = ((ROW.match(row), row) for row in rows)
    return {(match[1], match[2]): _read_answer(row) for match, row in found if match}


def _read_answer(row: str) -> Answer:
    text = CELL_END.split(row.strip().strip("|"))[-1].strip()
    number = re.match(r"\d{3}\b", text)
    status = int(number[0]) if number else 200
    if status == 204:  # noqa: PLR2004
        return Answer(status, None)
    if text == "a ZIP":
        return Answer(status, "application/zip")
    said = re.sub(r"\([^)]*\)", "", text.partition(";")[0].partition(" with ")[0])
    return Answer(status, schema=read_shape("{" + ", ".join(re.findall(r"`([^`]+)`", said)) + "}"))


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
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
