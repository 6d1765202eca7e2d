"""POST password-resets and password-resets/confirm: in again without the password, by mail."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import find_link, read_token, text_of
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL = "ada@example.org"


@pytest.fixture
async def server(mailing):
    """A server that sends mail."""
    return mailing


@pytest.fixture
async def ada(server, owner, mail_office):
    browser = await registered(server, EMAIL)
    await mail_office.deliver(server)
    return browser


@pytest.fixture
async def letter(server, ada, mail_office):
    """The letter that Ada got when somebody had said that she forgot her password."""
    answer = await server.browser().post("password-resets", {"email": EMAIL})
    assert (answer.status, answer.json) == (202, {})
    (letter,) = await mail_office.deliver(server)
    return letter


async def confirm(browser, token, password=OTHER_PASSWORD):
    return await browser.post("password-resets/confirm", {"token": token, "new_password": password})


async def assert_refused(server, answer, status, code, before) -> None:
    assert (answer.status, answer.code) == (status, code)
    assert answer.cookies == []
    assert server.kept() == before


class TestTheWholeWay:
    async def test_the_letter(self, server, letter):
        assert letter["To"] == EMAIL
        assert find_link(letter) == f"{server.url}/#passport-reset={read_token(letter)}"
        assert len(read_token(letter)) == 43

    async def test_the_new_password_logs_in_and_the_old_one_does_not(self, server, letter):
        browser = server.browser()
        answer = await confirm(browser, read_token(letter))
        assert (answer.status, answer.body, answer.cookies) == (204, b"", [])
        assert (await browser.log_in_by_mail(EMAIL, OTHER_PASSWORD)).status == 201
        assert (await browser.log_in_by_mail(EMAIL, PASSWORD)).status == 401

    async def test_every_session_of_the_account_is_dead_and_no_other(
        self, server, owner, ada, letter
    ):
        other = server.browser()
        await other.log_in_by_mail(EMAIL)
        await confirm(ada, read_token(letter))
        for browser in (ada, other):
            assert (await browser.status())["signed_in"] is False
            assert (await browser.get("account")).code == "not_signed_in"
            assert await browser.run_uses() is None
        assert (await owner.status())["signed_in"] is True

    async def test_the_person_is_told(self, server, ada, letter, mail_office):
        await confirm(server.browser(), read_token(letter))
        (told,) = await mail_office.deliver(server)
        assert told["To"] == EMAIL
        assert "for a forgotten password" in text_of(told)
        assert OTHER_PASSWORD not in str(told)

    async def test_the_address_is_verified_then(self, server, ada, letter):
        await confirm(server.browser(), read_token(letter))
        answer = await ada.log_in_by_mail(EMAIL, OTHER_PASSWORD)
        assert answer.json["account"]["email_verified"] is True

    async def test_what_somebody_else_had_put_into_an_unverified_account_is_gone(
        self, server, ada, letter
    ):
        """Whoever registered under Ada's address before her keeps no way in, and no key in it."""
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        await confirm(server.browser(), read_token(letter))

        answer = await ada.log_in_by_mail(EMAIL, OTHER_PASSWORD)
        assert answer.json["credential"] is None
        identities = (await ada.get("account")).json["identities"]
        assert [each["kind"] for each in identities] == ["password"]

    async def test_a_verified_account_keeps_its_key(self, server, owner, ada, letter):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        await owner.put(f"accounts/{await ada.account_id()}/email-verified")
        await confirm(server.browser(), read_token(letter))
        answer = await ada.log_in_by_mail(EMAIL, OTHER_PASSWORD)
        assert answer.json["credential"]["state"] == "accepted"

    async def test_what_happened_is_written_down(self, server, ada, letter):
        account_id = await ada.account_id()
        await confirm(server.browser(), read_token(letter))
        assert server.happened(account_id)[-1] == "password_reset"


