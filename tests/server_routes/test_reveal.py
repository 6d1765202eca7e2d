"""POST credentials/comfy/reveal: the stored secret, to the person who proves to be one."""

from __future__ import annotations

import pytest
from passport.accounts.throttle import REVEAL_ACCOUNT
from passport.dev.practice import PRACTICE_KEY
from passport.storage.tables import credentials as table
from passport.tests.server_routes.certificate import make_tls
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.places import ADDRESS, LISTED, UNLISTED
from passport.tests.server_routes.programs import grow_stale, program_of

REVEAL = "credentials/comfy/reveal"


@pytest.fixture
async def storing(ada):
    """Ada, who stores a key."""
    assert (await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})).status == 200
    return ada


def happened(server) -> int:
    return server.happened().count("credential_revealed")


async def test_it_is_shown_and_written_down(server, storing):
    answer = await storing.post(REVEAL, {})

    assert answer.status == 200
    assert answer.json == {"secret": PRACTICE_KEY, "hide_after_seconds": 30}
    assert answer.headers["Cache-Control"] == "no-store"
    (event, *_) = (await storing.get("audit")).json["events"]
    assert event["action"] == "credential_revealed"
    assert event["details"] == {"service": "comfy"}
    assert PRACTICE_KEY[8:] not in str(event)


@pytest.mark.asvs("7.5.3")
async def test_long_after_the_log_in_it_asks_who_one_is(server, storing):
    grow_stale(server)
    answer = await storing.post(REVEAL, {})
    assert (answer.status, answer.code) == (403, "reauthentication_required")
    assert answer.json["error"]["details"] == {"methods": ["password", "comfy-api-key"]}
    assert happened(server) == 0

    assert (await storing.post(REVEAL, {"password": PASSWORD})).json["secret"] == PRACTICE_KEY
    assert (await storing.post(REVEAL, {})).code == "reauthentication_required", "for once only"

    await storing.post("session/reauthentication", {"password": PASSWORD})
    assert (await storing.post(REVEAL, {})).json["secret"] == PRACTICE_KEY


async def test_a_wrong_password_is_wrong_even_just_after_the_log_in(server, storing):
    for password in (OTHER_PASSWORD, PASSWORD.upper(), "x" * 5000, PRACTICE_KEY):
        answer = await storing.post(REVEAL, {"password": password})
        assert (answer.status, answer.code) == (403, "password_wrong")
        assert PRACTICE_KEY[8:30] not in answer.body.decode()
    assert happened(server) == 0


async def test_wrong_passwords_are_slowed_down(server, storing):
    answers = [await storing.post(REVEAL, {"password": OTHER_PASSWORD}) for _ in range(11)]
    assert (answers[-1].status, answers[-1].code) == (429, "too_many_tries")
    assert int(answers[-1].headers["Retry-After"]) > 0
    answer = await storing.post(REVEAL, {"password": PASSWORD})
    assert answer.code == "too_many_tries"


async def test_how_often_it_is_shown_is_bounded(server, storing):
    answers = [await storing.post(REVEAL, {}) for _ in range(REVEAL_ACCOUNT.tries + 1)]
    assert {answer.status for answer in answers[:-1]} == {200}
    assert (answers[-1].status, answers[-1].code) == (429, "too_many_tries")
    assert happened(server) == REVEAL_ACCOUNT.tries


async def test_there_is_nothing_to_show(ada):
    answer = await ada.post(REVEAL, {})
    assert (answer.status, answer.code) == (404, "credential_missing")


@pytest.mark.parametrize("service", ["hf", "Comfy", "comfy%20", "x" * 3000])
async def test_services_that_nobody_knows(storing, service):
    answer = await storing.post(f"credentials/{service}/reveal", {})
    assert (answer.status, answer.code) == (404, "service_unknown")


async def test_it_is_ones_own_alone(server, storing, owner, ben):
    for browser in (owner, ben):
        assert (await browser.post(REVEAL, {})).code == "credential_missing"


async def test_no_program_is_shown_it(server, storing):
    answer = await (await program_of(server, storing)).post(REVEAL, {"password": PASSWORD})
    assert (answer.status, answer.code) == (403, "session_needed")
    assert happened(server) == 0


async def test_no_cancelled_account_is_shown_it(server, storing):
    assert (await storing.post("account/cancel", {})).status == 200
    answer = await storing.post(REVEAL, {"password": PASSWORD})
    assert (answer.status, answer.code) == (403, "account_cancelled")


async def test_over_plain_http_from_elsewhere_nobody_is_and_nothing_helps(server, storing):
    for body in ({}, {"password": PASSWORD}):
        answer = await storing.post(REVEAL, body, headers={"Host": ADDRESS})
        assert (answer.status, answer.code) == (403, "insecure_connection")
    answer = await storing.post(REVEAL, {"accept_insecure": True}, headers={"Host": ADDRESS})
    assert answer.code == "invalid_field"
    assert happened(server) == 0


async def test_under_a_name_that_is_not_listed_no_password_is_taken(start_server, tmp_path):
    """As in a log-in: who reads it there could use it elsewhere."""
    server = await start_server(tls=make_tls(tmp_path), PASSPORT_ALLOWED_HOSTS=LISTED)
    browser = server.browser()
    await browser.log_in(PRACTICE_KEY)
    answer = await browser.post(REVEAL, {"password": PASSWORD}, headers={"Host": UNLISTED})
    assert (answer.status, answer.code) == (403, "host_not_listed")
    answer = await browser.post(REVEAL, {}, headers={"Host": UNLISTED})
    assert answer.json["secret"] == PRACTICE_KEY


async def test_another_sites_page_is_shown_nothing(server, storing):
    for headers in ({"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await storing.post(REVEAL, {}, headers=headers)).code == "foreign_request"
    assert (await storing.post(REVEAL, {}, headers={"X-Passport": None})).status == 403
    assert happened(server) == 0


async def test_a_secret_that_cannot_be_opened(server, storing):
    with server.services.database.transaction() as connection:
        connection.execute(table.update().values(ciphertext=b"\x00" * 60))
    answer = await storing.post(REVEAL, {})
    assert (answer.status, answer.code) == (409, "credential_unreadable")
    assert happened(server) == 0


async def test_neither_secret_nor_password_reaches_the_log(server, storing, caplog):
    caplog.set_level("DEBUG")
    await storing.post(REVEAL, {"password": PASSWORD})
    await storing.post(REVEAL, {"password": OTHER_PASSWORD})
    for secret in (PRACTICE_KEY[8:], PASSWORD, OTHER_PASSWORD):
        assert secret not in caplog.text
