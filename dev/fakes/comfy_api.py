"""A FAKE of api.comfy.org, written from its published interface. It is not the real service.

In a test:

    async with FakeComfyApi() as api:
        ...                              # api.url is the base URL
        await api.set_mode("down")       # see MODES
        assert api.count("/customers") == 1
"""

import asyncio
import base64
import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..practice import ADA, BEN, FAY, Person
from .comfy_api_answers import customer, plain_png, raise_ordered, refusal
from .comfy_api_modes import MODES, answer_by_mode

if TYPE_CHECKING:
    from typing_extensions import Self

CREDITS_MICROS = 5_000_000


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
        self.people: list[Person] = [ADA, BEN, FAY]
        self.calls: list[Call] = []
        self.mode = "up"
        self.slow_seconds = 30.0
        self._address, self._port = address, port
        self._customers: set[str] = set()
        self._runner = web.AppRunner(self._service(), access_log=None, shutdown_timeout=0.1)
        self._control_runner = web.AppRunner(self._control(), access_log=None)
        self._site: web.TCPSite | None = None
        self.url = self.control_url = ""

    async def __aenter__(self) -> "Self":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        await self._runner.setup()
        await self._listen()
        await self._control_runner.setup()
        await web.TCPSite(self._control_runner, self._address, 0).start()
        self.url = f"http://{self._address}:{self._port}"
        self.control_url = (
            f"http://{self._address}:{self._control_runner.addresses[0][1]}/__control"
        )

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._control_runner.cleanup()

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

    def add_person(self, person: Person) -> None:
        self.people.append(person)

    def revoke(self, key: str) -> None:
        """The key's owner deleted it: refused from now on."""
        self.people = [person for person in self.people if person.key != key]

    def count(self, path: str) -> int:
        return sum(call.path == path for call in self.calls)

    def _service(self) -> web.Application:
        app = web.Application(middlewares=[self._record, self._open_to_browsers, self._by_mode])
        app.router.add_post("/customers", self._post_customer)
        app.router.add_get("/customers/me", self._get_customer)
        app.router.add_get("/customers/balance", self._get_balance)
        app.router.add_get("/customers/events", self._get_events)
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

    def _caller(self, request: web.Request) -> Person:
        """Whose credential the request carries; 401 or 403 when it is no good."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        key = request.headers.get("X-API-KEY")
        for person in self.people:
            if token and person.token == token:
                return person
            if key and person.key == key:
                if not person.api_keys_allowed:
                    raise refusal(web.HTTPForbidden, "API key auth not allowed")
                return person
        raise refusal(web.HTTPUnauthorized, "Invalid or missing credential")

    async def _post_customer(self, request: web.Request) -> web.Response:
        person = self._caller(request)
        status = 200 if person.id in self._customers else 201
        self._customers.add(person.id)
        return web.json_response(customer(person), status=status)

    async def _get_customer(self, request: web.Request) -> web.Response:
        return web.json_response(customer(self._caller(request)))

    async def _get_balance(self, request: web.Request) -> web.Response:
        self._caller(request)
        names = ("amount_micros", "prepaid_balance_micros", "effective_balance_micros")
        return web.json_response(dict.fromkeys(names, CREDITS_MICROS) | {"currency": "usd"})

    async def _get_events(self, request: web.Request) -> web.Response:
        self._caller(request)
        page: dict[str, Any] = {"events": [], "total": 0, "page": 1, "limit": 10, "totalPages": 0}
        return web.json_response(page)

    async def _answer(self, request: web.Request) -> web.Response:
        """The one paid call of the practice nodes; their input can order an error."""
        asked = await request.json()
        raise_ordered(str(asked.get("service_answer", "")))
        person = self._caller(request)
        text = f"Hello {person.name}. You asked: {asked.get('prompt', '')}"
        return web.json_response({"text": text, "caller": customer(person)})

    async def _picture(self, request: web.Request) -> web.Response:
        """What ComfyUI's own DALL-E 2 node asks for; the prompt can order an error."""
        asked = await request.json()
        raise_ordered(str(asked.get("prompt", "")))
        colour = bytes.fromhex(hashlib.sha256(self._caller(request).id.encode()).hexdigest()[:6])
        picture = base64.b64encode(plain_png(colour)).decode()
        return web.json_response({"created": 1, "data": [{"b64_json": picture}]})

    def _control(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/__control", self._get_control)
        app.router.add_post("/__control", self._post_control)
        return app

    async def _get_control(self, _: web.Request) -> web.Response:
        calls = [asdict(call) for call in self.calls]
        return web.json_response({"mode": self.mode, "modes": MODES, "calls": calls})

    async def _post_control(self, request: web.Request) -> web.Response:
        """Fields, all optional: mode, slow_seconds, forget_calls, revoke (a key), person."""
        asked = await request.json()
        if asked.get("forget_calls"):
            self.calls.clear()
        if "revoke" in asked:
            self.revoke(asked["revoke"])
        if "person" in asked:
            self.add_person(Person(**asked["person"]))
        await self.set_mode(asked.get("mode", self.mode), asked.get("slow_seconds"))
        return await self._get_control(request)
