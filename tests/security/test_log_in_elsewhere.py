"""Log-in at a provider, attacked: over HTTP, with a provider that lies, and browsers that steal."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from aiohttp import web
from passport.accounts.throttle import FLOW_NETWORK
from passport.clock import utc_now
from passport.dev.fakes.evil_provider import EMAIL, SUBJECT
from passport.dev.fakes.evil_tokens import FORGERIES
from passport.tests.server_routes.every_route import CALLS
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.passport_server import UNRELATED
from passport.tests.server_routes.places import ADDRESS, UNLISTED, forwarded
from passport.tests.server_routes.programs import cookie_of, grow_stale, program_of

EVIL, OTHER = "oidc:evil", "oidc:other"
CALLBACK = "/passport/oauth/{}/callback"
SENT_BACK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "X-Passport": None}
VECTORS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "${alert(1)}$nonce$result",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\u2028alert(1)",
]


@pytest.fixture
def start_evil(start_server, evil_provider):
    """`await start_evil(PASSPORT_…="…")`: a server that trusts the liar, under two names."""

    async def start(**environment):
        for name in ("EVIL", "OTHER"):
            environment[f"PASSPORT_OIDC_{name}_ISSUER"] = evil_provider.url
            environment[f"PASSPORT_OIDC_{name}_CLIENT_ID"] = evil_provider.client_id
            environment[f"PASSPORT_OIDC_{name}_CLIENT_SECRET"] = evil_provider.client_secret
            environment[f"PASSPORT_OIDC_{name}_DEVICE"] = "true"
        server = await start_server(**environment)
        server.clock.now = utc_now()
        return server

    return start


@pytest.fixture
async def server(start_evil):
    return await start_evil()


async def begin(browser, kind=EVIL, **wish):
    answer = await browser.post(f"oauth/{kind}/start", wish)
    assert answer.status == 200, answer.body
    return answer.json["authorization_url"]


def state_of(url):
    return parse_qs(urlsplit(url).query)["state"][0]


async def visit(browser, address, **headers):
    """Follow the address that a provider sends the browser back to."""
    parts = urlsplit(address)
    return await browser.get(f"{parts.path}?{parts.query}", headers={**SENT_BACK, **headers})


async def log_in(browser, evil, **wish):
    return await visit(browser, evil.approve(await begin(browser, **wish)))


def result_of(page):
    """What the page tells the panel."""
    assert page.headers["Content-Type"].startswith("text/html")
    (packed,) = re.findall(r'data-result="([^"]*)"', page.body.decode())
    return json.loads(html.unescape(packed))


def code_of(page):
    result = result_of(page)
    assert result["done"] is (page.status == 200)
    return result["code"]


def accounts(server):
    return len(server.kept("accounts")["accounts"])


class TestTheBrowser:
    """Only the one that began a log-in can end it (RFC 9700, 4.7: log-in CSRF)."""

    async def test_the_one_that_began_it_is_logged_in(self, server, browser, evil_provider):
        page = await log_in(browser, evil_provider)
        assert (page.status, code_of(page)) == (200, None)
        assert (await browser.account())["email"] == EMAIL

    @pytest.mark.parametrize("who", ["no cookie", "a cookie of its own", "twice", "too long"])
    async def test_another_gets_no_session(self, server, browser, evil_provider, who):
        back = evil_provider.approve(await begin(browser))
        victim = server.browser(cookies=False)
        own = server.browser()
        await begin(own)
        mine = cookie_of(browser)
        cookies = {
            "no cookie": "a=b",
            "a cookie of its own": cookie_of(own),
            "twice": f"{mine}; {mine}",
            "too long": f"{mine}{'x' * 100}",
        }
        page = await visit(victim, back, Cookie=cookies[who])
        assert (page.status, code_of(page)) == (410, "flow_invalid")
        assert not any("session" in line for line in page.cookies)
        assert accounts(server) == 0
        assert "token" not in {call.part for call in evil_provider.calls}
        assert (await visit(browser, back)).status == 200  # it was not used up by that

    async def test_a_cookie_under_another_flows_name_is_not_taken(
        self, server, browser, evil_provider
    ):
        mine, theirs = server.browser(), server.browser()
        back = evil_provider.approve(await begin(mine))
        name = cookie_of(mine).partition("=")[0]
        await begin(theirs)
        value = cookie_of(theirs).partition("=")[2]
        page = await visit(server.browser(cookies=False), back, Cookie=f"{name}={value}")
        assert code_of(page) == "flow_invalid"

    @pytest.mark.parametrize("prefix", ["", "/api"])
    async def test_advisory_asking_for_the_head_alone_uses_up_nothing(
        self, server, browser, evil_provider, prefix
    ):
        back = evil_provider.approve(await begin(browser))
        parts = urlsplit(back)
        looked = await browser.call("HEAD", f"{prefix}{parts.path}?{parts.query}")
        assert (looked.status, looked.cookies) == (405, [])
        assert (await visit(browser, back)).status == 200

    async def test_an_answer_is_good_once(self, server, browser, evil_provider):
        url = await begin(browser)
        cookie, back = cookie_of(browser), evil_provider.approve(url)
        assert (await visit(browser, back)).status == 200
        again = await visit(server.browser(cookies=False), back, Cookie=cookie)
        assert (again.status, code_of(again)) == (410, "flow_invalid")
        assert sum(call.part == "token" for call in evil_provider.calls) == 1

    async def test_of_two_windows_each_comes_back_to_its_own(self, server, browser, evil_provider):
        urls = [await begin(browser), await begin(browser)]
        for url in urls:
            assert (await visit(browser, evil_provider.approve(url))).status == 200

    async def test_first_log_ins_at_once_make_one_account(self, server, evil_provider):
        browsers = [server.browser() for _ in range(6)]
        flows = [(await browser.post(f"device/{EVIL}", {})).json["flow"] for browser in browsers]
        evil_provider.approve_device()
        server.clock.advance(seconds=1)
        answers = await asyncio.gather(
            *(
                browser.post(f"device/{EVIL}/poll", {"flow": flow})
                for browser, flow in zip(browsers, flows, strict=True)
            )
        )
        assert [answer.json["state"] for answer in answers] == ["done"] * 6
        assert accounts(server) == 1

    async def test_the_cookie_is_for_this_site_and_no_script(self, server, browser):
        answer = await browser.post(f"oauth/{EVIL}/start", {})
        (line,) = answer.cookies
        assert re.fullmatch(
            r"passport_flow_[0-9a-f]{8}=[\w-]{43}; HttpOnly; Max-Age=2400; Path=/; SameSite=Lax",
            line,
        )
        assert state_of(answer.json["authorization_url"]) not in line

    async def test_and_it_is_taken_back(self, server, browser, evil_provider):
        page = await log_in(browser, evil_provider)
        assert any("passport_flow_" in line and "Max-Age=0" in line for line in page.cookies)
        assert not any(
            cookie.key.startswith("passport_flow") for cookie in browser.session.cookie_jar
        )


class TestTheCallback:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"state": None}, "flow_invalid"),
            ({"state": ""}, "flow_invalid"),
            ({"state": "made-up"}, "flow_invalid"),
            ({"state": "x" * 5000}, "flow_invalid"),
            ({"code": None}, "provider_answer_invalid"),
            ({"code": ""}, "provider_answer_invalid"),
            ({"code": "x" * 5000}, "provider_answer_invalid"),
            ({"iss": None}, "provider_answer_invalid"),
            ({"iss": "https://accounts.google.com"}, "provider_answer_invalid"),
            ({"error": "access_denied"}, "log_in_denied"),
            ({"error": "server_error", "code": None}, "provider_answer_invalid"),
        ],
    )
    async def test_a_wrong_answer_is_refused(self, server, browser, evil_provider, changes, code):
        page = await visit(browser, evil_provider.approve(await begin(browser), **changes))
        assert code_of(page) == code
        assert 400 <= page.status < 500 or code == "provider_answer_invalid"
        assert accounts(server) == 0
        assert "token" not in {call.part for call in evil_provider.calls}

    @pytest.mark.parametrize("name", ["state", "code", "iss"])
    async def test_a_parameter_that_is_there_twice_is_none(
        self, server, browser, evil_provider, name
    ):
        back = evil_provider.approve(await begin(browser))
        value = parse_qs(urlsplit(back).query)[name][0]
        page = await visit(browser, f"{back}&{urlencode({name: value})}")
        assert page.status >= 400
        assert accounts(server) == 0

    @pytest.mark.parametrize("kind", [OTHER, "google", "github", "oidc:unknown", "comfy"])
    async def test_one_providers_answer_at_anothers_address(
        self, server, browser, evil_provider, kind
    ):
        back = evil_provider.approve(await begin(browser))
        page = await visit(browser, back.replace(quote(EVIL), kind).replace(EVIL, kind))
        assert page.status in (404, 409, 410)
        assert accounts(server) == 0
        assert "token" not in {call.part for call in evil_provider.calls}

    async def test_after_ten_minutes_it_is_too_late(self, server, browser, evil_provider):
        back = evil_provider.approve(await begin(browser))
        server.clock.advance(minutes=10)
        page = await visit(browser, back)
        assert (page.status, code_of(page)) == (410, "flow_expired")

    @pytest.mark.parametrize("vector", VECTORS)
    @pytest.mark.parametrize("where", ["error", "error_description", "state", "code", "kind"])
    async def test_nothing_of_it_is_on_the_page_as_it_came(
        self, server, browser, evil_provider, vector, where
    ):
        url = await begin(browser)
        changes = {} if where == "kind" else {where: vector}
        if where == "error_description":
            changes["error"] = "access_denied"
        back = urlsplit(evil_provider.approve(url, **changes))
        path = back.path if where != "kind" else CALLBACK.format(f"oidc:{quote(vector, safe='')}")
        page = await browser.get(f"{path}?{back.query}", headers=SENT_BACK)
        text = page.body.decode()
        if where == "code":
            assert page.status == 200
        elif page.headers["Content-Type"].startswith("text/html"):
            assert page.status >= 400
        if vector != "javascript:alert(1)":
            assert vector not in text
        assert "alert(1)" not in text
        assert text.count("<script") <= 1

    @pytest.mark.parametrize("done", [True, False])
    async def test_the_page_runs_no_script_but_its_own(self, server, browser, evil_provider, done):
        changes = {} if done else {"error": "access_denied"}
        pages = [
            await visit(browser, evil_provider.approve(await begin(browser), **changes))
            for _ in range(2)
        ]
        nonces = set()
        for page in pages:
            policy = dict(
                part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; ")
            )
            nonce = policy.pop("script-src").removeprefix("'nonce-").removesuffix("'")
            assert policy == {
                "default-src": "'none'",
                "style-src": f"'nonce-{nonce}'",
                "base-uri": "'none'",
                "form-action": "'none'",
                "frame-ancestors": "'none'",
            }
            assert len(base64.b64decode(nonce)) >= 16
            assert page.body.decode().count(f'<script nonce="{nonce}">') == 1
            assert "no-store" in page.headers["Cache-Control"]
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert page.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
            nonces.add(nonce)
        assert len(nonces) == 2

    async def test_it_tells_no_secret(self, server, browser, evil_provider):
        minted = []
        sign = evil_provider.forger.sign
        evil_provider.mint = lambda claims: minted.append(sign(claims)) or minted[-1]
        back = evil_provider.approve(await begin(browser))
        text = (await visit(browser, back)).body.decode()
        code = parse_qs(urlsplit(back).query)["code"][0]
        for secret in (code, *minted, evil_provider.client_secret, cookie_of(browser)):
            assert secret not in text


class TestALyingProvider:
    @pytest.mark.parametrize("name", FORGERIES)
    async def test_a_forged_token_is_no_log_in(self, server, browser, evil_provider, name):
        evil_provider.mint = lambda claims: FORGERIES[name](evil_provider.forger, claims)
        page = await log_in(browser, evil_provider)
        assert (page.status, code_of(page)) == (502, "provider_answer_invalid")
        assert accounts(server) == 0
        assert (await browser.status())["signed_in"] is False
        assert server.happened() == ["sign_in_failed"]

    @pytest.mark.parametrize("part", ["discovery", "keys", "token"])
    @pytest.mark.parametrize(
        "answer",
        [
            {"body": "<html>", "status": 200},
            {"body": {}, "status": 200},
            {"body": [], "status": 200},
            {"body": {"error": "server_error"}, "status": 200},
            {"body": "", "status": 302, "headers": {"Location": "http://169.254.169.254/"}},
            {"body": "x" * 300_000, "status": 200},
            {"body": "[" * 200_000, "status": 200},
            {"body": b"\xff\xfe", "status": 404},
        ],
    )
    async def test_an_answer_that_is_none_is_an_error_of_theirs(
        self, server, browser, evil_provider, part, answer
    ):
        evil_provider.set(part, **answer)
        started = await browser.post(f"oauth/{EVIL}/start", {})
        if part == "discovery":
            assert started.status == 502
            assert started.code in (
                "service_answered_nonsense",
                "service_unreachable",
                "provider_answer_invalid",
            )
            return
        page = await visit(browser, evil_provider.approve(started.json["authorization_url"]))
        assert page.status == 502
        assert accounts(server) == 0

    @pytest.mark.parametrize(
        "name", ["Ada\r\nSet-Cookie: a=b", "\0", "\u202eadA", "x" * 3000, *VECTORS]
    )
    async def test_odd_names_and_addresses_are_kept_as_text(
        self, server, browser, evil_provider, name
    ):
        evil_provider.claims = {"name": name, "email": f"{name}@x", "preferred_username": name}
        page = await log_in(browser, evil_provider)
        assert page.status == 200
        account = (await browser.get("account")).json
        shown = json.dumps(account, ensure_ascii=False)
        assert not any(letter in shown for letter in "\r\n\0\u202e")
        assert len(shown) < 2000

    @pytest.mark.parametrize("subject", ["a\0b", "\ud800", "' OR 1=1 --", "é", "s" * 255])
    async def test_odd_subjects_break_nothing(self, server, browser, evil_provider, subject):
        evil_provider.claims = {"sub": subject}
        assert (await log_in(browser, evil_provider)).status in (200, 502)


class TestMailAddresses:
    async def test_a_verified_one_links_nothing_and_says_how_to(
        self, server, browser, evil_provider
    ):
        victim = await registered(server, EMAIL)
        page = await log_in(browser, evil_provider)
        assert (page.status, code_of(page)) == (409, "email_has_account")
        assert (await browser.status())["signed_in"] is False
        assert accounts(server) == 1
        (identity,) = (await victim.get("account")).json["identities"]
        assert identity["kind"] == "password"

    async def test_an_unverified_one_is_a_separate_account(self, server, browser, evil_provider):
        victim = await registered(server, EMAIL)
        evil_provider.claims = {"email_verified": False}
        assert (await log_in(browser, evil_provider)).status == 200
        account = await browser.account()
        assert account["id"] != await victim.account_id()
        assert (account["email"], account["email_verified"]) == (None, False)


class TestWhoMayWhat:
    @pytest.mark.parametrize("purpose", ["", "LINK", "log_in ", "register", "delete"])
    async def test_no_purpose_that_nobody_knows(self, server, browser, purpose):
        for path in (f"oauth/{EVIL}/start", f"device/{EVIL}"):
            answer = await browser.post(path, {"purpose": purpose})
            assert (answer.status, answer.code) == (422, "invalid_field")

    @pytest.mark.parametrize("purpose", ["link", "reauthenticate"])
    async def test_who_is_signed_out_links_nothing(self, server, browser, purpose):
        for path in (f"oauth/{EVIL}/start", f"device/{EVIL}"):
            answer = await browser.post(path, {"purpose": purpose})
            assert (answer.status, answer.code) == (401, "not_signed_in")
            assert answer.cookies == []

    async def test_a_program_links_nothing(self, server):
        owner = await registered(server, "olga@example.org")
        program = await program_of(server, owner)
        for purpose in ("link", "reauthenticate"):
            answer = await program.post(f"oauth/{EVIL}/start", {"purpose": purpose})
            assert answer.code in ("not_signed_in", "session_needed")

    async def test_at_an_unlocked_screen_nothing_is_linked(self, server):
        ada = await registered(server, "ada@example.org")
        grow_stale(server)
        for path in (f"oauth/{EVIL}/start", f"device/{EVIL}"):
            answer = await ada.post(path, {"purpose": "link"})
            assert (answer.status, answer.code) == (403, "reauthentication_required")
        answer = await ada.delete(f"identities/{EVIL}")
        assert answer.code == "reauthentication_required"

    async def test_a_link_that_comes_back_after_log_out_links_nothing(self, server, evil_provider):
        ada = await registered(server, "ada@example.org")
        back = evil_provider.approve(await begin(ada, purpose="link"))
        flow = [line for line in cookie_of(ada).split("; ") if "flow" in line]
        await ada.delete("session")
        page = await visit(server.browser(cookies=False), back, Cookie=flow[0])
        assert (page.status, code_of(page)) == (410, "flow_invalid")
        assert len(server.kept("identities")["identities"]) == 1

    async def test_nor_does_it_in_another_session(self, server, evil_provider):
        ada, ben = [await registered(server, f"{name}@example.org") for name in ("ada", "ben")]
        back = evil_provider.approve(await begin(ada, purpose="link"))
        flow = next(line for line in cookie_of(ada).split("; ") if "flow" in line)
        cookies = f"{cookie_of(ben)}; {flow}"
        page = await visit(server.browser(cookies=False), back, Cookie=cookies)
        assert (page.status, code_of(page)) == (410, "flow_invalid")
        assert len(server.kept("identities")["identities"]) == 2

    async def test_nor_does_it_to_an_account_that_was_cancelled_meanwhile(
        self, server, evil_provider
    ):
        await registered(server, "olga@example.org")
        ada = await registered(server, "ada@example.org")
        back = evil_provider.approve(await begin(ada, purpose="link"))
        assert (await ada.post("account/cancel", {})).status == 200
        server.clock.advance(seconds=1)
        page = await visit(ada, back)
        assert page.status >= 400
        assert len(server.kept("identities")["identities"]) == 2

    async def test_somebody_elses_identity_proves_nothing(self, server, evil_provider):
        ada = server.browser()
        await log_in(ada, evil_provider)
        grow_stale(server)
        evil_provider.claims = {"sub": "eve-there"}
        page = await log_in(ada, evil_provider, purpose="reauthenticate")
        assert (page.status, code_of(page)) == (403, "identity_other")
        assert (await ada.post(f"oauth/{EVIL}/start", {"purpose": "link"})).code == (
            "reauthentication_required"
        )
        evil_provider.claims = {}
        assert (await log_in(ada, evil_provider, purpose="reauthenticate")).status == 200
        assert (await ada.post(f"oauth/{EVIL}/start", {"purpose": "link"})).status == 200

    async def test_an_identity_of_another_account_is_taken_only_when_asked_for(
        self, server, evil_provider
    ):
        other = server.browser()
        await log_in(other, evil_provider)
        ada = await registered(server, "ada@example.org")
        page = await log_in(ada, evil_provider, purpose="link")
        assert (page.status, code_of(page)) == (409, "identity_taken")
        page = await log_in(ada, evil_provider, purpose="link", link_accounts=True)
        assert page.status == 200
        assert accounts(server) == 1
        server.clock.advance(seconds=1)
        assert await other.account_id() == await ada.account_id()

    async def test_a_second_one_of_a_kind_is_refused(self, server, evil_provider):
        ada = server.browser()
        await log_in(ada, evil_provider)
        evil_provider.claims = {"sub": "another"}
        page = await log_in(ada, evil_provider, purpose="link")
        assert (page.status, code_of(page)) == (409, "identity_exists")

    async def test_a_disabled_account_stays_out(self, server, evil_provider):
        owner = await registered(server, "olga@example.org")
        ada = server.browser()
        await log_in(ada, evil_provider)
        path = f"accounts/{await ada.account_id()}/state"
        assert (await owner.put(path, {"state": "disabled"})).status == 200
        page = await log_in(server.browser(), evil_provider)
        assert (page.status, code_of(page)) == (403, "account_disabled")

    @pytest.mark.parametrize(
        ("mode", "code"), [("closed", "registration_closed"), ("invite", "invitation_needed")]
    )
    async def test_who_is_not_wanted_stays_out(self, start_evil, evil_provider, mode, code):
        server = await start_evil(PASSPORT_REGISTRATION=mode)
        await registered(server, "olga@example.org")
        page = await log_in(server.browser(), evil_provider)
        assert (page.status, code_of(page)) == (403, code)
        assert accounts(server) == 1

    async def test_a_provider_that_is_no_longer_set_up_is_no_way_in(
        self, server, start_server, evil_provider
    ):
        ada = server.browser()
        await log_in(ada, evil_provider)
        await log_in_to_other(ada, evil_provider)
        without = await start_server(
            data_folder=server.data_folder,
            PASSPORT_OIDC_OTHER_ISSUER=evil_provider.url,
            PASSPORT_OIDC_OTHER_CLIENT_ID=evil_provider.client_id,
        )
        without.clock.now = utc_now()
        here = without.browser(cookies=False)
        sent = {"headers": {"Cookie": cookie_of(ada)}}
        kinds = {
            each["kind"]: each["removable"]
            for each in (await here.get("account", **sent)).json["identities"]
        }
        assert kinds == {EVIL: True, OTHER: False}
        assert (await here.delete(f"identities/{OTHER}", **sent)).code == "last_way_in"


async def log_in_to_other(browser, evil):
    url = await begin(browser, OTHER, purpose="link")
    assert (await visit(browser, evil.approve(url))).status == 200


class TestPlaces:
    @pytest.mark.parametrize(
        "headers", [{"Host": ADDRESS}, {"Host": UNLISTED}, forwarded(UNLISTED, "https")]
    )
    async def test_a_redirect_needs_a_trusted_place_and_a_code_a_word(self, server, headers):
        there = server.browser(place=headers)
        answer = await there.post(f"oauth/{EVIL}/start", {})
        assert (answer.status, answer.code) == (403, "insecure_connection")
        answer = await there.post(f"device/{EVIL}", {})
        assert (answer.status, answer.code) == (403, "insecure_connection")
        assert (await there.post(f"device/{EVIL}", {"accept_insecure": True})).status == 201

    async def test_the_address_to_come_back_to_is_none_that_a_stranger_names(self, start_evil):
        server = await start_evil(
            PASSPORT_TRUSTED_PROXIES="127.0.0.1", PASSPORT_ALLOWED_HOSTS="studio.example"
        )
        there = server.browser(place=forwarded(UNLISTED, "https"))
        answer = await there.post(f"oauth/{EVIL}/start", {})
        assert (answer.status, answer.code) == (403, "host_not_listed")
        here = server.browser(place=forwarded("studio.example", "https"))
        url = (await here.post(f"oauth/{EVIL}/start", {})).json["authorization_url"]
        asked = parse_qs(urlsplit(url).query)
        assert asked["redirect_uri"] == [f"https://studio.example{CALLBACK.format(EVIL)}"]

    async def test_a_network_begins_so_many(self, server, browser):
        for _ in range(FLOW_NETWORK.tries):
            await begin(browser)
        for path in (f"oauth/{EVIL}/start", f"device/{EVIL}"):
            answer = await browser.post(path, {})
            assert (answer.status, answer.code) == (429, "too_many_tries")
            assert int(answer.headers["Retry-After"]) > 0


class TestByCode:
    async def begin(self, browser, **wish):
        answer = await browser.post(f"device/{EVIL}", wish)
        assert answer.status == 201, answer.body
        return answer.json["flow"]

    async def poll(self, browser, flow, **more):
        return await browser.post(f"device/{EVIL}/poll", {"flow": flow}, **more)

    async def test_another_browser_gets_no_session(self, server, browser, evil_provider):
        flow = await self.begin(browser)
        evil_provider.approve_device()
        server.clock.advance(seconds=5)
        thief = server.browser()
        await self.begin(thief)
        assert (await self.poll(thief, flow)).code == "flow_invalid"
        assert (await self.poll(server.browser(), flow)).code == "flow_invalid"
        assert (await self.poll(browser, flow)).json == {"state": "done", "purpose": "log_in"}
        assert (await browser.account())["email"] == EMAIL

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            ("access_denied", 403, "log_in_denied"),
            ("expired_token", 410, "flow_expired"),
            ("invalid_grant", 502, "provider_answer_invalid"),
        ],
    )
    async def test_a_refusal_ends_it(self, server, browser, evil_provider, error, status, code):
        flow = await self.begin(browser)
        evil_provider.set("token", {"error": error}, status=400)
        server.clock.advance(seconds=5)
        answer = await self.poll(browser, flow)
        assert (answer.status, answer.code) == (status, code)
        assert (await self.poll(browser, flow)).code == "flow_invalid"

    async def test_the_provider_is_asked_no_more_often_than_it_wants(
        self, server, browser, evil_provider
    ):
        flow = await self.begin(browser)  # it wants a second
        asked = lambda: sum(call.part == "token" for call in evil_provider.calls)  # noqa: E731
        for _ in range(10):
            assert (await self.poll(browser, flow)).json == {"state": "pending", "interval": 1}
        assert asked() == 0
        server.clock.advance(seconds=1)
        evil_provider.set("token", {"error": "slow_down"}, status=400)
        assert (await self.poll(browser, flow)).json == {"state": "pending", "interval": 6}
        for _ in range(5):
            server.clock.advance(seconds=1)
            assert (await self.poll(browser, flow)).json["interval"] == 6
        assert asked() == 1
        server.clock.advance(seconds=1)
        assert (await self.poll(browser, flow)).json["interval"] == 11
        assert asked() == 2

    async def test_after_its_time_it_is_over(self, server, browser, evil_provider):
        flow = await self.begin(browser)
        evil_provider.approve_device()
        server.clock.advance(seconds=600)
        assert (await self.poll(browser, flow)).code == "flow_expired"
        assert "token" not in {call.part for call in evil_provider.calls}

    @pytest.mark.parametrize("name", ["alg none", "another audience", "another key under our kid"])
    async def test_a_forged_token_is_no_log_in(self, server, browser, evil_provider, name):
        flow = await self.begin(browser)
        evil_provider.approve_device()
        evil_provider.mint = lambda claims: FORGERIES[name](evil_provider.forger, claims)
        server.clock.advance(seconds=1)
        answer = await self.poll(browser, flow)
        assert (answer.status, answer.code) == (502, "provider_answer_invalid")
        assert accounts(server) == 0


@web.middleware
async def refuse_other_sites(request, handler):
    """A stub of ComfyUI's own: it stands behind ours, and refuses whatever another site sends."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return web.Response(status=403, text="ComfyUI refuses this.")
    return await handler(request)


