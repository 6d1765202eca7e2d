"""Cookies that somebody else has put into the browser: fixed sessions and tossed cookies.

A page under another name of the same domain, or over plain HTTP, can set cookies for ours.
"""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.passport_server import PASSWORD
from passport.tests.server_routes.programs import cookie_of

CHOSEN = "A" * 43


async def signed_in_as(server, cookie: str) -> str | None:
    """Whom the server takes a request with this Cookie header for."""
    account = await server.browser(cookies=False).status(headers={"Cookie": cookie})
    return account["account"] and account["account"]["email"]


def name_and_token(browser) -> tuple[str, str]:
    name, _, token = cookie_of(browser).partition("=")
    return name, token


@pytest.fixture
async def eve(server, owner):
    """Eve's browser; hers is the session that is planted."""
    return await registered(server, "eve@example.org")


LOG_INS = {
    "by password": ("session/email", {"email": "ada@example.org", "password": PASSWORD}),
    "by key": ("session/api-key", {"api_key": PRACTICE_KEY}),
    "by registering": ("accounts", {"email": "new@example.org", "password": PASSWORD}),
}


@pytest.mark.asvs("7.2.4")
@pytest.mark.parametrize("how", LOG_INS)
async def test_a_token_that_was_chosen_beforehand_is_never_a_session(server, ada, how):
    path, body = LOG_INS[how]
    name, _ = name_and_token(ada)
    planted = f"{name}={CHOSEN}"

    answer = await server.browser(cookies=False).post(path, body, headers={"Cookie": planted})

    assert answer.status == 201
    assert answer.cookie.partition("=")[2] != CHOSEN
    assert await signed_in_as(server, planted) is None


@pytest.mark.asvs("7.2.4")
@pytest.mark.parametrize("how", LOG_INS)
async def test_a_session_that_was_planted_ends_and_never_becomes_anothers(server, ada, eve, how):
    path, body = LOG_INS[how]
    planted = cookie_of(eve)
    assert await signed_in_as(server, planted) == "eve@example.org"

    answer = await server.browser(cookies=False).post(path, body, headers={"Cookie": planted})

    assert answer.status == 201
    assert await signed_in_as(server, planted) is None, "whoever planted it knows it"
    assert await signed_in_as(server, answer.cookie) != "eve@example.org"


async def test_a_log_in_that_fails_hands_out_nothing(server, ada):
    body = {"email": "ada@example.org", "password": "not the one, at all"}
    answer = await server.browser(cookies=False).post("session/email", body)
    assert (answer.status, answer.cookies) == (401, [])


def tossed(name: str, own: str, planted: str) -> list[str]:
    """Cookie headers with one's own session and one of somebody else."""
    return [
        f"{name}={planted}; {name}={own}",
        f"{name}={own}; {name}={planted}",
        f"{name}={planted};{name}={own}",
        f"{name}={planted};\t{name}={own}",
        f"a=b; {name}={planted}; c=d; {name}={own}; e=f",
        f"{name}={planted}; {name}={planted}; {name}={own}",
    ]


@pytest.mark.asvs("1.5.3", "7.2.1")
async def test_two_cookies_of_our_name_are_nobody(server, ada, eve):
    """Whoever could choose which one counts could have somebody run with the wrong key."""
    name, own = name_and_token(ada)
    _, planted = name_and_token(eve)
    for header in tossed(name, own, planted):
        assert await signed_in_as(server, header) is None, header


@pytest.mark.asvs("1.5.3")
async def test_cookies_that_only_resemble_ours_change_nothing(server, ada, eve):
    name, own = name_and_token(ada)
    _, planted = name_and_token(eve)
    for other in (
        name.upper(),
        f"__Host-{name}",
        f"__Secure-{name}",
        f"x{name}",
        f"{name}x",
        f"{name}[0]",
        f'"{name}"',
        f"{name[:-1]}%{ord(name[-1]):02x}",
    ):
        for header in (f"{other}={planted}; {name}={own}", f"{name}={own}; {other}={planted}"):
            assert await signed_in_as(server, header) == "ada@example.org", header
        assert await signed_in_as(server, f"{other}={planted}") is None, other


@pytest.mark.asvs("1.5.3", "7.2.1")
async def test_a_value_that_is_not_a_token_whole_is_nobody(server, ada):
    name, own = name_and_token(ada)
    for value in (
        f'"{own}"',
        f"{own}x",
        own[:-1],
        f"{own} x",
        f"{own},{own}",
        f"x={own}",
        f"%{ord(own[0]):02x}{own[1:]}",
        "",
    ):
        assert await signed_in_as(server, f"{name}={value}") is None, value
    assert await signed_in_as(server, f"{name}={own}") == "ada@example.org"
