"""Our routes on a tiny aiohttp app: the real middleware, table and services; a fake service.

Tests of other folders take the fixtures too; see `fixtures.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from ssl import SSLContext
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict
from passport.accounts.passwords import Passwords
from passport.comfyui.prompt_answer import wrap_prompt
from passport.comfyui.prompt_hook import PromptHook
from passport.composition import Composition
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.server_routes.live_sockets import LiveSockets
from passport.server_routes.middleware import make_middleware
from passport.server_routes.request_context import find_principal
from passport.server_routes.table import register_routes
from passport.services import Services, compose
from passport.storage.tables import metadata
from passport.tests.backend.fixtures import CHEAP
from passport.vault.claims import Claims
from yarl import URL

UPLOAD_LIMIT_BYTES = 100 * 1024 * 1024  # ComfyUI's default
JSON = {"Content-Type": "application/json"}
UNRELATED = "Somebody else's answer."
REPORTS = ("throttles", "audit_events")
PASSWORD = "quilted heron lamp tide"
OTHER_PASSWORD = "violet anvil tundra mosaic"


class SetClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass(frozen=True)
class Answer:
    """A whole response, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code; fails when the answer is not our envelope and nothing else."""
        document = self.json
        assert set(document) == {"error"}
        assert set(document["error"]) == {"code", "message", "details"}
        assert document["error"]["message"].endswith((".", "?"))
        return document["error"]["code"]

    @property
    def cookie(self) -> str:
        """The one `name=value` that the answer sets."""
        (line,) = self.cookies
        return line.partition(";")[0]


class Browser:
    """A client with a cookie jar of its own, which says what the panel says.

    `place` are the headers that tell the server where the browser is.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, place: Mapping[str, str] | None = None
    ) -> None:
        self.session = session
        self.url = url
        self.place = dict(place or {})

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        data: Any = None,
    ) -> Answer:
        """Send the request; a path without a slash is one of ours. A header None is left out."""
        sent: CIMultiDict[str] = CIMultiDict({"X-Passport": "1", **self.place})
        if body is not None:
            data = json.dumps(body)
            sent.update(JSON)
        for name, value in (headers or {}).items():
            sent.pop(name, None)
            if value is not None:
                sent.add(name, value)
        url = self.url + (path if path.startswith("/") else f"/passport/{path}")
        async with self.session.request(
            method, url, data=data, headers=sent, allow_redirects=False
        ) as response:
            content = await response.read()
            cookies = response.headers.getall("Set-Cookie", [])
            return Answer(response.status, response.headers, content, cookies)

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.call("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return await self.call("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        return await self.call("PUT", path, body, **more)

    async def delete(self, path: str, **more: Any) -> Answer:
        return await self.call("DELETE", path, **more)

    async def log_in(self, api_key: str, **fields: Any) -> Answer:
        return await self.post("session/api-key", {"api_key": api_key, **fields})

    async def register(self, email: str, password: str = PASSWORD, **fields: Any) -> Answer:
        return await self.post("accounts", {"email": email, "password": password, **fields})

    async def log_in_by_mail(self, email: str, password: str = PASSWORD, **fields: Any) -> Answer:
        return await self.post("session/email", {"email": email, "password": password, **fields})

    async def account(self) -> Any:
        """The account that is signed in here, as the status has it, or None."""
        return (await self.status())["account"]

    async def account_id(self) -> str:
        return (await self.account())["id"]

    async def status(self, **more: Any) -> Any:
        return (await self.get("status", **more)).json

    async def run_uses(self, **headers: str) -> Any:
        """What a prompt posted from here would run with: account, machine, brought or None."""
        answer = await self.post(
            "/prompt", {"prompt": {}}, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        return answer.json["runs_with"]


class PassportServer:
    """A running server; `browser()` opens a new browser on it."""

    def __init__(
        self, data_folder: Path, api: FakeComfyApi, environment: Mapping[str, str]
    ) -> None:
        self.data_folder = data_folder
        self.api = api
        self.environment: dict[str, str] = dict(environment)
        self.clock = SetClock()
        self.composition = Composition(self._compose, self.clock)
        self.live_sockets = LiveSockets(self.composition)
        self.claims = Claims()
        self.hook = PromptHook(self.composition, self.claims, _Guarded())
        self.url = ""
        self._browsers: list[aiohttp.ClientSession] = []

    @property
    def services(self) -> Services:
        assert self.composition.services is not None
        return self.composition.services

    @asynccontextmanager
    async def running(self, tls: SSLContext | None = None) -> AsyncIterator[PassportServer]:
        watch = asyncio.create_task(self.live_sockets.watch())
        server = TestServer(self._app(), scheme="https" if tls else "http")
        await server.start_server(ssl=tls, access_log=None)
        self.url = str(server.make_url("")).rstrip("/")
        try:
            yield self
        finally:
            watch.cancel()
            for session in self._browsers:
                await session.close()
            await server.close()
            if self.composition.services is not None:
                await asyncio.to_thread(self.services.database.close)
                self.services.accounts.password_strength.close()

    def browser(self, cookies: bool = True, place: Mapping[str, str] | None = None) -> Browser:
        # As if TLS ended here: behind a proxy the jar would keep a Secure cookie to itself.
        secure = URL(self.url)
        jar = (
            aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=secure)
            if cookies
            else aiohttp.DummyCookieJar()
        )
        session = aiohttp.ClientSession(
            cookie_jar=jar, connector=aiohttp.TCPConnector(ssl=False, limit=0)
        )
        self._browsers.append(session)
        return Browser(session, self.url, place)

    def kept(self, *tables: str) -> dict[str, list[Any]]:
        """What is stored, in these tables or in all but those that only count and report."""
        names = tables or [each for each in metadata.tables if each not in REPORTS]
        with self.services.database.reading() as connection:
            return {
                name: sorted(
                    map(tuple, connection.execute(metadata.tables[name].select())), key=repr
                )
                for name in names
            }

    def happened(self, account_id: str | None = None) -> list[str]:
        """The actions that were written down, the oldest first."""
        events = self.services.accounts.people.list_events(account_id, limit=1000)
        return [listed.event.action for listed in reversed(events)]

    def _compose(self) -> Services:
        return compose(
            self.environment,
            self.data_folder,
            self.api.url,
            clock=self.clock,
            passwords=Passwords(**CHEAP),
        )

    def _app(self) -> web.Application:
        """ComfyUI's app, as far as it matters: each route under /x and /api/x."""
        routes = web.RouteTableDef()
        register_routes(routes, self.composition)
        routes.get("/unrelated")(_answer_unrelated)
        routes.post("/prompt")(self._post_prompt)
        app = web.Application(client_max_size=UPLOAD_LIMIT_BYTES)
        routes.get("/ws")(_keep_a_socket)
        routes.get("/who")(_tell_who)
        for path in ("/upload/image", "/userdata/{file}"):
            routes.post(path)(_answer_unrelated)
        wrapped = wrap_prompt(self.composition, self.claims)
        middleware = make_middleware(self.composition, self.live_sockets, wrapped)
        app.middlewares.insert(0, middleware)
        for route in routes:
            assert isinstance(route, web.RouteDef)
            app.router.add_route(route.method, route.path, route.handler)
            app.router.add_route(route.method, f"/api{route.path}", route.handler)
        return app

    async def _post_prompt(self, request: web.Request) -> web.Response:
        """A stub of ComfyUI's route: what the hook leaves, and what the claim says.

        A prompt `"refused"` is answered as an invalid one, and one that is `"broken"` not at all.
        """
        json_data = self.hook(json.loads(await request.read()))
        if json_data["prompt"] == "broken":
            raise RuntimeError
        if json_data["prompt"] == "refused":
            return web.Response(status=400)
        extra_data = json_data.get("extra_data")
        handle = extra_data.get("passport") if isinstance(extra_data, dict) else None
        claim = self.claims.take(handle)
        runs_with = None
        if claim is not None and not claim.brought:
            claim = await self.services.database.run(self.services.binding.decide, claim)
        if claim is not None:
            kinds = {"brought": claim.brought, "account": claim.account_id}
            runs_with = next((kind for kind, it in kinds.items() if it), "machine")
        return web.json_response({"left": json_data, "runs_with": runs_with})


@dataclass
class _Guarded:
    """Stands for an execution binding whose wrappers are in place."""

    guarded: bool = field(default=True)


async def _tell_who(request: web.Request) -> web.Response:
    """A stub of a route that is ComfyUI's: whom it would take the request for."""
    principal = find_principal(request)
    scopes = sorted(principal.scopes) if principal else []
    return web.json_response({"signed_in": principal is not None, "scopes": scopes})


async def _keep_a_socket(request: web.Request) -> web.WebSocketResponse:
    """A stub of ComfyUI's /ws: it listens until the other side goes; with ?flood it talks."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    while "flood" in request.query:
        await socket.send_bytes(bytes(64 * 1024))
    async for _ in socket:
        pass
    return socket


async def _answer_unrelated(_: web.Request) -> web.Response:
    return web.Response(text=UNRELATED)
