"""POST session/reauthentication: another token, and five minutes in which sensitive calls pass."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.certificate import make_tls
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.places import ADDRESS, LISTED, UNLISTED
from passport.tests.server_routes.programs import cookie_of, grow_stale, program_of

CALL = "session/reauthentication"
BY_PASSWORD = {"password": PASSWORD}
EMAIL = "ada@example.org"


async def is_fresh(browser) -> bool:
    answer = await browser.post("account/export", {})
    assert answer.status == 200 or answer.code == "reauthentication_required"
    return answer.status == 200


@pytest.fixture
async def stale(server, ada):
    """Ada's browser, long after she logged in."""
    grow_stale(server)
    return ada


@pytest.fixture
async def by_key(server):
    """Somebody who logs in by API key alone."""
    browser = server.browser()
    assert (await browser.log_in(PRACTICE_KEY)).status == 201
    grow_stale(server)
    return browser


async def test_it_makes_the_session_fresh_for_five_minutes(server, stale):
    assert await is_fresh(stale) is False
    answer = await stale.post(CALL, BY_PASSWORD)
    assert (answer.status, answer.body) == (204, b"")
    for seconds, fresh in ((0, True), (299, True), (1, False)):
        server.clock.advance(seconds=seconds)
        assert await is_fresh(stale) is fresh


@pytest.mark.asvs("7.2.4")
async def test_the_token_is_another_one_and_the_old_one_is_dead(server, stale):
    """Whoever has planted or copied it (session fixation) is left behind."""
    old = cookie_of(stale)
    thief = server.browser(cookies=False)
    assert (await thief.status(headers={"Cookie": old}))["signed_in"] is True

    answer = await stale.post(CALL, BY_PASSWORD)

    assert answer.cookie != old
    assert answer.cookie.partition("=")[0] == old.partition("=")[0]
    assert cookie_of(stale) == answer.cookie
    assert (await stale.status())["signed_in"] is True
    assert (await thief.status(headers={"Cookie": old}))["signed_in"] is False
    assert (await thief.get("account", headers={"Cookie": old})).code == "not_signed_in"


@pytest.mark.asvs("7.2.4")
async def test_a_token_that_somebody_chose_is_not_taken_over(server, stale):
    name = f"passport_{server.services.store_id}"
    chosen = f"{name}={'A' * 43}"
    stranger = server.browser(cookies=False)
    answer = await stranger.post(CALL, BY_PASSWORD, headers={"Cookie": chosen})
    assert (answer.status, answer.code, answer.cookies) == (401, "not_signed_in", [])
    planted = f"{cookie_of(stale)}; {chosen}"
    answer = await stranger.post(CALL, BY_PASSWORD, headers={"Cookie": planted})
    assert (answer.code, answer.cookies) == ("not_signed_in", [])


async def test_it_stays_the_same_session_and_lasts_no_longer(server, stale):
    before = (await stale.status())["session"]
    (line,) = (await stale.post(CALL, BY_PASSWORD)).cookies
    after = (await stale.status())["session"]
    assert (after["id"], after["expires_at"]) == (before["id"], before["expires_at"])
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert len((await stale.get("sessions")).json["sessions"]) == 1


@pytest.mark.asvs("3.3.3")
async def test_over_tls_the_cookie_is_bound_to_the_host(start_server, tmp_path):
    server = await start_server(tls=make_tls(tmp_path))
    browser = server.browser()
    await browser.register(EMAIL)
    (line,) = (await browser.post(CALL, BY_PASSWORD)).cookies
    assert line.startswith("__Host-passport_")
    assert "Secure" in line


async def test_it_is_this_session_alone(server, stale):
    other = server.browser()
    await other.log_in_by_mail(EMAIL)
    grow_stale(server)
    await stale.post(CALL, BY_PASSWORD)
    assert await is_fresh(other) is False
    assert (await other.status())["signed_in"] is True


async def test_it_is_written_down(server, stale):
    await stale.post(CALL, BY_PASSWORD)
    assert server.happened(await stale.account_id())[-1] == "reauthenticated"


@pytest.mark.parametrize("password", [OTHER_PASSWORD, PASSWORD.title(), f"{PASSWORD} ", "x" * 5000])
async def test_a_wrong_password_changes_nothing(server, stale, password):
    await stale.status()
    before = server.kept("sessions")
    answer = await stale.post(CALL, {"password": password})
    assert (answer.status, answer.code, answer.cookies) == (403, "password_wrong", [])
    assert server.kept("sessions") == before
    assert await is_fresh(stale) is False
    assert (await stale.status())["signed_in"] is True


async def test_wrong_ones_are_slowed_down(server, stale):
    answers = [await stale.post(CALL, {"password": OTHER_PASSWORD}) for _ in range(11)]
    assert answers[-1].code == "too_many_tries"
    assert (await stale.post(CALL, BY_PASSWORD)).code == "too_many_tries"
    server.clock.advance(minutes=1)
    assert (await stale.post(CALL, BY_PASSWORD)).status == 204


async def test_good_ones_never_lock_anybody_out(server, stale):
    for _ in range(15):
        assert (await stale.post(CALL, BY_PASSWORD)).status == 204


