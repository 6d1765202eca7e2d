"""Every route, called by everybody there can be: who is let through is what the route declares.

Each caller has an account of its own, so that no call spoils another; the store with all of them
is made once and copied for each route.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from passport.server_routes import access
from passport.server_routes.access import Access
from passport.server_routes.table import ROUTES, Route
from passport.tests.server_routes.every_route import BODIES, fill
from passport.tests.server_routes.passport_server import Browser, PassportServer
from passport.tests.server_routes.programs import (
    ALL_SCOPES,
    Program,
    bearer,
    cookie_of,
    make_key,
    program_of,
)

DECLARED = """
GET    status                        ANYBODY
GET    checks                        ANYBODY
POST   session/api-key               ANYBODY
POST   session/email                 ANYBODY
POST   oauth/{provider}/start        ANYBODY
GET    oauth/{provider}/callback     REDIRECTED
POST   device/{provider}             ANYBODY
POST   device/{provider}/poll        ANYBODY
DELETE session                       ANYBODY
POST   accounts                      ANYBODY
POST   password-strength             ANYBODY
POST   password-resets               ANYBODY
POST   password-resets/confirm       ANYBODY
POST   email-verifications/confirm   ANYBODY
POST   deletion-requests             ANYBODY
POST   comfy-account/hand-over       ANYBODY
POST   comfy-account/log-in          ANYBODY
POST   comfy-account/sign-up         ANYBODY
POST   comfy-account/login-code      ANYBODY
POST   comfy-account/login-code/poll ANYBODY
POST   comfy-account/password-reset  ANYBODY

GET    account                       READ
GET    sessions                      READ
GET    audit                         READ
GET    api-keys                      READ
GET    account/deletion-preview      READ
GET    credentials                   READ
GET    node-packs                    READ
GET    credits                       READ
GET    comfy-account                 READ
GET    comfy-account/keys            READ
GET    comfy-account/subscription    READ

POST   tickets                       RUN

PATCH  account                       MANAGE
DELETE api-keys                      MANAGE
DELETE api-keys/{id}                 MANAGE
PUT    credentials/{service}         MANAGE
DELETE credentials/{service}         MANAGE
POST   credentials/{service}/check   MANAGE
PUT    node-packs/{name}             MANAGE
DELETE node-packs/{name}             MANAGE
DELETE sessions                      SIGN_OUT
DELETE sessions/{id}                 SIGN_OUT

POST   owner                         PERSON
POST   email-verifications           PERSON
PUT    account/email                 PERSON
PUT    account/password              PERSON
POST   identities/email              PERSON fresh
DELETE identities/{kind}             PERSON fresh
POST   api-keys                      PERSON fresh
POST   api-keys/{id}/rotate          PERSON fresh
POST   credentials/{service}/reveal  PERSON fresh
POST   account/cancel                PERSON fresh
POST   comfy-account/keys            PERSON fresh
DELETE comfy-account/keys/{id}       PERSON
DELETE comfy-account                 PERSON
PUT    comfy-account/password        PERSON
GET    comfy-account/address         READ
POST   comfy-account/verification    PERSON
POST   comfy-account/top-up          PERSON
POST   comfy-account/billing-portal  PERSON
POST   comfy-account/subscription/cancel      PERSON
POST   comfy-account/subscription/resubscribe PERSON

POST   session/reauthentication      LEAVING
POST   account/reactivate            LEAVING
POST   account/export                LEAVING fresh
POST   account/delete                LEAVING fresh

