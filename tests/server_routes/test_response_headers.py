"""Every answer of ours: a type, a charset, no cache, no embedding, no sniffing."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY

ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
KEY = {"api_key": PRACTICE_KEY}


def assert_ours(answer) -> None:
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    if answer.status != 204:
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.asvs("3.2.1", "3.4.3", "3.4.4", "3.4.5", "3.5.8", "4.1.1", "14.2.2", "14.3.2")
@pytest.mark.threat(20)
@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "status", None, {}, 200),
        ("GET", "checks", None, {}, 200),
        ("GET", "credentials", None, {}, 200),
        ("GET", "node-packs", None, {}, 200),
        ("POST", "session/api-key", KEY, {}, 201),
        ("POST", "credentials/comfy/check", None, {}, 200),
        ("PUT", "credentials/comfy", {"secret": PRACTICE_KEY}, {}, 200),
        ("PUT", "node-packs/x", {"decision": "always"}, {}, 200),
        ("DELETE", "node-packs/x", None, {}, 204),
        ("DELETE", "credentials/comfy", None, {}, 204),
        ("DELETE", "session", None, {}, 204),
        ("PUT", "credentials/unknown", KEY, {}, 404),
        ("POST", "session/api-key", {"api_key": 1}, {}, 422),
        ("POST", "session/api-key", KEY, {"Content-Type": "text/plain"}, 415),
        ("POST", "session/api-key", KEY, {"X-Passport": None}, 403),
        ("POST", "session/api-key", KEY, EVIL, 403),
        ("GET", "status", None, EVIL, 403),
    ],
)
async def test_every_answer_has_them(browser, method, path, body, headers, status):
    await browser.log_in(PRACTICE_KEY)
    answer = await browser.call(method, path, body, headers=headers)

    assert answer.status == status
    assert_ours(answer)


@pytest.mark.asvs("3.4.4")
async def test_the_refusal_of_a_stranger_has_them(browser):
    answer = await browser.get("credentials")

    assert answer.status == 401
    assert_ours(answer)


async def test_other_answers_of_the_server_are_left_alone(browser):
    await browser.log_in(PRACTICE_KEY)
    answer = await browser.get("/unrelated")

    assert answer.body == b"Somebody else's answer."
    assert not set(ALWAYS) & set(answer.headers)
    assert answer.cookies == []


@pytest.mark.asvs("3.4.2")
async def test_no_answer_reflects_an_origin(browser):
    for origin in ("https://evil.example", "null", browser.url):
        for method in ("GET", "OPTIONS", "POST"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            answer = await browser.call(method, "status", headers=headers)
            assert not [name for name in answer.headers if name.startswith("Access-Control-")]
