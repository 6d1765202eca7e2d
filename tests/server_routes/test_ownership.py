"""POST owner: becoming the owner of a server that has none."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.places import FAR_AWAY, PROXIED


@pytest.fixture
async def server(start_server):
    return await start_server(**PROXIED)


@pytest.fixture
async def far(server):
    """Somebody elsewhere who is logged in by key, on a server that nobody owns."""
    browser = server.browser(place=FAR_AWAY)
    assert (await browser.log_in(PRACTICE_KEY)).json["account"]["role"] == "user"
    return browser


def set_up_code(server) -> str:
    return server.services.accounts.admission.set_up_code.text.reveal()


async def assert_refused(server, browser, status, code, **body):
    before = server.kept()
    answer = await browser.post("owner", body)
    assert (answer.status, answer.code) == (status, code)
    assert server.kept() == before
    return answer


async def test_with_the_code_of_the_terminal(server, far):
    assert (await far.status())["has_owner"] is False

    answer = await far.post("owner", {"set_up_code": set_up_code(server)})

    assert answer.status == 200
    assert answer.json["account"]["role"] == "owner"
    assert (await far.status())["has_owner"] is True
    assert (await far.get("accounts")).status == 200
    assert server.happened()[-1] == "ownership_taken"


async def test_on_the_machine_itself_without_a_code(server, far):
    here = server.browser()
    await here.status()
    (cookie,) = far.session.cookie_jar
    over_http = cookie.key.removeprefix("__Host-")
    headers = {"Cookie": f"{over_http}={cookie.value}"}
    answer = await server.browser(cookies=False).post("owner", {}, headers=headers)
    assert answer.json["account"]["role"] == "owner"


async def test_without_a_code(server, far):
    await assert_refused(server, far, 403, "set_up_code_needed")


@pytest.mark.parametrize("code", ["x", "----", "AAAA-AAAA-AAAA-AAAA", "é", "x" * 10_000])
async def test_with_a_wrong_one(server, far, code):
    await assert_refused(server, far, 403, "set_up_code_wrong", set_up_code=code)


async def test_when_there_is_one_already(server, far):
    await server.browser().register("olga@example.org")
    await assert_refused(server, far, 409, "owner_exists", set_up_code=set_up_code(server))
    assert (await far.account())["role"] == "user"


async def test_whoever_is_not_signed_in(server, far):
    browser = server.browser(place=FAR_AWAY)
    await assert_refused(server, browser, 401, "not_signed_in", set_up_code=set_up_code(server))


async def test_the_eleventh_guess_has_to_wait_and_the_next_minute_has_one(server, far):
    for _ in range(10):
        await assert_refused(server, far, 403, "set_up_code_wrong", set_up_code="x")
    right = {"set_up_code": set_up_code(server)}
    answer = await assert_refused(server, far, 429, "too_many_tries", **right)
    assert answer.headers["Retry-After"] == "60"
    server.clock.advance(minutes=1)
    assert (await far.post("owner", right)).status == 200


async def test_the_first_key_on_the_machine_itself_owns_the_server(server):
    answer = await server.browser().log_in(PRACTICE_KEY)
    assert answer.json["account"]["role"] == "owner"


async def test_a_key_from_elsewhere_waits_for_no_owner(far):
    assert (await far.account())["role"] == "user"
    assert await far.run_uses() == "account"