class TestTheToken:
    @pytest.mark.asvs("2.3.1")
    async def test_it_is_good_once(self, server, letter):
        token = read_token(letter)
        assert (await confirm(server.browser(), token)).status == 204
        before = server.kept()
        answer = await confirm(server.browser(), token, PASSWORD)
        await assert_refused(server, answer, 410, "token_invalid", before)

    async def test_it_is_good_for_an_hour(self, server, letter):
        server.clock.advance(minutes=59, seconds=59)
        weak = await confirm(server.browser(), read_token(letter), "password1234")
        assert weak.code == "password_unacceptable"
        server.clock.advance(seconds=1)
        before = server.kept()
        answer = await confirm(server.browser(), read_token(letter))
        await assert_refused(server, answer, 410, "token_invalid", before)

    async def test_a_password_that_is_refused_does_not_use_it_up(self, server, letter):
        before = server.kept()
        for password in ("short", "x" * 129, "password1234", f"{EMAIL} {EMAIL}"):
            answer = await confirm(server.browser(), read_token(letter), password)
            await assert_refused(server, answer, 422, "password_unacceptable", before)
        assert (await confirm(server.browser(), read_token(letter))).status == 204

    async def test_it_verifies_no_address(self, server, letter):
        before = server.kept()
        answer = await server.browser().post(
            "email-verifications/confirm", {"token": read_token(letter)}
        )
        await assert_refused(server, answer, 410, "token_invalid", before)

    @pytest.mark.asvs("9.2.2")
    async def test_that_of_a_verification_sets_no_password(self, server, mail_office):
        await registered(server, "eve@example.org")
        *_, letter = await mail_office.deliver(server)
        before = server.kept()
        answer = await confirm(server.browser(), read_token(letter))
        await assert_refused(server, answer, 410, "token_invalid", before)

    async def test_a_newer_one_voids_it(self, server, letter, mail_office):
        await server.browser().post("password-resets", {"email": EMAIL})
        (newer,) = await mail_office.deliver(server)
        answer = await confirm(server.browser(), read_token(letter))
        assert (answer.status, answer.code) == (410, "token_invalid")
        assert (await confirm(server.browser(), read_token(newer))).status == 204

    async def test_a_changed_password_voids_it(self, server, ada, letter):
        change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        assert (await ada.put("account/password", change)).status == 204
        answer = await confirm(server.browser(), read_token(letter))
        assert (answer.status, answer.code) == (410, "token_invalid")

    @pytest.mark.parametrize(
        "token", ["", " ", "x", "A" * 43, "\x00", "../../x", "' OR 1=1 --", "%00", "x" * 60_000]
    )
    async def test_one_that_was_made_up(self, server, letter, token):
        before = server.kept()
        answer = await confirm(server.browser(), token)
        await assert_refused(server, answer, 410, "token_invalid", before)
        assert (await confirm(server.browser(), read_token(letter))).status == 204

    async def test_it_counts_with_the_blanks_that_copying_brings_along(self, server, letter):
        assert (await confirm(server.browser(), f" {read_token(letter)}\r\n")).status == 204

    async def test_the_store_has_only_its_hash(self, server, letter):
        kept = b"".join(file.read_bytes() for file in server.data_folder.iterdir())
        assert read_token(letter).encode() not in kept


class TestWhoGetsALetter:
    async def test_an_address_that_nobody_has_gets_none(self, server, ada, mail_office):
        await server.browser().post("password-resets", {"email": "eve@example.org"})
        assert await mail_office.deliver(server) == []
        assert (await server.browser().status())["mail"] == {"enabled": True}

    async def test_a_disabled_account_gets_none(self, server, owner, ada, mail_office):
        await owner.put(f"accounts/{await ada.account_id()}/state", {"state": "disabled"})
        assert (await ada.post("password-resets", {"email": EMAIL})).status == 202
        assert await mail_office.deliver(server) == []

    async def test_an_account_with_a_key_alone_gets_none(self, server, owner, mail_office):
        """Its address is what the key's service says: nobody here has proved it."""
        browser = server.browser()
        email = (await browser.log_in(PRACTICE_KEY)).json["account"]["email"]
        await mail_office.deliver(server)
        await browser.post("password-resets", {"email": email})
        assert await mail_office.deliver(server) == []

    @pytest.mark.parametrize(
        "spelling", ["ADA@example.org", "\uff41da@EXAMPLE.org", " Ada@example.org"]
    )
    async def test_it_goes_to_the_address_of_the_account_however_it_is_spelled(
        self, server, ada, mail_office, spelling
    ):
        await server.browser().post("password-resets", {"email": spelling})
        (letter,) = await mail_office.deliver(server)
        assert letter["To"] == EMAIL
        assert mail_office.inbox.recipients[-1] == EMAIL

    @pytest.mark.parametrize("other", ["аda@example.org", "ada@exаmple.org", "ada@example.com"])
    async def test_an_address_that_looks_the_same_is_another(self, server, ada, mail_office, other):
        """Letters of another script: the mail would go to whoever owns the look-alike."""
        await server.browser().post("password-resets", {"email": other})
        assert await mail_office.deliver(server) == []

    @pytest.mark.parametrize("email", ["", "nobody", "a@b", f"{EMAIL}, eve@evil.example"])
    async def test_what_is_no_mail_address_is_refused(self, server, ada, email):
        before = server.kept()
        answer = await server.browser().post("password-resets", {"email": email})
        await assert_refused(server, answer, 422, "email_invalid", before)


async def test_a_letter_that_the_mail_server_does_not_take_at_first_comes_later(
    server, ada, mail_office
):
    mail_office.inbox.answers["DATA"] = "451 try again later"
    await server.browser().post("password-resets", {"email": EMAIL})
    assert await mail_office.deliver(server) == []
    mail_office.inbox.answers.clear()
    server.clock.advance(minutes=2)

    (letter,) = await mail_office.deliver(server)

    assert (await confirm(server.browser(), read_token(letter))).status == 204


async def test_without_a_mail_server_it_says_so_and_the_owner_helps(start_server, tmp_path):
    server = await start_server(data_folder=tmp_path / "without mail")
    owner = await registered(server, "olga@example.org")
    ada = await registered(server, EMAIL)
    before = server.kept()

    answer = await server.browser().post("password-resets", {"email": EMAIL})
    await assert_refused(server, answer, 409, "mail_not_set_up", before)

    made = await owner.post(f"accounts/{await ada.account_id()}/password-reset")
    assert made.json["link"] == f"{server.url}/#passport-reset={made.json['token']}"
    assert (await confirm(server.browser(), made.json["token"])).status == 204
    assert (await ada.status())["signed_in"] is False
    answer = await ada.log_in_by_mail(EMAIL, OTHER_PASSWORD)
    assert answer.status == 201
    assert answer.json["account"]["email_verified"] is False, "the owner read no mail of Ada's"