async def test_another_persons_password_proves_nothing(server, owner, stale):
    await server.browser().register("eve@example.org", OTHER_PASSWORD)
    answer = await stale.post(CALL, {"password": OTHER_PASSWORD})
    assert answer.code == "password_wrong"


@pytest.mark.parametrize(
    "body", [{}, {"password": ""}, {"api_key": ""}, {"password": "x", "api_key": "x"}]
)
async def test_one_proof_and_no_more(stale, body):
    answer = await stale.post(CALL, body)
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert answer.json["error"]["details"] == {"field": "password"}


class TestByKey:
    async def test_the_key_that_one_logs_in_with(self, server, by_key, api):
        calls = len(api.calls)
        old = cookie_of(by_key)
        answer = await by_key.post(CALL, {"api_key": PRACTICE_KEY})
        assert answer.status == 204
        assert answer.cookie != old
        assert await is_fresh(by_key) is True
        assert len(api.calls) == calls, "it is known here: nobody far away is asked"

    async def test_while_the_service_is_down(self, server, by_key, api):
        await api.set_mode("down")
        assert (await by_key.post(CALL, {"api_key": f" {PRACTICE_KEY}\n"})).status == 204

    async def test_another_good_key(self, server, by_key):
        answer = await by_key.post(CALL, {"api_key": PRACTICE_KEY_2})
        assert (answer.status, answer.code) == (401, "email_or_password_wrong")
        assert answer.cookies == []
        assert await is_fresh(by_key) is False
        assert PRACTICE_KEY_2[8:] not in answer.body.decode()

    async def test_another_accounts_key(self, server, by_key):
        other = server.browser()
        await other.log_in(PRACTICE_KEY_2)
        answer = await by_key.post(CALL, {"api_key": PRACTICE_KEY_2})
        assert answer.code == "email_or_password_wrong"
        assert (await other.status())["signed_in"] is True

    async def test_a_key_of_ours(self, server, stale):
        program = await program_of(server, await again(server))
        key = program.headers["Authorization"].removeprefix("Bearer ")
        answer = await stale.post(CALL, {"api_key": key})
        assert (answer.status, answer.code) == (422, "api_key_malformed")

    async def test_an_account_without_one(self, stale):
        answer = await stale.post(CALL, {"api_key": PRACTICE_KEY})
        assert answer.code == "email_or_password_wrong"

    async def test_an_account_without_a_password(self, by_key):
        answer = await by_key.post(CALL, BY_PASSWORD)
        assert answer.code == "password_wrong"
        refused = await by_key.post("account/export", {})
        assert refused.json["error"]["details"] == {"methods": ["comfy-api-key"]}

    async def test_guesses_are_slowed_down(self, by_key):
        answers = [await by_key.post(CALL, {"api_key": PRACTICE_KEY_2}) for _ in range(11)]
        assert answers[-1].code == "too_many_tries"

    async def test_over_plain_http_it_is_confirmed_first(self, server, by_key):
        far = {"Host": ADDRESS}
        answer = await by_key.post(CALL, {"api_key": PRACTICE_KEY}, headers=far)
        assert (answer.status, answer.code) == (403, "insecure_connection")
        assert answer.json["error"]["details"] == {"confirm": "accept_insecure"}
        body = {"api_key": PRACTICE_KEY, "accept_insecure": True}
        assert (await by_key.post(CALL, body, headers=far)).status == 204


async def again(server):
    browser = server.browser()
    assert (await browser.log_in_by_mail(EMAIL)).status == 201
    return browser


@pytest.mark.parametrize("accept", [True, False])
async def test_over_plain_http_no_password_is_taken(server, stale, accept):
    body = {**BY_PASSWORD, "accept_insecure": accept}
    for host in (ADDRESS, UNLISTED):
        answer = await stale.post(CALL, body, headers={"Host": host})
        assert (answer.status, answer.code) == (403, "insecure_connection")
    assert await is_fresh(stale) is False


async def test_under_a_name_that_is_not_listed_no_password_is_taken(start_server, tmp_path):
    server = await start_server(tls=make_tls(tmp_path), PASSPORT_ALLOWED_HOSTS=LISTED)
    browser = server.browser()
    await browser.register(EMAIL)
    grow_stale(server)
    answer = await browser.post(CALL, BY_PASSWORD, headers={"Host": UNLISTED})
    assert (answer.status, answer.code, answer.cookies) == (403, "host_not_listed", [])
    assert (await browser.post(CALL, BY_PASSWORD, headers={"Host": LISTED})).status == 204


async def test_a_cancelled_account_may_and_then_deletes_itself(server, ada):
    await ada.post("account/cancel", {})
    grow_stale(server)
    assert (await ada.post(CALL, BY_PASSWORD)).status == 204
    assert await is_fresh(ada) is True


async def test_a_program_may_not(server, ada):
    answer = await (await program_of(server, ada)).post(CALL, BY_PASSWORD)
    assert (answer.status, answer.code, answer.cookies) == (403, "session_needed", [])


async def test_nobody_and_other_sites_may_not(server, stale):
    answer = await server.browser().post(CALL, BY_PASSWORD)
    assert (answer.status, answer.code) == (401, "not_signed_in")
    for headers in ({"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await stale.post(CALL, BY_PASSWORD, headers=headers)).code == "foreign_request"
