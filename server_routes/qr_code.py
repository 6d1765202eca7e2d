"""A QR code for an address, so that a phone need not type it."""

from __future__ import annotations


def draw_qr_code(text: str) -> list[str]:
    """Return the code's rows, “1” for a dark module and “0” for a light one, without its border."""
    import segno

    return ["".join(map(str, row)) for row in segno.make_qr(text, error="m").matrix]
