"""Pages of other sites (threat 2): they can make a browser send, and must get nothing for it."""

from __future__ import annotations

import itertools
import json

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.every_route import CALLS, CHANGING_CALLS
from passport.tests.server_routes.programs import bearer, cookie_of, make_key

OWN = "own"
ORIGINS = [None, OWN, "null", "https://evil.example", "http://127.0.0.1:1"]
SITES = [None, "none", "same-origin", "same-site", "cross-site"]
NOT_SET_UP = ("comfy_log_in_needed",)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
TYPES = [
    None,
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
]


def headers_of(server, origin, site) -> dict[str, str]:
    headers = {}
    if origin is not None:
        headers["Origin"] = server.url if origin == OWN else origin
    if site is not None:
        headers["Sec-Fetch-Site"] = site
    return headers


def is_foreign(origin, site) -> bool:
    return site == "cross-site" or origin not in (None, OWN)


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("site", SITES)
async def test_log_in_is_for_our_own_page_and_json_alone(server, api, origin, site):
    """Every origin, site, method, content type and header together: one row gets through."""
    for method, kind, ours in itertools.product(METHODS, TYPES, (True, False)):
        headers = headers_of(server, origin, site)
        headers["Content-Type"] = kind or "application/octet-stream"
        headers["X-Passport"] = "1" if ours else None
        answer = await server.browser(cookies=False).call(
            method,
            "session/api-key",
            data=json.dumps({"api_key": PRACTICE_KEY}).encode(),
            headers=headers,
        )
        row = (method, kind, ours)
        if method != "POST":
            assert answer.status == 405, row
        elif is_foreign(origin, site):
            assert (answer.status, answer.code) == (403, "foreign_request"), row
        elif not ours:
            assert (answer.status, answer.code) == (403, "missing_passport_header"), row
        elif kind != "application/json":
            assert (answer.status, answer.code) == (415, "body_not_json"), row
        else:
            assert answer.status == 201, row
    calls = 0 if is_foreign(origin, site) else 1
    assert len(api.calls) == calls


FORGERIES = {
    "without our header": ({"X-Passport": None}, "missing_passport_header"),
    "with another value": ({"X-Passport": "0"}, "missing_passport_header"),
    "from another site": ({"Origin": "https://evil.example"}, "foreign_request"),
    "from no site": ({"Origin": "null"}, "foreign_request"),
    "from another port": ({"Origin": "http://127.0.0.1:1"}, "foreign_request"),
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, "foreign_request"),
    "as a form": ({"Content-Type": "text/plain", "X-Passport": None}, "missing_passport_header"),
}


@pytest.mark.asvs("3.5.1")
@pytest.mark.threat(2)
@pytest.mark.parametrize("forgery", FORGERIES)
async def test_no_page_of_another_site_changes_anything(server, owner, forgery):
    """With the cookies of the owner, who may do everything here."""
    headers, code = FORGERIES[forgery]
    before = server.kept()
    for method, path, body in CHANGING_CALLS:
        data = json.dumps(body or {}).encode()
        sent = {"Content-Type": "application/json", **headers}
        answer = await owner.call(method, path, data=data, headers=sent)
        assert (answer.status, answer.code) == (403, code), (method, path)
        assert answer.cookies == []
    assert server.kept() == before
    assert (await owner.status())["signed_in"] is True


@pytest.mark.asvs("3.5.2")
@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "application/json"])
async def test_no_call_takes_what_a_form_sends(server, owner, kind):
    before = server.kept()
    for method, path, body in CHANGING_CALLS:
        if body is None:
            continue
        headers = {"Content-Type": kind or "application/octet-stream"}
        answer = await owner.call(method, path, data=json.dumps(body).encode(), headers=headers)
        assert (answer.status, answer.code) == (415, "body_not_json"), path
    assert server.kept() == before


