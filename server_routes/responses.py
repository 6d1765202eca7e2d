"""Answers of ours: JSON that no cache keeps and no page can embed."""

from __future__ import annotations

from typing import Any

from aiohttp import web

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def json_response(body: Any, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.json_response(body, status=status, headers=HEADERS)


def no_content() -> web.Response:
    """Answer that it is done and there is nothing to say."""
    return web.Response(status=204, headers=HEADERS)
