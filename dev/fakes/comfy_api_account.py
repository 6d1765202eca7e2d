"""What the fake service tells a customer and does for one: identity, money, API keys."""

from typing import Any

from aiohttp import web

from ..practice import Person
from .comfy_api_answers import customer, refusal
from .comfy_api_people import People

CREDITS_MICROS = 5_000_000
EVENTS = 23
EVENTS_PER_PAGE = 10
TOP_UP = "https://checkout.practice.example/pay"
PORTAL = "https://billing.practice.example/portal"


def _events(person: Person) -> list[dict[str, Any]]:
    """What the person did, the newest first: an account, credits, then one API call a day."""
    kinds = ["account_created", "credit_added"] + ["api_usage_completed"] * (EVENTS - 2)
    told = [
        {
            "event_id": f"event-{person.id[:8]}-{number}",
            "event_type": kind,
            "createdAt": f"2026-01-{number:02}T12:00:00Z",
            "params": {"amount": 500} if kind == "credit_added" else {"api_name": "practice"},
        }
        for number, kind in enumerate(kinds, start=1)
    ]
    return told[::-1]


class AccountRoutes:
    """`balances` by person's id replaces what is told; `refuse_keys` answers 403 to making one."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.balances: dict[str, dict[str, Any]] = {}
        self.refuse_keys = False

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/customers", self._post_customer)
        app.router.add_get("/customers/me", self._get_customer)
        app.router.add_get("/customers/balance", self._get_balance)
        app.router.add_get("/customers/events", self._get_events)
        app.router.add_post("/customers/credit", self._top_up)
        app.router.add_post("/customers/billing", self._portal)
        app.router.add_get("/customers/cloud-subscription-status", self._subscription)
        app.router.add_get("/customers/api-keys", self._list_keys)
        app.router.add_post("/customers/api-keys", self._make_key)
        app.router.add_delete("/customers/api-keys/{id}", self._delete_key)

    def _customer(self, request: web.Request) -> Person:
        return self._people.customer(self._people.caller(request))

    def _logged_in(self, request: web.Request) -> Person:
        return self._people.customer(self._people.logged_in(request))

    async def _post_customer(self, request: web.Request) -> web.Response:
        person = self._people.caller(request)
        status = 201 if self._people.set_up(person) else 200
        return web.json_response(customer(person), status=status)

    async def _get_customer(self, request: web.Request) -> web.Response:
        person = self._people.caller(request)
        if not self._people.is_set_up(person):
            raise refusal(web.HTTPNotFound, "Customer not found")
        return web.json_response(customer(person))

    async def _get_balance(self, request: web.Request) -> web.Response:
        person = self._customer(request)
        names = ("amount_micros", "prepaid_balance_micros", "effective_balance_micros")
        balance = self.balances.get(person.id, dict.fromkeys(names, CREDITS_MICROS))
        return web.json_response({"currency": "usd", **balance})

    async def _get_events(self, request: web.Request) -> web.Response:
        asked = request.query
        page, limit = int(asked.get("page", 1)), int(asked.get("limit", EVENTS_PER_PAGE))
        told = [
            event
            for event in _events(self._customer(request))
            if asked.get("filter", event["event_type"]) == event["event_type"]
            and asked.get("start_date", "") <= event["createdAt"] <= asked.get("end_date", "9")
        ]
        shown = told[(page - 1) * limit : page * limit]
        pages = -(-len(told) // limit)
        numbers = {"total": len(told), "page": page, "limit": limit, "totalPages": pages}
        return web.json_response({"events": shown, **numbers})

    async def _top_up(self, request: web.Request) -> web.Response:
        self._customer(request)
        asked = await request.json()
        if not isinstance(asked.get("amount_micros"), int) or asked.get("currency") != "usd":
            raise refusal(web.HTTPBadRequest, "amount_micros and currency are needed")
        url = f"{TOP_UP}?amount_micros={asked['amount_micros']}"
        return web.json_response({"checkout_url": url}, status=201)

    async def _portal(self, request: web.Request) -> web.Response:
        self._customer(request)
        return web.json_response({"billing_portal_url": PORTAL})

    async def _subscription(self, request: web.Request) -> web.Response:
        person = self._customer(request)
        return web.json_response(self._people.subscription(person).told(has_fund=True))

    async def _list_keys(self, request: web.Request) -> web.Response:
        person = self._logged_in(request)
        own = [made.shown() for made in self._people.keys if made.person_id == person.id]
        return web.json_response({"api_keys": own})

    async def _make_key(self, request: web.Request) -> web.Response:
        person = self._logged_in(request)
        if self.refuse_keys or not person.api_keys_allowed:
            raise refusal(web.HTTPForbidden, "API keys are not part of your plan")
        asked = await request.json()
        if not asked.get("name"):
            raise refusal(web.HTTPBadRequest, "name is needed")
        made = self._people.make_key(person, asked["name"], asked.get("description", ""))
        shown = {**made.shown(), "plaintext_key": made.plaintext}
        return web.json_response({"api_key": shown}, status=201)

    async def _delete_key(self, request: web.Request) -> web.Response:
        person = self._logged_in(request)
        for made in self._people.keys:
            if made.id == request.match_info["id"] and made.person_id == person.id:
                self._people.revoke(made.plaintext)
                return web.Response(status=204)
        raise refusal(web.HTTPNotFound, "API key not found")
