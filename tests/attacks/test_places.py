"""Where passwords and keys are taken: nowhere that somebody listens (threats 1, 8, 10)."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.certificate import make_tls
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.places import (
    PLACES,
)

EMAIL = "ada@example.org"
NOBODY = "0" * 32
WITH_PASSWORD = [
    ("POST", "session/email", {"email": EMAIL, "password": PASSWORD}, 201),
    ("POST", "accounts", {"email": "new@example.org", "password": PASSWORD}, 201),
    ("POST", "password-strength", {"password": PASSWORD}, 200),
    ("POST", "password-resets", {"email": EMAIL}, 409),
    ("POST", "password-resets/confirm", {"token": "x", "new_password": PASSWORD}, 410),
    ("PUT", "account/email", {"email": "other@example.org", "password": PASSWORD}, 200),
    (
        "PUT",
        "account/password",
        {"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
        204,
    ),
    ("POST", "identities/email", {"email": "new@example.org", "password": PASSWORD}, 409),
    ("POST", "owner", {"set_up_code": "x"}, 409),
]
OF_THE_OWNER = [
    ("GET", "accounts", None, 200),
    ("PUT", f"accounts/{NOBODY}/state", {"state": "active"}, 404),
    ("PUT", f"accounts/{NOBODY}/email-verified", None, 404),
    ("POST", f"accounts/{NOBODY}/password-reset", None, 404),
    ("DELETE", f"accounts/{NOBODY}/sessions", None, 404),
    ("GET", "invitations", None, 200),
    ("POST", "invitations", {}, 201),
    ("DELETE", f"invitations/{NOBODY}", None, 404),
    ("GET", "mail", None, 200),
    ("POST", "mail/test", None, 409),
]
WITH_KEY = [
    ("POST", "session/api-key", {"api_key": PRACTICE_KEY}, 201),
    ("PUT", "credentials/comfy", {"secret": PRACTICE_KEY_2}, 200),
]


SIGNS_IN = ("session/email", "session/api-key", "accounts")


def is_secure(place) -> bool:
    """Whether the server takes the connection for one over TLS."""
    if "PASSPORT_TRUSTED_PROXIES" in place.settings:
        return place.headers["X-Forwarded-Proto"] == "https"
    return place.tls


def cookie_for(browser, place) -> str:
    """The browser's session as it would be there: over TLS the cookie has another name."""
    (cookie,) = browser.session.cookie_jar
    prefix = "__Host-" if is_secure(place) else ""
    return f"{prefix}{cookie.key.removeprefix('__Host-')}={cookie.value}"


@pytest.fixture(params=PLACES, ids=lambda place: place.name)
def place(request):
    return request.param


@pytest.fixture
async def server(start_server, place, tmp_path):
    tls = make_tls(tmp_path) if place.tls else None
    return await start_server(tls=tls, **place.settings)


async def call(server, browser, place, method, path, body):
    """The call from that place; by the person of that browser, unless it signs somebody in."""
    headers = dict(place.headers)
    if path not in SIGNS_IN or method == "GET":
        headers["Cookie"] = cookie_for(browser, place)
    return await server.browser(cookies=False).call(method, path, body, headers=headers)


async def test_passwords_are_taken_where_nobody_listens_under_a_known_name_alone(
    server, ada, place
):
    for method, path, body, expected in WITH_PASSWORD:
        before = server.kept()
        answer = await call(server, ada, place, method, path, body)
        if place.obstacle:
            assert (answer.status, answer.code) == (403, place.obstacle), path
            assert answer.cookies == []
            assert server.kept() == before
        else:
            assert answer.status == expected, (path, answer.body)


async def test_the_owners_calls_are_too(server, owner, place):
    for method, path, body, expected in OF_THE_OWNER:
        before = server.kept()
        answer = await call(server, owner, place, method, path, body)
        if place.obstacle:
            assert (answer.status, answer.code) == (403, place.obstacle), path
            assert server.kept() == before
        else:
            assert answer.status == expected, (path, answer.body)


async def test_keys_are_taken_wherever_nobody_listens_or_the_person_confirms(server, ada, place):
    for method, path, body, expected in WITH_KEY:
        answer = await call(server, ada, place, method, path, body)
        if place.insecure:
            assert (answer.status, answer.code) == (403, "insecure_connection"), path
            assert answer.json["error"]["details"] == {"confirm": "accept_insecure"}
            confirmed = {**body, "accept_insecure": True}
            answer = await call(server, ada, place, method, path, confirmed)
        assert answer.status == expected, (path, answer.body)


async def test_the_status_says_the_same(server, owner, place):
    status = await server.browser().status(headers=dict(place.headers))
    methods = {method["id"]: method for method in status["methods"]}
    email, api_key = methods["email"], methods["api-key"]
    assert (email["enabled"], email["reason"]) == (place.obstacle is None, place.obstacle)
    assert email["needs_confirmation"] is False
    assert (api_key["enabled"], api_key["needs_confirmation"]) == (True, place.insecure)
    assert status["registration"]["enabled"] is (place.obstacle is None)
    assert status["registration"]["reason"] == place.obstacle


async def test_only_the_machine_itself_becomes_the_owner_without_a_code(server, place):
    answer = await server.browser().post(
        "accounts", {"email": EMAIL, "password": PASSWORD}, headers=dict(place.headers)
    )
    if place.loopback:
        assert answer.json["account"]["role"] == "owner"
    else:
        assert (answer.status, answer.code) == (403, place.obstacle or "set_up_code_needed")
    by_key = {"api_key": PRACTICE_KEY, "accept_insecure": True}
    answer = await server.browser().post("session/api-key", by_key, headers=dict(place.headers))
    assert answer.json["account"]["role"] == "user"