GET    accounts                      OWNER
PUT    accounts/{id}/state           OWNER
PUT    accounts/{id}/email-verified  OWNER
PUT    accounts/{id}/comfy-user      OWNER
POST   accounts/{id}/password-reset  OWNER fresh
DELETE accounts/{id}/sessions        OWNER
GET    invitations                   OWNER
POST   invitations                   OWNER fresh
DELETE invitations/{id}              OWNER
GET    deletion-requests             OWNER
POST   deletion-requests/{id}/grant  OWNER
DELETE deletion-requests/{id}        OWNER
GET    providers                     OWNER
POST   providers/{provider}/check    OWNER
GET    mail                          OWNER
POST   mail/test                     OWNER
"""
"""Written down once more, so that no route is opened by mistake."""

EXPECTED = {
    (method, path): (declared, tuple(more))
    for method, path, declared, *more in map(str.split, filter(None, DECLARED.splitlines()))
}
FRESH = {route for route, (_, more) in EXPECTED.items() if more == ("fresh",)}
NAMES = {
    id(value): name for name, value in vars(access).items() if isinstance(value, Access)
}  # by identity: an Access written in the table has no name
MEANING = {
    "ANYBODY": Access(public=True),
    "REDIRECTED": Access(public=True, from_elsewhere=True),
    "READ": Access(scope="read", limited=True),
    "RUN": Access(scope="run"),
    "MANAGE": Access(scope="manage"),
    "SIGN_OUT": Access(scope="manage", limited=True),
    "PERSON": Access(session_only=True),
    "LEAVING": Access(session_only=True, limited=True),
    "OWNER": Access(session_only=True, owner=True),
}
GATE = {
    "not_signed_in": 401,
    "api_key_not_good": 401,
    "account_cancelled": 403,
    "session_needed": 403,
    "scope_missing": 403,
    "owner_only": 403,
    "reauthentication_required": 403,
    "foreign_request": 403,
    "missing_passport_header": 403,
}
"""What refuses a caller for who they are; all other answers mean that they were let through."""

CONTENT = ("accounts", "identities", "passwords", "credentials", "node_packs", "invitations")
EACH = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method}-{route.path}")


@dataclass(frozen=True)
class Caller:
    """Who calls, and what there is to know of them."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    bad_key: bool = False
    """A key of ours is shown that is good for nothing."""
    session: bool = False
    key: bool = False
    scopes: tuple[str, ...] = ALL_SCOPES
    limited: bool = False
    owner: bool = False
    stale: bool = False

    @property
    def runs(self) -> bool:
        return self.session or (self.key and "run" in self.scopes)


@dataclass(frozen=True)
class World:
    """The store with all callers in it, and what time it is there."""

    folder: Path
    now: datetime
    callers: tuple[Caller, ...]


