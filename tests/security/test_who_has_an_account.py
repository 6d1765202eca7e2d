"""Logging in and “forgot” tell nobody whether there is an account of that address (threat 12)."""

from __future__ import annotations

import pytest
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

KNOWN, UNKNOWN = "ada@example.org", "eve@example.org"


def told(answer):
    """All that a stranger learns, but for the time of day."""
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "Date")
    return answer.status, headers, answer.body


@pytest.fixture(params=["fresh", "verified", "disabled"])
async def state(request, owner, ada):
    """What Ada's account is like."""
    path = f"accounts/{await ada.account_id()}"
    if request.param == "verified":
        await owner.put(f"{path}/email-verified")
    if request.param == "disabled":
        await owner.put(f"{path}/state", {"state": "disabled"})
    return request.param


@pytest.mark.asvs("6.3.8")
@pytest.mark.threat(12)
@pytest.mark.parametrize("password", [OTHER_PASSWORD, "", "x" * 129, "x" * 50_000, "short"])
async def test_a_failed_log_in(server, state, password):
    answers = [
        await server.browser().log_in_by_mail(email, password)
        for email in (KNOWN, UNKNOWN, "no address", "")
    ]
    assert answers[0].status == 401
    assert len({repr(told(answer)) for answer in answers}) == 1


async def test_a_log_in_that_has_to_wait(server, ada):
    answers = []
    for email in (KNOWN, UNKNOWN):
        for _ in range(11):
            answer = await server.browser().log_in_by_mail(email, OTHER_PASSWORD)
        answers.append(answer)
    assert answers[0].status == 429
    assert told(answers[0]) == told(answers[1])


class TestForgotten:
    @pytest.fixture
    async def server(self, mailing):
        return mailing

    @pytest.mark.asvs("6.3.8")
    async def test_the_answer(self, server, state):
        answers = [
            await server.browser().post("password-resets", {"email": email})
            for email in (KNOWN, UNKNOWN)
        ]
        assert answers[0].status == 202
        assert told(answers[0]) == told(answers[1])

    async def test_the_answer_to_one_too_many(self, server, ada):
        answers = []
        for email in (KNOWN, UNKNOWN):
            for _ in range(4):
                answer = await server.browser().post("password-resets", {"email": email})
            answers.append(answer)
        assert answers[0].status == 429
        assert told(answers[0]) == told(answers[1])

    async def test_what_the_request_leaves_behind(self, server, ada, mail_office):
        """A row of the same form in the outbox: what follows from it happens later, and alone."""
        await mail_office.deliver(server)
        shapes = []
        for email in (KNOWN, UNKNOWN):
            await server.browser().post("password-resets", {"email": email})
            (row,) = server.kept("outbox")["outbox"]
            shapes.append([type(value) for value in row])
            await mail_office.deliver(server)
            assert server.kept("outbox") == {"outbox": []}
        assert shapes[0] == shapes[1]

    async def test_a_mail_server_that_is_down_tells_nothing_either(self, server, ada, mail_office):
        await mail_office.close()
        answers = [
            await server.browser().post("password-resets", {"email": email})
            for email in (KNOWN, UNKNOWN)
        ]
        assert told(answers[0]) == told(answers[1])


async def test_a_token_says_nothing_of_its_account(server, owner, ada):
    """Used, void, made up: one answer."""
    path = f"accounts/{await ada.account_id()}/password-reset"
    used = (await owner.post(path)).json["token"]
    body = {"token": used, "new_password": OTHER_PASSWORD}
    await server.browser().post("password-resets/confirm", body)
    void = (await owner.post(path)).json["token"]
    await owner.post(path)
    answers = [
        await server.browser().post(
            "password-resets/confirm", {"token": token, "new_password": PASSWORD}
        )
        for token in (used, void, "A" * 43)
    ]
    assert answers[0].status == 410
    assert len({repr(told(answer)) for answer in answers}) == 1


async def test_registering_tells_it_and_is_throttled(server, owner):
    """The one call that cannot help telling: without a mail there is no other way to say so."""
    await registered(server, KNOWN)
    assert (await server.browser().register(KNOWN)).code == "email_taken"
    statuses = [(await server.browser().register(KNOWN)).status for _ in range(20)]
    assert statuses[-1] == 429


async def test_the_status_and_the_doctor_name_nobody(server, ada):
    stranger = server.browser()
    for path in ("status", "checks"):
        text = (await stranger.get(path)).body.decode()
        assert "example.org" not in text
        assert await ada.account_id() not in text
