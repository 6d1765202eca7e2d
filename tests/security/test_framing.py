"""Whatever we answer, no page can frame it, guess its type, keep it or embed it."""

from __future__ import annotations

import pytest
from passport.tests.security.standing import Standing
from passport.tests.server_routes.every_route import CALLS

ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
FROM_ELSEWHERE = {"Origin": "https://evil.example"}


def assert_closed(answer, call) -> None:
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, call
    if answer.status != 204:
        kind = answer.headers["Content-Type"]
        assert kind in ("application/json; charset=utf-8", "application/zip"), call


@pytest.mark.asvs("3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.2.1", "4.1.1", "14.3.2", "14.2.2")
@pytest.mark.threat(20)
@pytest.mark.parametrize("who", ["nobody", "owner"])
@pytest.mark.parametrize("prefix", ["/passport/", "/api/passport/"])
async def test_every_route_says_so_whatever_it_answers(server, who, prefix):
    browser = server.browser(cookies=False)
    await browser.status()
    owner = Standing(server, "owner")
    for call in CALLS:
        method, path, body = call
        cookie = {"Cookie": owner.cookie()} if who == "owner" else {}
        for headers in ({}, {"X-Passport": None}, FROM_ELSEWHERE):
            answer = await browser.call(method, prefix + path, body, headers={**cookie, **headers})
            assert_closed(answer, (call, answer.status))


async def test_a_key_that_is_not_good_is_told_so_in_the_same_way(server, owner):
    """The middleware's own answer, on routes that are not ours."""
    for path in ("/unrelated", "/api/prompt", "/passport/status"):
        answer = await server.browser().get(path, headers={"X-API-Key": "cpp_x"})
        assert answer.code == "api_key_not_good"
        assert_closed(answer, path)