class Furnisher:
    """Makes the callers."""

    def __init__(self, server: PassportServer) -> None:
        self.server = server
        self.callers: list[Caller] = []

    def add(self, name: str, headers: Mapping[str, str], **facts: Any) -> None:
        self.callers.append(Caller(name, headers, **facts))

    async def person(self, name: str, owner: bool = False) -> Browser:
        browser = self.server.browser()
        assert (await browser.register(f"{name}@example.org")).status == 201
        if owner:
            account_id = await browser.account_id()
            people = self.server.services.accounts.people
            await asyncio.to_thread(people.make_owner, account_id, Nowhere)
        return browser

    async def again(self, name: str) -> Browser:
        """The same person in another browser, proved just now."""
        browser = self.server.browser()
        assert (await browser.log_in_by_mail(f"{name}@example.org")).status == 201
        return browser

    async def furnish(self) -> tuple[Caller, ...]:
        self.add("nobody", {})
        self.add("forged cookie", {"Cookie": "passport_x=" + "A" * 43})
        await self.person("olga")  # the first one is an owner
        stale = {name: await self.person(name) for name in ("stale", "fresh", "gone", "revoked")}
        stale["stale-owner"] = await self.person("stale-owner", owner=True)
        leaving = [await self.person(name, name == "left-owner") for name in ("left", "left-owner")]
        await self.person("fresh-owner", owner=True)
        for browser in leaving:
            name = (await browser.account())["display_name"]
            key = (await make_key(browser))["key"]
            self.add(f"a cancelled account's key: {name}", bearer(key), key=True, limited=True)
        await self.keys()
        gone_key = (await make_key(await self.again("gone")))["key"]

        self.server.clock.advance(hours=1)
        self.add("a stale session", cookie(stale["stale"]), session=True, stale=True)
        owner_cookie = cookie(stale["stale-owner"])
        self.add("an owner's stale session", owner_cookie, session=True, stale=True, owner=True)
        self.add("a session", cookie(await self.again("fresh")), session=True)
        owner = await self.again("fresh-owner")
        self.add("an owner's session", cookie(owner), session=True, owner=True)
        await self.leave("left")
        await self.leave("left-owner", owner=True)
        await self.disable(owner, await self.again("gone"), gone_key)
        self.add("a session that was ended", cookie(stale["revoked"]))
        await stale["revoked"].delete("sessions?everywhere=true")
        return tuple(self.callers)

    async def keys(self) -> None:
        for scope in ALL_SCOPES:
            browser = await self.person(scope)
            program = await program_of(self.server, browser, scope)
            self.add(f"a key that may {scope}", program.headers, key=True, scopes=(scope,))
        owner = await self.person("key-owner", owner=True)
        key = (await make_key(owner))["key"]
        self.add("an owner's key", bearer(key), key=True, owner=True)
        self.add("an owner's key beside their cookie", {**bearer(key), **cookie(owner)}, key=True)
        user = await self.person("key-user")
        key = (await make_key(user))["key"]
        self.add("a key as X-API-Key", {"X-API-Key": key}, key=True)
        wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
        self.add("a key with a typing error", bearer(wrong), bad_key=True)
        self.add("a bad key beside a good cookie", {**bearer(wrong), **cookie(user)}, bad_key=True)
        await self.spent_keys(user)

    async def spent_keys(self, user: Browser) -> None:
        soon = "2026-11-23T02:30:00Z"
        assert self.server.clock().isoformat() < soon
        expired = (await make_key(user, "expired", expires_at=soon))["key"]
        self.add("an expired key", bearer(expired), bad_key=True)
        deleted = await make_key(user, "deleted")
        self.add("a deleted key", bearer(deleted["key"]), bad_key=True)
        await user.delete(f"api-keys/{deleted['id']}")
        for name, seconds, good in (("over", 600, False), ("on", 90_000, True)):
            old = await make_key(user, f"overlap {name}")
            body = {"overlap_seconds": seconds}
            new = (await user.post(f"api-keys/{old['id']}/rotate", body)).json["api_key"]["key"]
            self.add(
                f"a rotated key, overlap {name}", bearer(old["key"]), key=good, bad_key=not good
            )
            self.add(f"what it was rotated to, {name}", bearer(new), key=True)

    async def leave(self, name: str, owner: bool = False) -> None:
        browser = await self.again(name)
        assert (await browser.post("account/cancel", {})).status == 200
        facts = {"session": True, "limited": True, "owner": owner}
        self.add(f"a cancelled account's session: {name}", cookie(browser), **facts)

    async def disable(self, owner: Browser, browser: Browser, key: str) -> None:
        self.add("a disabled account's session", cookie(browser))
        self.add("a disabled account's key", bearer(key), bad_key=True)
        path = f"accounts/{await browser.account_id()}/state"
        assert (await owner.put(path, {"state": "disabled"})).status == 200


Nowhere = SimpleNamespace(address="", user_agent="", network="")


def cookie(browser: Browser) -> dict[str, str]:
    return {"Cookie": cookie_of(browser)}


async def furnish(folder: Path) -> World:
    unreachable: Any = SimpleNamespace(url="http://127.0.0.1:1")
    server = PassportServer(folder, unreachable, {})
    async with server.running():
        callers = await Furnisher(server).furnish()
    return World(folder, server.clock.now, callers)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_store: Path) -> World:
    folder = tmp_path_factory.mktemp("world") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_store, folder)
    with ThreadPoolExecutor(1) as threads:  # with an event loop of its own
        return threads.submit(asyncio.run, furnish(folder)).result()


