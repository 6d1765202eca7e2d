"""POST email-verifications and email-verifications/confirm: proving a mail address."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import find_link, read_token

EMAIL = "ada@example.org"


@pytest.fixture
async def server(mailing):
    """A server that sends mail."""
    return mailing


@pytest.fixture
async def letter(server, owner, mail_office, ada):
    """The letter that came to Ada as she registered."""
    letters = await mail_office.deliver(server)
    (letter,) = [letter for letter in letters if letter["To"] == EMAIL]
    return letter


async def confirm(browser, token):
    return await browser.post("email-verifications/confirm", {"token": token})


async def is_verified(browser) -> bool:
    return (await browser.account())["email_verified"]


async def test_whoever_registers_gets_a_link(server, letter):
    assert find_link(letter) == f"{server.url}/#passport-verify={read_token(letter)}"


async def test_the_link_proves_the_address_on_any_browser(server, ada, letter):
    assert await is_verified(ada) is False
    answer = await confirm(server.browser(), read_token(letter))
    assert (answer.status, answer.json, answer.cookies) == (200, {"email": EMAIL}, [])
    assert await is_verified(ada) is True
    assert server.happened(await ada.account_id())[-1] == "email_verified"


async def test_it_is_good_once(server, ada, letter):
    await confirm(ada, read_token(letter))
    answer = await confirm(ada, read_token(letter))
    assert (answer.status, answer.code) == (410, "token_invalid")
    assert await is_verified(ada) is True


async def test_it_is_good_for_a_day(server, ada, letter):
    server.clock.advance(hours=24)
    answer = await confirm(ada, read_token(letter))
    assert (answer.status, answer.code) == (410, "token_invalid")
    assert await is_verified(ada) is False


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\x00", "' OR 1=1 --", "x" * 60_000])
async def test_one_that_was_made_up_proves_nothing(server, ada, letter, token):
    before = server.kept()
    answer = await confirm(ada, token)
    assert (answer.status, answer.code) == (410, "token_invalid")
    assert server.kept() == before


async def test_somebody_elses_link_proves_somebody_elses_address(server, ada, ben, letter):
    assert (await confirm(ben, read_token(letter))).json == {"email": EMAIL}
    assert await is_verified(ada) is True
    assert await is_verified(ben) is False


class TestAgain:
    async def test_it_comes_again_and_voids_the_first(self, server, ada, letter, mail_office):
        answer = await ada.post("email-verifications")

        assert (answer.status, answer.json) == (202, {"sent_to": EMAIL})
        (second,) = await mail_office.deliver(server)
        assert (await confirm(ada, read_token(letter))).code == "token_invalid"
        assert (await confirm(ada, read_token(second))).status == 200

    async def test_once_a_minute(self, server, ada, letter, mail_office):
        assert (await ada.post("email-verifications")).status == 202
        answer = await ada.post("email-verifications")
        assert (answer.status, answer.code) == (429, "too_many_tries")
        assert answer.headers["Retry-After"] == "60"
        assert answer.json["error"]["details"] == {"retry_after_seconds": 60}
        server.clock.advance(seconds=60)
        assert (await ada.post("email-verifications")).status == 202

    async def test_for_whoever_is_signed_in(self, server, letter):
        answer = await server.browser().post("email-verifications")
        assert (answer.status, answer.code) == (401, "not_signed_in")

    async def test_there_is_nothing_left_to_prove(self, server, ada, letter):
        await confirm(ada, read_token(letter))
        answer = await ada.post("email-verifications")
        assert (answer.status, answer.code) == (409, "email_missing")

    async def test_the_address_of_a_key_is_not_ones_own(self, server, owner):
        browser = server.browser()
        await browser.log_in(PRACTICE_KEY)
        answer = await browser.post("email-verifications")
        assert (answer.status, answer.code) == (409, "email_missing")

    async def test_a_pending_address_is_the_one_that_is_written_to(
        self, server, ada, letter, mail_office
    ):
        new = {"email": "new@example.org", "password": "quilted heron lamp tide"}
        await ada.put("account/email", new)
        await mail_office.deliver(server)
        answer = await ada.post("email-verifications")
        assert answer.json == {"sent_to": "new@example.org"}
        (second,) = await mail_office.deliver(server)
        assert second["To"] == "new@example.org"
        assert (await confirm(ada, read_token(second))).json == {"email": "new@example.org"}


class TestWithoutAMailServer:
    @pytest.fixture
    async def server(self, start_server, tmp_path):
        return await start_server(data_folder=tmp_path / "without mail")

    async def test_it_says_so_and_the_owner_vouches(self, server, owner, ada):
        answer = await ada.post("email-verifications")
        assert (answer.status, answer.code) == (409, "mail_not_set_up")
        await owner.put(f"accounts/{await ada.account_id()}/email-verified")
        assert await is_verified(ada) is True


async def test_letters_leave_by_themselves_while_the_server_is_up(server, mail_office):
    """As in ComfyUI, where `work` runs in the background."""
    import asyncio

    await server.browser().status()
    working = asyncio.create_task(server.services.accounts.outbox.work())
    await asyncio.sleep(0)
    await registered(server, EMAIL)
    for _ in range(100):
        if mail_office.inbox.messages:
            break
        await asyncio.sleep(0.02)
    working.cancel()
    (letter,) = mail_office.inbox.messages
    assert letter["To"] == EMAIL