@pytest.mark.asvs("3.5.8")
@pytest.mark.parametrize("headers", [{"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_no_page_of_another_site_reads_anything(server, owner, headers):
    for method, path, _ in CALLS:
        if method == "GET":
            answer = await owner.get(path, headers=headers)
            assert (answer.status, answer.code) == (403, "foreign_request"), path
            assert "olga" not in answer.body.decode()


@pytest.mark.asvs("3.5.3")
async def test_reading_changes_nothing(server, owner, ada):
    before = server.kept()
    for method, path, _ in CALLS:
        if method == "GET":
            answer = await owner.get(path)
            assert answer.status == 200 or answer.code in NOT_SET_UP, path
    assert server.kept() == before
    assert server.happened() == ["registered", "registered"]


@pytest.mark.threat(2)
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("site", SITES)
async def test_a_foreign_page_gets_no_credential_for_its_prompts(start_server, origin, site):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY_2)
    browser = server.browser()
    assert await browser.run_uses() == "machine"
    cookie = (await browser.log_in(PRACTICE_KEY)).cookie
    headers = headers_of(server, origin, site)

    for kind in TYPES:
        sent = {**headers, "Content-Type": kind or "application/octet-stream", "Cookie": cookie}
        answer = await server.browser(cookies=False).call(
            "POST", "/prompt", data=b'{"prompt": {}}', headers=sent
        )
        assert answer.status == 200, "ComfyUI's own routes are ComfyUI's to judge"
        assert answer.json["runs_with"] == (None if is_foreign(origin, site) else "account")


@pytest.mark.threat(2)
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "NULL",
        "",
        " ",
        "https://evil.example",
        "http://localhost",
        "http://localhost:1",
        "http://[::1]:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1.evil.example:{port}",
        "http://evil.example:{port}",
        "http://127.0.0.1:{port}@evil.example",
        "http://evil.example@127.0.0.1:{port}",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port} http://evil.example",
        "http://127.0.0.1:{port}, http://evil.example",
        "127.0.0.1:{port}",
        "//127.0.0.1:{port}",
        "file://",
        "data:text/html,x",
        "http://127.1:{port}",
        "http://0x7f000001:{port}",
        "http://127.0.0.2:{port}",
        "http://127.0.0.1:0{port}0",
    ],
)
async def test_an_origin_that_is_not_exactly_ours_is_foreign(start_server, origin):
    server = await start_server(COMFY_API_KEY=PRACTICE_KEY)
    browser = server.browser()
    await browser.log_in(PRACTICE_KEY)
    sent = {"Origin": origin.format(port=server.url.rpartition(":")[2])}

    for path in ("status", "checks", "credentials", "node-packs"):
        answer = await browser.get(path, headers=sent)
        assert (answer.status, answer.code) == (403, "foreign_request")
    for method, path in (("DELETE", "session?forget=true"), ("DELETE", "credentials/comfy")):
        assert (await browser.call(method, path, headers=sent)).code == "foreign_request"
    assert await browser.run_uses(**sent) is None
    assert (await browser.status())["credential"] is not None


@pytest.mark.asvs("7.6.2")
@pytest.mark.threat(21)
async def test_a_forced_log_in_is_refused(server, browser):
    """Log-in CSRF: nobody is signed in to the attacker's account, to run with their key."""
    await browser.log_in(PRACTICE_KEY)
    form = b'{"api_key": "%s", "x": "=x"}' % PRACTICE_KEY_2.encode()
    for headers in (
        {"Origin": "https://evil.example", "Content-Type": "text/plain", "X-Passport": None},
        {"Origin": "null", "Content-Type": "text/plain", "X-Passport": None},
        {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"},
        {"Content-Type": "text/plain", "X-Passport": None},
    ):
        answer = await browser.post("session/api-key", data=form, headers=headers)
        assert answer.status == 403
        assert answer.cookies == []
    assert (await browser.status())["account"]["display_name"] == "Ada Practice"


async def test_a_forced_log_out_is_refused(browser):
    await browser.log_in(PRACTICE_KEY)
    for headers in ({"X-Passport": None}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await browser.delete("session", headers=headers)).status == 403
    assert (await browser.get("session")).status == 405
    assert (await browser.status())["signed_in"] is True


@pytest.mark.asvs("3.4.2")
async def test_a_preflight_of_another_site_is_not_granted(browser):
    answer = await browser.call(
        "OPTIONS",
        "session/api-key",
        headers={
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-passport, content-type",
        },
    )
    assert answer.status == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


async def test_no_call_of_ours_is_another_sites_to_make(server, owner):
    """Every route, with each sign of another site, beside the owner's cookie or key."""
    key = (await make_key(owner))["key"]
    before = server.kept()
    for signs in (
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": server.url, "Sec-Fetch-Site": "cross-site"},
    ):
        for shown in ({"Cookie": cookie_of(owner)}, bearer(key), {"X-API-Key": key}):
            browser = server.browser(cookies=False)
            for method, path, body in CALLS:
                answer = await browser.call(method, path, body, headers={**shown, **signs})
                row = (method, path, signs)
                assert (answer.status, answer.code) == (403, "foreign_request"), row
                assert answer.cookies == [], row
    assert server.kept() == before


async def test_no_plain_form_makes_a_call_that_changes_something(server, owner):
    """A form of a page on another port of this machine is of the same site to a browser."""
    cookie = {"Cookie": cookie_of(owner)}
    before = server.kept()
    browser = server.browser(cookies=False)
    for method, path, body in CALLS:
        if method == "GET":
            continue
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            sent = {**cookie, "Sec-Fetch-Site": "same-site", "Content-Type": kind}
            data = json.dumps(body or {})
            forms = {**sent, "X-Passport": None}
            answer = await browser.call(method, path, headers=forms, data=data)
            assert (answer.status, answer.code) == (403, "missing_passport_header"), path
            if body is not None:
                answer = await browser.call(method, path, headers=sent, data=data)
                assert (answer.status, answer.code) == (415, "body_not_json"), path
    assert server.kept() == before