@pytest.fixture
async def server(start_server, world, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(world.folder, folder)
    server = await start_server(data_folder=folder)
    server.clock.now = world.now
    return server


def find_refusal(declared: Access, fresh: bool, caller: Caller) -> str | None:
    """The code that this caller gets, by what the route declares; None: let through."""
    if declared.from_elsewhere:  # no program calls it: what counts is the flow's own cookie
        return None
    if caller.bad_key:
        return "api_key_not_good"
    if declared.public:
        return None
    if not (caller.session or caller.key):
        return "not_signed_in"
    refusals = {
        "account_cancelled": caller.limited and not (declared.limited and caller.session),
        "session_needed": declared.session_only and not caller.session,
        "scope_missing": declared.scope is not None and declared.scope not in caller.scopes,
        "owner_only": declared.owner and not caller.owner,
        "reauthentication_required": fresh and caller.stale,
    }
    return next((code for code, holds in refusals.items() if holds), None)


def refusal_of(answer) -> str | None:
    """The code of an answer that refuses a caller for who they are, or None."""
    if answer.status < 400:
        return None
    assert answer.status < 500, answer.body
    if answer.body.startswith(b"<!doctype html>"):  # the page that a provider sends people to
        return None
    code = answer.code
    if code not in GATE:
        return None
    assert answer.status == GATE[code]
    return code


def call_of(route: Route) -> tuple[str, str, Any]:
    return route.method, fill(route.path), BODIES.get((route.method, route.path))


class TestDeclarations:
    @pytest.mark.asvs("6.3.4", "6.4.6", "8.1.1")
    def test_the_table_declares_what_is_written_here(self):
        declared = {
            (route.method, route.path): NAMES.get(id(route.access), "nothing that has a name")
            for route in ROUTES
        }
        assert declared == {route: name for route, (name, _) in EXPECTED.items()}
        assert len(declared) == len(ROUTES)

    def test_the_names_mean_what_is_written_here(self):
        assert {name: getattr(access, name) for name in MEANING} == MEANING
        assert set(NAMES.values()) == set(MEANING)

    @pytest.mark.asvs("6.3.4")
    def test_nothing_is_open_by_default(self):
        assert Access().public is False
        assert Access().limited is False

    def test_each_body_here_is_of_a_route(self):
        assert set(BODIES) <= set(EXPECTED)


@pytest.mark.asvs("2.2.2", "8.2.1", "8.3.1")
@EACH
async def test_everybody_gets_what_the_route_declares(server, world, route):
    declared = MEANING[EXPECTED[route.method, route.path][0]]
    fresh = (route.method, route.path) in FRESH
    expected = {
        caller.name: find_refusal(declared, fresh, caller)
        for caller in sorted(world.callers, key=lambda each: each.name)
    }
    callers = {caller.name: caller for caller in world.callers}
    await Browser(server.browser().session, server.url).status()
    before = server.kept(*CONTENT)

    got = {}
    for name in sorted(expected, key=lambda name: expected[name] is None):
        if expected[name] is None and before is not None:
            assert server.kept(*CONTENT) == before, "somebody who was refused has changed something"
            before = None
        answer = await Program(server, callers[name].headers).call(*call_of(route))
        got[name] = refusal_of(answer)

    assert got == expected


async def test_other_sites_pages_and_plain_forms_get_nothing(server, world):
    """Whoever's cookie or key the browser adds."""
    await Program(server, {}).status()
    before = server.kept(*CONTENT)
    of_our_own_page = [route for route in ROUTES if not route.access.from_elsewhere]
    for route, caller in itertools.product(of_our_own_page, world.callers[::10]):
        program = Program(server, caller.headers)
        for headers in ({"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await program.call(*call_of(route), headers=headers)
            assert refusal_of(answer) == "foreign_request", (route, caller.name)
        if route.method != "GET":
            answer = await program.call(*call_of(route), headers={"X-Passport": None})
            code = "api_key_not_good" if caller.bad_key else "missing_passport_header"
            assert refusal_of(answer) == code, (route, caller.name)
    assert server.kept(*CONTENT) == before


async def test_a_ticket_stands_for_nobody_who_changes_something(server, world):
    (session,) = [each for each in world.callers if each.name == "an owner's session"]
    program, stranger = Program(server, session.headers), Program(server, {})
    for route in ROUTES:
        if route.method == "GET" or route.access.public:
            continue
        ticket = (await program.post("tickets")).json["ticket"]
        method, path, body = call_of(route)
        answer = await stranger.call(method, f"{path}?passport_ticket={ticket}", body)
        assert refusal_of(answer) == "not_signed_in", route


class TestOtherPeoplesThings:
    """404, as for what was never there, and nothing happens to it."""

    @pytest.fixture
    async def things(self, start_server, tmp_path):
        server = await start_server(data_folder=tmp_path / "other")
        ada, ben = server.browser(), server.browser()
        await server.browser().register("olga@example.org")
        await ada.register("ada@example.org")
        await ben.register("ben@example.org")
        key = await make_key(ben)
        ids = {"sessions": (await ben.status())["session"]["id"], "api-keys": key["id"]}
        return SimpleNamespace(server=server, ada=ada, ben=ben, key=key["key"], ids=ids)

    @pytest.mark.parametrize(
        "route",
        [
            route
            for route in ROUTES
            if "{id}" in route.path
            and not route.access.owner
            and not route.path.startswith("comfy-account/")  # Comfy's keys, and Comfy looks
        ],
        ids=lambda route: f"{route.method}-{route.path}",
    )
    async def test_one(self, things, route):
        kind = route.path.partition("/")[0]
        path = route.path.replace("{id}", things.ids[kind])
        before = things.server.kept("sessions", "api_keys", *CONTENT)
        caller = {"ada": things.ada, "her key": await program_of(things.server, things.ada)}
        for name, browser in caller.items():
            body = BODIES.get((route.method, route.path))
            answer = await browser.call(route.method, path, body)
            if name == "her key" and route.access.session_only:
                assert answer.code == "session_needed"
            else:
                assert (answer.status, answer.code) == (
                    404,
                    f"{kind[:-1].replace('-', '_')}_missing",
                )
        assert (await things.ben.status())["signed_in"] is True
        assert await Program(things.server, bearer(things.key)).run_uses() == "account"
        assert set(before["sessions"]) <= set(things.server.kept("sessions")["sessions"])

    async def test_several_of_which_some_are_ones_own(self, things):
        own = await make_key(things.ada)
        path = f"api-keys?id={own['id']}&id={things.ids['api-keys']}"
        assert (await things.ada.delete(path)).json == {"deleted": 1}
        assert await Program(things.server, bearer(things.key)).run_uses() == "account"


class TestComfyUIsOwnRoutes:
    async def test_who_may_post_and_what_a_prompt_runs_with(self, server, world):
        for caller in world.callers:
            program = Program(server, caller.headers)
            for path in (
                "/prompt",
                "/api/prompt",
                "/upload/image",
                "/userdata/a",
                "/api/userdata/b",
            ):
                answer = await program.post(path, {"prompt": {}})
                if caller.bad_key or caller.limited:
                    code = "api_key_not_good" if caller.bad_key else "account_cancelled"
                    assert refusal_of(answer) == code, (caller.name, path)
                    continue
                assert answer.status == 200, (caller.name, path)
                if path.endswith("/prompt"):
                    expected = "account" if caller.runs else None
                    assert answer.json["runs_with"] == expected, caller.name

    async def test_who_may_look(self, server, world):
        for caller in world.callers:
            for path in ("/unrelated", "/api/unrelated"):
                answer = await Program(server, caller.headers).get(path)
                if caller.bad_key:
                    assert refusal_of(answer) == "api_key_not_good"
                else:
                    assert answer.status == 200, caller.name

    @pytest.mark.asvs("4.4.2")
    async def test_who_may_open_a_socket(self, server, world):
        for caller in world.callers:
            program = Program(server, caller.headers)
            status = 101
            try:
                url = f"{server.url}/ws"
                async with program.session.ws_connect(url, headers=caller.headers):
                    pass
            except aiohttp.WSServerHandshakeError as refused:
                status = refused.status
            expected = 403 if caller.limited else 101
            assert status == (401 if caller.bad_key else expected), caller.name

    @pytest.mark.threat(14)
    @pytest.mark.parametrize(
        "path",
        [
            "/userdata/x%2Fpassport%2Fy",
            "/userdata/%2Fpassport%2Fprompt",
            "/api/userdata/a%2fpassport%2f",
            "/userdata/a%2F..%2Fpassport%2Fstatus",
        ],
    )
    async def test_a_file_that_is_called_like_us_is_still_comfyuis(self, server, world, path):
        """`/passport/` in the middle of a path opens nothing (threat 14)."""
        for caller in world.callers:
            if caller.limited:
                answer = await Program(server, caller.headers).post(path, data=b"x")
                assert answer.status == 403, caller.name
                assert answer.code == "account_cancelled"


async def test_the_whole_servers_log_is_the_owners_in_a_browser(server, world):
    for caller in world.callers:
        if not caller.session and not caller.key:
            continue
        answer = await Program(server, caller.headers).get("audit?everyone=true")
        allowed = caller.session and caller.owner and not caller.limited
        assert (answer.status == 200) is allowed, caller.name


def test_the_callers_are_all_there(world):
    names = [caller.name for caller in world.callers]
    assert len(names) == len(set(names)) >= 25
    assert json.dumps(names)
    assert replace(world.callers[0]).name == "nobody"
