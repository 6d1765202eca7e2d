"""The field's ways of checking a request, each as the middleware that extensions put there.

Written for the comparison, and kind to them: keys are made once, nothing is fetched, nothing is
written, and who asks is found in one step. Each sets `request["user"]`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

COOKIE = "session"
LIFETIME_SECONDS = 24 * 60 * 60
NONCE_LENGTH_BYTES = 12
USERS = 1_000
QUERY = (
    "SELECT users.id, users.name FROM sessions JOIN users ON users.id = sessions.user_id "
    "WHERE sessions.token_sha256 = ? AND sessions.expires_at > ?"
)

read_time = time.time  # noqa: TID251  # as they do: it costs them less than our clock

Read = Callable[[str], Awaitable[Any]]


@dataclass(frozen=True)
class Check:
    """A way of checking: its middleware, and a header that it lets in."""

    name: str
    middleware: Any
    header: tuple[str, str]


def make_checks(folder: Path) -> list[Check]:
    """Return all of them; the store of the look-ups lies in the folder."""
    return [*_encrypted_cookies(), *_json_web_tokens(), *_look_ups(folder / "peers.sqlite")]


def _encrypted_cookies() -> list[Check]:
    """Make a cookie that is the session, as aiohttp-session has it: created, and what it holds."""
    content = json.dumps({"created": int(read_time()), "session": {"user": "ada", "role": "user"}})
    fernet, aead = Fernet(Fernet.generate_key()), AESGCM(AESGCM.generate_key(256))

    def open_aead(value: str) -> bytes:
        sealed = base64.urlsafe_b64decode(value)
        return aead.decrypt(sealed[:NONCE_LENGTH_BYTES], sealed[NONCE_LENGTH_BYTES:], None)

    async def read_fernet(value: str) -> Any:
        return _read_session(fernet.decrypt(value.encode(), ttl=LIFETIME_SECONDS))

    async def read_aead(value: str) -> Any:
        return _read_session(open_aead(value))

    nonce = secrets.token_bytes(NONCE_LENGTH_BYTES)
    sealed = base64.urlsafe_b64encode(nonce + aead.encrypt(nonce, content.encode(), None))
    return [
        _with_cookie("encrypted cookie, Fernet", read_fernet, fernet.encrypt(content.encode())),
        _with_cookie("encrypted cookie, AES-GCM", read_aead, sealed),
    ]


def _read_session(content: bytes) -> Any:
    found = json.loads(content)
    return found["session"]["user"] if read_time() - found["created"] < LIFETIME_SECONDS else None


def _json_web_tokens() -> list[Check]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shared = secrets.token_bytes(32)
    return [
        _with_token("JWT, HS256", "HS256", shared, shared),
        _with_token("JWT, RS256", "RS256", private, private.public_key()),
    ]


def _with_token(name: str, algorithm: str, signing: Any, verifying: Any) -> Check:
    now = int(read_time())
    claims = {"sub": "ada", "iat": now, "exp": now + LIFETIME_SECONDS, "aud": "comfyui"}

    @web.middleware
    async def check(request: web.Request, handler: Any) -> web.StreamResponse:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            raise web.HTTPUnauthorized
        try:
            found = jwt.decode(token, verifying, algorithms=[algorithm], audience="comfyui")
        except jwt.InvalidTokenError:
            raise web.HTTPUnauthorized from None
        request["user"] = found["sub"]
        return await handler(request)

    token = jwt.encode(claims, signing, algorithm=algorithm)
    return Check(name, check, ("Authorization", f"Bearer {token}"))


def _look_ups(file: Path) -> list[Check]:
    tokens = [secrets.token_urlsafe(32) for _ in range(USERS)]
    connection = sqlite3.connect(file, check_same_thread=False)
    connection.executescript(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE sessions (token_sha256 BLOB PRIMARY KEY, user_id INTEGER, expires_at REAL);"
    )
    ends_at = read_time() + LIFETIME_SECONDS
    users = range(USERS)
    connection.executemany(
        "INSERT INTO users VALUES (?, ?)", [(number, f"user{number}") for number in users]
    )
    connection.executemany(
        "INSERT INTO sessions VALUES (?, ?, ?)",
        [(_hash(token), number, ends_at) for number, token in enumerate(tokens)],
    )
    connection.commit()

    def look_up(token: str) -> Any:
        found = connection.execute(QUERY, (_hash(token), read_time())).fetchone()
        return found and found[1]

    async def on_the_loop(value: str) -> Any:
        return look_up(value)

    async def in_a_thread(value: str) -> Any:
        return await asyncio.to_thread(look_up, value)

    cookie = tokens[USERS // 2].encode()
    return [
        _with_cookie("SQLite query on the loop", on_the_loop, cookie),
        _with_cookie("SQLite query in a thread", in_a_thread, cookie),
    ]


def _with_cookie(name: str, read: Read, value: bytes) -> Check:
    @web.middleware
    async def check(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            request["user"] = await read(request.cookies.get(COOKIE, ""))
        except Exception:  # noqa: BLE001  # each library has errors of its own
            raise web.HTTPUnauthorized from None
        if request["user"] is None:
            raise web.HTTPUnauthorized
        return await handler(request)

    return Check(name, check, ("Cookie", f"theme=dark; {COOKIE}={value.decode()}; other=1"))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
