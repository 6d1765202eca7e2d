"""POST identities/email and PUT credentials/comfy: another way in, and two accounts made one."""

from __future__ import annotations

import pytest
from passport.dev.practice import ADA, PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import read_token
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL = "ada@example.org"
WITH_MAIL = {"email": EMAIL, "password": PASSWORD}


@pytest.fixture
async def by_key(server, owner):
    """Somebody who is logged in by API key alone."""
    browser = server.browser()
    await browser.log_in(PRACTICE_KEY)
    return browser


async def assert_refused(server, answer, status, code, before) -> None:
    assert (answer.status, answer.code) == (status, code)
    assert server.kept() == before


class TestAddAnAddress:
    async def test_the_account_logs_in_by_mail_too_and_keeps_its_name(self, server, by_key):
        before = await by_key.account()

        answer = await by_key.post("identities/email", WITH_MAIL)

        assert answer.status == 200
        assert answer.json["merged"] is False
        account = answer.json["account"]
        assert (account["id"], account["display_name"]) == (before["id"], ADA.name)
        assert (account["email"], account["has_password"]) == (EMAIL, True)
        logged_in = await server.browser().log_in_by_mail(EMAIL)
        assert logged_in.json["account"]["id"] == before["id"]
        assert logged_in.json["credential"]["state"] == "accepted"

    async def test_the_key_still_logs_in_to_the_same_account(self, server, by_key):
        await by_key.post("identities/email", WITH_MAIL)
        answer = await server.browser().log_in(PRACTICE_KEY)
        assert answer.json["account"]["id"] == await by_key.account_id()
        assert answer.json["account"]["email"] == EMAIL, "the service does not rename it any more"

    async def test_an_account_that_has_an_address_has_one(self, server, ada):
        before = server.kept()
        answer = await ada.post("identities/email", {**WITH_MAIL, "email": "b@example.org"})
        await assert_refused(server, answer, 409, "password_exists", before)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"email": "nobody"}, "email_invalid"),
            ({"email": "a@b.org\nBcc: eve@evil.example"}, "email_invalid"),
            ({"password": "short"}, "password_unacceptable"),
            ({"password": "password1234"}, "password_unacceptable"),
            ({"password": "x" * 129}, "password_unacceptable"),
        ],
    )
    async def test_what_cannot_be_added(self, server, by_key, changes, code):
        before = server.kept()
        answer = await by_key.post("identities/email", {**WITH_MAIL, **changes})
        await assert_refused(server, answer, 422, code, before)

    async def test_a_letter_asks_to_prove_the_address(self, mailing, mail_office):
        browser = mailing.browser()
        await browser.log_in(PRACTICE_KEY)
        await browser.post("identities/email", WITH_MAIL)
        (letter,) = await mail_office.deliver(mailing)
        answer = await browser.post("email-verifications/confirm", {"token": read_token(letter)})
        assert answer.json == {"email": EMAIL}


class TestMergeByMail:
    async def test_the_two_are_one_from_then_on(self, server, by_key, ada):
        await ada.put("node-packs/friend", {"decision": "always"})
        answer = await by_key.post("identities/email", WITH_MAIL)

        assert (answer.status, answer.json["merged"]) == (200, True)
        account = answer.json["account"]
        assert account["id"] == await by_key.account_id(), "the one that is signed in survives"
        assert (account["email"], account["role"]) == (EMAIL, "user")
        assert await ada.account() == await by_key.account()
        assert await ada.run_uses() == "account"
        packs = (await by_key.get("node-packs")).json["node_packs"]
        assert [pack["name"] for pack in packs] == ["friend"]

    async def test_without_the_others_password_nothing_happens(self, server, by_key, ada):
        before = server.kept()
        answer = await by_key.post("identities/email", {**WITH_MAIL, "password": OTHER_PASSWORD})
        await assert_refused(server, answer, 401, "email_or_password_wrong", before)

    async def test_while_both_store_a_key_nothing_happens(self, server, by_key, ada):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY_2})
        before = server.kept()
        answer = await by_key.post("identities/email", WITH_MAIL)
        await assert_refused(server, answer, 409, "both_have_keys", before)

    async def test_a_disabled_account_is_not_to_be_had(self, server, owner, by_key, ada):
        await owner.put(f"accounts/{await ada.account_id()}/state", {"state": "disabled"})
        before = server.kept()
        answer = await by_key.post("identities/email", WITH_MAIL)
        await assert_refused(server, answer, 403, "account_disabled", before)

    async def test_the_owners_account_stays_an_owners(self, server, by_key, owner):
        answer = await by_key.post(
            "identities/email", {"email": "olga@example.org", "password": PASSWORD}
        )
        assert answer.json["account"]["role"] == "owner"
        assert (await owner.get("accounts")).status == 200


class TestMergeByKey:
    async def test_the_key_of_another_account_is_taken(self, server, by_key, ada):
        before = server.kept()
        answer = await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        await assert_refused(server, answer, 409, "identity_taken", before)

    async def test_unless_the_two_are_to_be_one(self, server, by_key, ada):
        await by_key.put("node-packs/friend", {"decision": "always"})
        answer = await ada.put("credentials/comfy", {"secret": PRACTICE_KEY, "link_accounts": True})

        assert answer.status == 200
        assert answer.json["credential"]["state"] == "accepted"
        assert await by_key.account() == await ada.account()
        assert (await ada.account())["email"] == EMAIL
        assert await by_key.run_uses() == "account"
        kinds = {each["kind"] for each in (await ada.get("account")).json["identities"]}
        assert kinds == {"password", "comfy-api-key"}

    async def test_two_accounts_with_passwords_stay_two(self, server, ada, ben):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        before = server.kept()
        answer = await ben.put("credentials/comfy", {"secret": PRACTICE_KEY, "link_accounts": True})
        await assert_refused(server, answer, 409, "password_exists", before)

    async def test_a_key_that_the_service_refuses_links_nothing(self, server, by_key, ada):
        before = server.kept()
        unknown = PRACTICE_KEY[:-6] + "000000"
        answer = await ada.put("credentials/comfy", {"secret": unknown, "link_accounts": True})
        await assert_refused(server, answer, 401, "api_key_refused", before)


async def test_in_one_browser_the_letters_of_the_other_way_do_not_mix(mailing, mail_office):
    """A reset of Ada's address never reaches an account that only has her key."""
    browser = await registered(mailing, EMAIL)
    other = mailing.browser()
    await other.log_in(PRACTICE_KEY)
    await mail_office.deliver(mailing)
    await browser.post("password-resets", {"email": ADA.email})
    assert await mail_office.deliver(mailing) == []
