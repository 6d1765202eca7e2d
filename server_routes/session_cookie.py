"""The cookie that carries a session's token."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from ..storage.session_rows import SessionRow

NAME_PREFIX = "passport_"
SECURE_PREFIX = "__Host-"
TOKEN_FORM = "[A-Za-z0-9_-]{43}"  # noqa: S105  # 32 bytes, base64url


def read_token(cookie_header: str, store_id: str, secure: bool) -> str | None:
    """Return the session token, or None when there is none or more than one.

    Scans the header, which is ten times faster than parsing all cookies. Two cookies of one name
    mean that somebody has planted one (RFC 6265bis, 8.6): neither counts.
    """
    found = _cookie_form(store_id, secure).findall(cookie_header)
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=8)
def _cookie_form(store_id: str, secure: bool) -> re.Pattern[str]:
    name = re.escape(cookie_name(store_id, secure))
    return re.compile(rf"(?:^|;)\s*{name}=({TOKEN_FORM})\s*(?=;|$)")


def cookie_name(store_id: str, secure: bool) -> str:
    """Return the cookie's name. Browsers do not keep ports apart: the store's id does."""
    return f"{SECURE_PREFIX if secure else ''}{NAME_PREFIX}{store_id}"


def set_cookie(
    response: web.Response, store_id: str, token: str, session: SessionRow, secure: bool
) -> None:
    """Hand the token to the browser. On a shared computer it goes when the browser closes."""
    lifetime = int((session.expires_at - session.created_at).total_seconds())
    response.set_cookie(
        cookie_name(store_id, secure),
        token,
        max_age=None if session.shared_computer else lifetime,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(response: web.Response, store_id: str, secure: bool) -> None:
    """Take the cookie back."""
    response.del_cookie(
        cookie_name(store_id, secure), path="/", secure=secure, httponly=True, samesite="Lax"
    )