class TestBehindUsComfyUIRefusesOtherSites:
    @pytest.fixture(autouse=True)
    def comfyui_refuses(self, monkeypatch):
        from passport.tests.server_routes.passport_server import PassportServer

        make = PassportServer._app

        def make_strict(self):
            app = make(self)
            app.middlewares.append(refuse_other_sites)
            return app

        monkeypatch.setattr(PassportServer, "_app", make_strict)

    @pytest.mark.parametrize("prefix", ["", "/api"])
    async def test_the_browser_that_comes_back_passes(self, server, browser, evil_provider, prefix):
        back = urlsplit(evil_provider.approve(await begin(browser)))
        page = await browser.get(f"{prefix}{back.path}?{back.query}", headers=SENT_BACK)
        assert (page.status, code_of(page)) == (200, None)

    async def test_nothing_else_does(self, server, browser):
        headers = {"Sec-Fetch-Site": "cross-site"}
        for method, path, body in CALLS:
            if path.endswith("/callback"):
                continue
            answer = await browser.call(method, path, body, headers=headers)
            assert (answer.status, answer.body) == (403, b"ComfyUI refuses this."), path

    @pytest.mark.parametrize(
        "path",
        [
            "/unrelated",
            "/unrelated/callback",
            "/userdata/passport%2Foauth%2Fgoogle%2Fcallback",
            "/userdata/callback",
            "/passport/callback",
            "/passport/oauth/callback",
            "/passport/oauth/google/callback/",
            "//passport/oauth/google/callback",
            "/passport/oauth/google%2Fcallback",
        ],
    )
    async def test_nor_what_only_looks_like_it(self, server, browser, path):
        for method in ("GET", "POST"):
            answer = await browser.call(method, path, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status in (403, 404, 405)
            assert UNRELATED.encode() not in answer.body
            assert b"data-result" not in answer.body

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
    async def test_nor_another_method_there(self, server, browser, method):
        path = CALLBACK.format(EVIL)
        answer = await browser.call(method, path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status in (403, 405)


def read_files(server):
    return b"".join(path.read_bytes() for path in server.data_folder.rglob("*") if path.is_file())


async def test_no_secret_is_logged_or_kept_in_clear(server, browser, evil_provider, caplog):
    caplog.set_level("DEBUG")
    minted = []

    def mint(claims):
        minted.append(evil_provider.forger.sign(claims))
        return minted[-1]

    evil_provider.mint = mint
    secrets = [evil_provider.client_secret]
    back = evil_provider.approve(await begin(browser, invitation="canary-of-the-invitation"))
    secrets += [cookie_of(browser).partition("=")[2], parse_qs(urlsplit(back).query)["code"][0]]
    flow = await TestByCode().begin(browser)
    pending = server.kept("pending_log_ins")
    assert len(pending["pending_log_ins"]) == 2
    kept = read_files(server)
    await visit(browser, back)
    evil_provider.approve_device()
    server.clock.advance(seconds=1)
    await TestByCode().poll(browser, flow)
    for call in evil_provider.calls:
        secrets += [
            call.form[name]
            for name in ("code", "code_verifier", "device_code", "client_secret")
            if name in call.form
        ]
    kept += read_files(server)
    where = f"{caplog.text}{pending!r}".encode() + kept
    found = [secret for secret in {*secrets, *minted, "canary", flow} if secret.encode() in where]
    assert found == []
    assert len(minted) == 2
    assert SUBJECT.encode() in kept
