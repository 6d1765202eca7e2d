"""A FAKE OpenID provider whose every answer a test can set; honest as long as nobody does.

evil.mint = lambda claims: FORGERIES["alg none"](evil.forger, claims)      # the next ID tokens
evil.claims = {"email_verified": False}                    # honest, but for these claims
evil.set("userinfo", {"sub": "somebody-else"})             # discovery, keys, token, device
evil.set("keys", "<html>", status=200, content_type="text/html", delay_seconds=5)
evil.set("discovery", headers={"Location": "http://…"}, status=302)
back = evil.approve(authorization_url, iss="https://another.example")
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from .evil_tokens import Claims, Forger, now_seconds

if TYPE_CHECKING:
    from typing_extensions import Self

PATHS = {
    "discovery": "/.well-known/openid-configuration",
    "authorize": "/authorize",
    "keys": "/keys",
    "other-keys": "/other-keys",
    "token": "/token",
    "userinfo": "/userinfo",
    "device": "/device",
}
SUBJECT = "evil-subject"
EMAIL = "victim@practice.example"
HOUR_SECONDS = 3600


@dataclass
class SetAnswer:
    """What a test wants answered: text, bytes, or anything that becomes JSON."""

    body: Any = ""
    status: int = 200
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay_seconds: float = 0

    def response(self) -> web.Response:
        is_raw = isinstance(self.body, (str, bytes))
        text: str | bytes = self.body if is_raw else json.dumps(self.body)
        data = text.encode() if isinstance(text, str) else text
        kind = self.content_type or ("text/html" if is_raw else "application/json")
        return web.Response(body=data, status=self.status, content_type=kind, headers=self.headers)


@dataclass(frozen=True)
class EvilCall:
    """What a client told the provider."""

    method: str
    part: str
    headers: dict[str, str]
    form: dict[str, str]


class EvilProvider:
    """`url` is the issuer; `calls` are what came."""

    client_id = "evil-client"
    client_secret = "evil-client-secret-of-no-worth"  # noqa: S105

    def __init__(self) -> None:
        self.url = ""
        self.forger = Forger()
        self.calls: list[EvilCall] = []
        # A client that gave up must not leave its slow answer behind.
        self._runner = web.AppRunner(
            self._app(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        self.be_honest()

    def be_honest(self) -> None:
        """Forget all that a test set."""
        self.answers: dict[str, SetAnswer] = {}
        self.claims: Claims = {}
        self.mint: Callable[[Claims], str] = self.forger.sign
        self.device_is_approved = False
        self.nonce: str | None = None
        self.calls.clear()

    async def __aenter__(self) -> "Self":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def set(self, part: str, body: Any = "", **answer: Any) -> None:
        """Answer the calls of a part (see PATHS) with this; fields as in SetAnswer."""
        if part not in PATHS:
            raise ValueError(f"{part!r} is none of {', '.join(PATHS)}")
        self.answers[part] = SetAnswer(body, **answer)

    def discovery(self, **changes: Any) -> dict[str, Any]:
        """The honest document, but for the changes; None leaves a field out."""
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "device_authorization_endpoint": f"{self.url}/device",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **changes,
        }
        return {name: value for name, value in document.items() if value is not None}

    def honest_claims(self) -> Claims:
        now = now_seconds()
        claims = {
            "iss": self.url,
            "aud": self.client_id,
            "sub": SUBJECT,
            "iat": now,
            "exp": now + HOUR_SECONDS,
            "nonce": self.nonce,
            "email": EMAIL,
            "email_verified": True,
            "name": "Evil Practice",
            **self.claims,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def approve(self, authorization_url: str, **changes: Any) -> str:
        """The address the browser is sent back to; `changes` replace its fields, None drops one."""
        asked = {
            name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()
        }
        self.nonce = asked.get("nonce")
        code = secrets.token_urlsafe(16)
        told = {"code": code, "state": asked.get("state"), "iss": self.url, **changes}
        present = {name: value for name, value in told.items() if value is not None}
        return f"{asked['redirect_uri']}?{urlencode(present)}"

    def approve_device(self) -> None:
        """From now on the device's polls are answered with tokens."""
        self.device_is_approved = True

    def _app(self) -> web.Application:
        app = web.Application()
        for part, path in PATHS.items():
            app.router.add_route("*", path, self._handler(part))
        return app

    def _handler(self, part: str) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            form = {name: str(value) for name, value in (await request.post()).items()}
            self.calls.append(EvilCall(request.method, part, dict(request.headers), form))
            ordered = self.answers.get(part)
            if ordered is None:
                return self._honest(part, request, form)
            await asyncio.sleep(ordered.delay_seconds)
            return ordered.response()

        return handle

    def _honest(self, part: str, request: web.Request, form: dict[str, str]) -> web.Response:
        if part == "authorize":
            return web.Response(status=302, headers={"Location": self.approve(str(request.url))})
        if part == "token" and "device_code" in form and not self.device_is_approved:
            return web.json_response({"error": "authorization_pending"}, status=400)
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "discovery": self.discovery,
            "keys": lambda: {"keys": [self.forger.jwk()]},
            "other-keys": lambda: {"keys": [self.forger.jwk(self.forger.other_key, "own")]},
            "token": self._tokens,
            "userinfo": self._userinfo,
            "device": self._device,
        }
        return web.json_response(answers[part]())

    def _tokens(self) -> dict[str, Any]:
        return {
            "access_token": f"evil-{secrets.token_hex(8)}",
            "token_type": "Bearer",
            "expires_in": HOUR_SECONDS,
            "id_token": self.mint(self.honest_claims()),
        }

    def _userinfo(self) -> dict[str, Any]:
        names = ("sub", "email", "email_verified", "name")
        return {name: value for name, value in self.honest_claims().items() if name in names}

    def _device(self) -> dict[str, Any]:
        self.nonce = None
        return {
            "device_code": secrets.token_urlsafe(16),
            "user_code": "EVIL-CODE",
            "verification_uri": f"{self.url}/verify",
            "expires_in": 600,
            "interval": 1,
        }
