"""A FAKE of api.comfy.org and cloud.comfy.org, written from what is published of them.

It is not the real service, and was never compared with it.

In a test:

    async with FakeComfyApi() as api:
        ...                              # api.url is the base URL
        await api.set_mode("down")       # see MODES
        assert api.count("/customers") == 1
        token = api.token_for(ADA)       # an ID token; its key set is at api.keys_url
        api.cloud.approve(code, ADA)     # a log-in by code at api.cloud_url
"""

import asyncio
import base64
import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..practice import Person
from .comfy_api_account import AccountRoutes
from .comfy_api_answers import customer, plain_png, raise_ordered
from .comfy_api_modes import MODES, answer_by_mode
from .comfy_api_people import People
from .comfy_api_tokens import TokenMint, VerifyToken
from .comfy_cloud import ComfyCloud

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Call:
    """One request that reached the fake; what it carried as credential, and what it got."""

    method: str
    path: str
    api_key: str | None
    authorization: str | None
    status: int


class FakeComfyApi:
    """The service on a port of its own, and a second port that controls it."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self.mint = TokenMint()
        self.customers = People(self.mint)
        self.account = AccountRoutes(self.customers)
        self.cloud = ComfyCloud(self.customers, self.mint)
        self.calls: list[Call] = []
        self.mode = "up"
        self.slow_seconds = 30.0
        self._address, self._port = address, port
        self._runner = web.AppRunner(self._service(), access_log=None, shutdown_timeout=0.1)
        self._cloud_runner = web.AppRunner(self._cloud(), access_log=None, shutdown_timeout=0.1)
        self._control_runner = web.AppRunner(self._control(), access_log=None)
        self._site: web.TCPSite | None = None
        self.url = self.control_url = self.cloud_url = self.keys_url = ""

    async def __aenter__(self) -> "Self":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        await self._runner.setup()
        await self._listen()
        self.url = f"http://{self._address}:{self._port}"
        self.keys_url = f"{self.url}/__keys"
        self.cloud_url = await self._serve_beside(self._cloud_runner)
        self.control_url = f"{await self._serve_beside(self._control_runner)}/__control"

    async def stop(self) -> None:
        for runner in (self._runner, self._cloud_runner, self._control_runner):
            await runner.cleanup()

    async def _serve_beside(self, runner: web.AppRunner) -> str:
        await runner.setup()
        await web.TCPSite(runner, self._address, 0).start()
        return f"http://{self._address}:{runner.addresses[0][1]}"

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, self._address, self._port, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[0][1]

    async def set_mode(self, mode: str, slow_seconds: float | None = None) -> None:
        """Behave as one of MODES from now on; `down` refuses connections."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is none of {', '.join(MODES)}")
        self.slow_seconds = self.slow_seconds if slow_seconds is None else slow_seconds
        was, self.mode = self.mode, mode
        if mode == "down" and was != "down" and self._site is not None:
            await self._site.stop()
        if was == "down" and mode != "down":
            await self._listen()

    async def reset(self) -> None:
        """Be as at the start: for tests that share one service."""
        self.customers.reset()
        self.account.balances.clear()
        self.account.refuse_keys = False
        self.cloud.codes.clear()
        self.calls.clear()
        await self.set_mode("up")

    @property
    def people(self) -> list[Person]:
        return self.customers.all

    def add_person(self, person: Person) -> None:
        self.people.append(person)

    def token_for(self, person: Person, **changes: Any) -> str:
        """An ID token of the person; `changes` replace claims, and None leaves a claim out."""
        return self.mint.token_for(person, **changes)

    def accept_tokens_by(self, verify: VerifyToken) -> None:
        """Take the ID tokens whose claims this gives; it gives None for one that is no good."""
        self.customers.verify_token = verify

    def revoke(self, key: str) -> None:
        """The key's owner deleted it: refused from now on."""
        self.customers.revoke(key)

    def count(self, path: str) -> int:
        return sum(call.path == path for call in self.calls)

    def _service(self) -> web.Application:
        app = web.Application(middlewares=[self._record, self._open_to_browsers, self._by_mode])
        self.account.add_to(app)
        app.router.add_get("/__keys", self._get_keys)
        app.router.add_post("/proxy/practice/answers", self._answer)
        app.router.add_post("/proxy/openai/images/generations", self._picture)
        return app

    @web.middleware
    async def _record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        response = await handler(request)
        key, token = request.headers.get("X-API-KEY"), request.headers.get("Authorization")
        self.calls.append(Call(request.method, request.path, key, token, response.status))
        return response

    @web.middleware
    async def _open_to_browsers(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """The real service may be asked by a browser, so this one may."""
        if request.method == "OPTIONS":
            response = web.Response()
        else:
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = web.Response(
                    status=error.status, text=error.text, content_type=error.content_type
                )
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-API-KEY"
        response.headers["Access-Control-Allow-Methods"] = "DELETE, GET, POST"
        return response

    @web.middleware
    async def _by_mode(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.mode == "slow":
            await asyncio.sleep(self.slow_seconds)
        return answer_by_mode(self.mode, request) or await handler(request)

    async def _answer(self, request: web.Request) -> web.Response:
        """The one paid call of the practice nodes; their input can order an error."""
        asked = await request.json()
        raise_ordered(str(asked.get("service_answer", "")))
        person = self.customers.caller(request)
        text = f"Hello {person.name}. You asked: {asked.get('prompt', '')}"
        return web.json_response({"text": text, "caller": customer(person)})

    async def _picture(self, request: web.Request) -> web.Response:
        """What ComfyUI's own DALL-E 2 node asks for; the prompt can order an error."""
        asked = await request.json()
        raise_ordered(str(asked.get("prompt", "")))
        colour = bytes.fromhex(
            hashlib.sha256(self.customers.caller(request).id.encode()).hexdigest()[:6]
        )
        picture = base64.b64encode(plain_png(colour)).decode()
        return web.json_response({"created": 1, "data": [{"b64_json": picture}]})

    async def _get_keys(self, _: web.Request) -> web.Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return web.json_response(self.mint.key_set(), headers=headers)

    def _cloud(self) -> web.Application:
        app = web.Application(middlewares=[self._record, self._open_to_browsers, self._by_mode])
        self.cloud.add_to(app)
        return app

    def _control(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/__control", self._get_control)
        app.router.add_post("/__control", self._post_control)
        return app

    async def _get_control(self, _: web.Request) -> web.Response:
        calls = [asdict(call) for call in self.calls]
        return web.json_response({"mode": self.mode, "modes": MODES, "calls": calls})

    async def _post_control(self, request: web.Request) -> web.Response:
        """Fields, all optional: mode, slow_seconds, forget_calls, revoke (a key), person,
        refuse_keys, approve_code {code, person (an id)}, deny_code (a code)."""
        asked = await request.json()
        if asked.get("forget_calls"):
            self.calls.clear()
        if "revoke" in asked:
            self.revoke(asked["revoke"])
        if "person" in asked:
            self.add_person(Person(**asked["person"]))
        self.account.refuse_keys = asked.get("refuse_keys", self.account.refuse_keys)
        self._decide_on_codes(asked)
        await self.set_mode(asked.get("mode", self.mode), asked.get("slow_seconds"))
        return await self._get_control(request)

    def _decide_on_codes(self, asked: dict[str, Any]) -> None:
        if "deny_code" in asked:
            self.cloud.deny(asked["deny_code"])
        if "approve_code" in asked:
            person = self.customers.by_id(asked["approve_code"]["person"])
            if person is not None:
                self.cloud.approve(asked["approve_code"]["code"], person)
