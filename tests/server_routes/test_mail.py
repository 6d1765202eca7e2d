"""GET mail and POST mail/test: how this server sends mail, for its owner."""

from __future__ import annotations

import pytest
from passport.dev.practice import Person, practice_key
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import SENDER, text_of

OWNER = "olga@example.org"


class TestWithAMailServer:
    @pytest.fixture
    async def server(self, mailing):
        return mailing

    @pytest.fixture
    async def owner(self, server, mail_office):
        browser = await registered(server, OWNER)
        await mail_office.deliver(server)
        return browser

    async def test_how_it_is_set_up(self, owner, mail_office):
        assert (await owner.get("mail")).json == {
            "enabled": True,
            "host": "127.0.0.1",
            "port": int(mail_office.settings["PASSPORT_SMTP_PORT"]),
            "security": "none",
            "sender": SENDER,
            "waiting": 0,
            "problem": None,
        }

    async def test_a_test_mail_goes_to_the_owner_now(self, server, owner, mail_office):
        answer = await owner.post("mail/test")

        assert (answer.status, answer.json) == (200, {"sent_to": OWNER})
        letter = mail_office.inbox.messages[-1]
        assert (letter["To"], letter["From"]) == (OWNER, SENDER)
        assert "test" in text_of(letter).lower()
        assert server.happened()[-1] == "test_mail_sent"

    @pytest.mark.parametrize(
        ("answers", "cause"),
        [
            ({"RCPT": "550 no such user"}, "refused_recipient"),
            ({"MAIL": "553 not you"}, "refused_sender"),
            ({"DATA": "554 spam"}, "refused"),
            ({"DATA": "451 later"}, "refused"),
        ],
        ids=str,
    )
    async def test_a_server_that_refuses_is_named_with_the_cause(
        self, server, owner, mail_office, answers, cause
    ):
        mail_office.inbox.answers.update(answers)
        answer = await owner.post("mail/test")
        assert (answer.status, answer.code) == (502, "mail_not_sent")
        assert answer.json["error"]["details"]["cause"] == cause
        assert "PASSPORT_" in answer.json["error"]["message"] or cause == "refused"
        assert server.happened()[-1] != "test_mail_sent"

    async def test_a_server_that_is_not_there(self, owner, mail_office):
        await mail_office.close()
        answer = await owner.post("mail/test")
        assert (answer.status, answer.code) == (502, "mail_not_sent")
        assert answer.json["error"]["details"]["cause"] == "connect"

    async def test_what_waits_and_why(self, server, owner, mail_office):
        mail_office.inbox.answers["DATA"] = "451 later"
        await registered(server, "ada@example.org")
        await mail_office.deliver(server)
        mail = (await owner.get("mail")).json
        assert mail["waiting"] == 1
        assert "did not take the letter" in mail["problem"]
        assert "ada@example.org" not in mail["problem"]


async def test_the_password_is_never_shown(start_server):
    server = await start_server(
        PASSPORT_SMTP_HOST="mail.example",
        PASSPORT_SMTP_USER="comfy@example.org",
        PASSPORT_SMTP_PASSWORD="canary of mail",
    )
    owner = await registered(server, OWNER)
    answer = await owner.get("mail")
    assert answer.json["sender"] == "comfy@example.org"
    assert "canary" not in answer.body.decode()


async def test_without_a_mail_server(owner):
    assert (await owner.get("mail")).json == {
        "enabled": False,
        "host": "",
        "port": 587,
        "security": "starttls",
        "sender": "",
        "waiting": 0,
        "problem": None,
    }
    answer = await owner.post("mail/test")
    assert (answer.status, answer.code) == (409, "mail_not_set_up")


async def test_an_owner_without_an_address(mailing, api):
    key = practice_key("olga")
    api.add_person(Person("id", "Olga", "", key, "token"))
    browser = mailing.browser()
    assert (await browser.log_in(key)).json["account"]["role"] == "owner"
    answer = await browser.post("mail/test")
    assert (answer.status, answer.code) == (409, "email_missing")
