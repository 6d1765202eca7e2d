"""What the fake service answers: customers, refusals, a picture."""

import json
import struct
import zlib
from typing import Any

from aiohttp import web

from ..practice import Person


def refusal(kind: type[web.HTTPException], message: str) -> web.HTTPException:
    """The service's error shape."""
    error = kind()
    error.content_type = "application/json"
    error.text = json.dumps({"error": error.reason, "message": message})
    return error


def raise_ordered(text: str) -> None:
    """The error that a node ordered by the first word of its input."""
    if text.startswith("401"):
        raise refusal(web.HTTPUnauthorized, "Refused, as the node ordered")
    if text.startswith("500"):
        raise refusal(web.HTTPInternalServerError, "Failed, as the node ordered")


def plain_png(colour: bytes, side: int = 64) -> bytes:
    """A square of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + colour * side) * side)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def customer(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "has_fund": True,
        "is_admin": False,
        "stripe_id": f"cus_{person.id[:8]}",
        "metronome_id": f"met_{person.id[:8]}",
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
    }
