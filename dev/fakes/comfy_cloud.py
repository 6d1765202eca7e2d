"""A FAKE of cloud.comfy.org: its own tokens, subscriptions, and log-ins by code."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..practice import Person
from .comfy_api_answers import refusal
from .comfy_api_people import People
from .comfy_api_tokens import LIFETIME_SECONDS, TokenMint, now_seconds

CODE_SECONDS = 600
PAGE = """<!doctype html><title>Practice cloud</title><h1>Log in to the practice cloud?</h1>
<form method="post">{buttons}<button name="person" value="">Deny</button></form>"""


@dataclass
class LogInCode:
    challenge: str
    person: Person | None = None
    state: str = "pending"  # or "approved", "denied"


class ComfyCloud:
    """The service; `approve` and `deny` are the person's part of a log-in by code."""

    def __init__(self, people: People, mint: TokenMint) -> None:
        self._people, self._mint = people, mint
        self._tokens: dict[str, Person] = {}
        self._operations: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, LogInCode] = {}
        self.poll_interval = 1

    def approve(self, code: str, person: Person) -> None:
        self.codes[code].person = person
        self.codes[code].state = "approved"

    def deny(self, code: str) -> None:
        self.codes[code].state = "denied"

    def forget(self, code: str) -> None:
        """The code's time is over."""
        del self.codes[code]

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/auth/token", self._post_token)
        app.router.add_get("/api/billing/status", self._status)
        app.router.add_post("/api/billing/subscription/cancel", self._cancel)
        app.router.add_post("/api/billing/subscription/resubscribe", self._resubscribe)
        app.router.add_post("/api/auth/desktop-login-codes", self._post_code)
        app.router.add_post("/api/auth/desktop-login-codes/exchange", self._exchange)
        app.router.add_get("/cloud/login", self._show_code)
        app.router.add_post("/cloud/login", self._decide)

    async def _post_token(self, request: web.Request) -> web.Response:
        person = self._people.logged_in(request)
        token = f"practice-cloud-{secrets.token_hex(16)}"
        self._tokens[token] = person
        expires_at = now_seconds() + LIFETIME_SECONDS
        return web.json_response({"token": token, "expires_at": expires_at})

    def _holder(self, request: web.Request) -> Person:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise refusal(web.HTTPUnauthorized, "This needs a token of /api/auth/token")
        return self._tokens[token]

    async def _status(self, request: web.Request) -> web.Response:
        subscription = self._people.subscription(self._holder(request))
        return web.json_response(subscription.told(has_fund=True))

    async def _cancel(self, request: web.Request) -> web.Response:
        """Let it end with the time that is paid for; the same idempotency_key does it once."""
        subscription = self._people.subscription(self._holder(request))
        asked: dict[str, Any] = await request.json() if request.can_read_body else {}
        key = asked.get("idempotency_key", "")
        if key in self._operations:
            return web.json_response(self._operations[key])
        if not subscription.is_active or subscription.end_date:
            raise refusal(web.HTTPConflict, "There is no subscription that could be cancelled")
        subscription.end_date, subscription.renewal_date = subscription.renewal_date, None
        done = {"billing_op_id": secrets.token_hex(8), "cancel_at": subscription.end_date}
        if key:
            self._operations[key] = done
        return web.json_response(done)

    async def _resubscribe(self, request: web.Request) -> web.Response:
        subscription = self._people.subscription(self._holder(request))
        if not subscription.is_active or not subscription.end_date:
            raise refusal(web.HTTPConflict, "There is no cancellation that could be taken back")
        subscription.renewal_date, subscription.end_date = subscription.end_date, None
        return web.json_response({"billing_op_id": secrets.token_hex(8), "status": "active"})

    async def _post_code(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if not all(asked.get(name) for name in ("platform", "app_version", "code_challenge")):
            raise refusal(web.HTTPBadRequest, "platform, app_version, code_challenge are needed")
        code = f"dlc_{secrets.token_urlsafe(24)}"
        self.codes[code] = LogInCode(asked["code_challenge"])
        told = {"code": code, "expires_in": CODE_SECONDS, "poll_interval": self.poll_interval}
        return web.json_response(told, status=201)

    async def _exchange(self, request: web.Request) -> web.Response:
        """404 unknown, used or too old; 403 denied or a wrong verifier: both are final."""
        asked = await request.json()
        code = asked.get("code", "")
        entry = self.codes.get(code)
        if entry is None:
            raise refusal(web.HTTPNotFound, "Unknown code")
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != entry.challenge:
            raise refusal(web.HTTPForbidden, "The verifier is not that of the code")
        if entry.state == "denied":
            raise refusal(web.HTTPForbidden, "The person said no")
        if entry.person is None:
            return web.json_response({"status": "pending"})
        self.forget(code)
        token = self._mint.custom_token_for(entry.person)
        return web.json_response({"status": "complete", "custom_token": token})

    async def _show_code(self, request: web.Request) -> web.Response:
        if request.query.get("desktop_login_code") not in self.codes:
            raise web.HTTPNotFound(text="Unknown code")
        button = '<button name="person" value="{0.id}">Approve as {0.name}</button> '
        buttons = "".join(button.format(person) for person in self._people.all)
        return web.Response(text=PAGE.format(buttons=buttons), content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        code = request.query.get("desktop_login_code", "")
        person = self._people.by_id(str((await request.post()).get("person", "")))
        if code not in self.codes:
            raise web.HTTPNotFound(text="Unknown code")
        if person:
            self.approve(code, person)
        else:
            self.deny(code)
        return web.Response(text="<h1>Done</h1>", content_type="text/html")
