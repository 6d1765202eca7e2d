"""GET and PATCH account, PUT account/email, PUT account/password: what is one's own."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import find_link, read_token, text_of
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL, NEW_EMAIL = "ada@example.org", "lovelace@example.org"
CHANGE = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}


async def assert_refused(server, answer, status: int, code: str, before) -> None:
    assert (answer.status, answer.code) == (status, code)
    assert answer.cookies == []
    assert server.kept() == before


class TestShow:
    async def test_the_account_and_its_ways_to_log_in(self, ada):
        answer = await ada.get("account")

        assert set(answer.json) == {"account", "identities"}
        assert answer.json["account"] == await ada.account()
        assert answer.json["identities"] == [
            {
                "kind": "password",
                "label": None,
                "created_at": "2026-11-23T02:00:00Z",
                "removable": False,
            }
        ]

    async def test_a_key_is_another_way(self, ada):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        identities = (await ada.get("account")).json["identities"]
        assert {each["kind"] for each in identities} == {"password", "comfy-api-key"}

    async def test_nothing_of_the_password_is_shown(self, ada):
        text = (await ada.get("account")).body.decode()
        assert "argon2" not in text
        assert PASSWORD not in text


class TestRename:
    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ("Ada Lovelace", "Ada Lovelace"),
            ("  Ada \t Lovelace\n", "Ada Lovelace"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ('<img src=x onerror="alert(1)">', '<img src=x onerror="alert(1)">'),
            ("{server} %s ${7*7} {{7*7}}", "{server} %s ${7*7} {{7*7}}"),
            ("'; DROP TABLE accounts; --", "'; DROP TABLE accounts; --"),
            ("Größe 名前 👩‍💻", "Größe 名前 👩‍💻"),
            ("e\u0301", "\u00e9"),
            ("x" * 80, "x" * 80),
        ],
        ids=range(9),
    )
    async def test_a_name_comes_back_as_plain_text(self, ada, sent, shown):
        answer = await ada.call("PATCH", "account", {"display_name": sent})

        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.json["account"]["display_name"] == shown
        assert (await ada.account())["display_name"] == shown

    @pytest.mark.parametrize(
        "name", ["", " ", "\u200b", "\u200d", "a\x00", "a\x1b[2J", "\u202eadA", "x" * 81, "\u2028"]
    )
    async def test_what_is_no_name(self, server, ada, name):
        before = server.kept()
        answer = await ada.call("PATCH", "account", {"display_name": name})
        await assert_refused(server, answer, 422, "display_name_invalid", before)

    async def test_it_renames_nobody_else(self, ada, ben):
        await ada.call("PATCH", "account", {"display_name": "Other"})
        assert (await ben.account())["display_name"] == "ben"

    async def test_the_address_and_the_role_cannot_be_sent_along(self, server, ada):
        before = server.kept()
        for field in ("role", "email", "id", "email_verified", "state"):
            answer = await ada.call("PATCH", "account", {"display_name": "x", field: "owner"})
            await assert_refused(server, answer, 422, "invalid_field", before)


class TestChangePassword:
    async def test_the_new_one_counts_and_the_old_one_does_not(self, server, ada):
        assert (await ada.put("account/password", CHANGE)).status == 204
        assert (await server.browser().log_in_by_mail(EMAIL, OTHER_PASSWORD)).status == 201
        assert (await server.browser().log_in_by_mail(EMAIL, PASSWORD)).status == 401

    async def test_all_other_sessions_end_and_this_one_stays(self, server, ada):
        others = [server.browser(), server.browser()]
        for other in others:
            await other.log_in_by_mail(EMAIL)

        await ada.put("account/password", CHANGE)

        assert (await ada.status())["signed_in"] is True
        for other in others:
            assert (await other.status())["signed_in"] is False
            assert await other.run_uses() is None

    async def test_other_people_stay_signed_in(self, ada, ben):
        await ada.put("account/password", CHANGE)
        assert (await ben.status())["signed_in"] is True

    async def test_the_present_one_has_to_be_right(self, server, ada):
        before = server.kept()
        answer = await ada.put("account/password", {**CHANGE, "current_password": "wrong"})
        await assert_refused(server, answer, 403, "password_wrong", before)
        assert server.happened(await ada.account_id())[-1] == "password_refused"

    @pytest.mark.parametrize("new", ["elevenchars", "x" * 129, "password1234", EMAIL])
    async def test_the_new_one_has_to_be_good(self, server, ada, new):
        before = server.kept()
        answer = await ada.put("account/password", {**CHANGE, "new_password": new})
        await assert_refused(server, answer, 422, "password_unacceptable", before)

    async def test_who_logs_in_by_key_alone_has_none_to_change(self, server, owner):
        browser = server.browser()
        await browser.log_in(PRACTICE_KEY)
        before = server.kept()
        answer = await browser.put("account/password", CHANGE)
        await assert_refused(server, answer, 403, "password_wrong", before)

    async def test_reset_links_that_were_made_before_are_void(self, server, owner, ada):
        made = await owner.post(f"accounts/{await ada.account_id()}/password-reset")
        await ada.put("account/password", CHANGE)
        answer = await server.browser().post(
            "password-resets/confirm", {"token": made.json["token"], "new_password": PASSWORD}
        )
        assert (answer.status, answer.code) == (410, "token_invalid")

    async def test_the_person_gets_a_letter_that_says_from_where(self, mailing, mail_office):
        browser = await registered(mailing, EMAIL)
        await mail_office.deliver(mailing)

        firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
        await browser.put("account/password", CHANGE, headers={"User-Agent": firefox})

        (letter,) = await mail_office.deliver(mailing)
        text = text_of(letter)
        assert letter["To"] == EMAIL
        assert "was changed" in letter["Subject"]
        assert "Firefox on Linux" in text
        assert "127.0.0.1" in text
        assert PASSWORD not in str(letter)
        assert OTHER_PASSWORD not in str(letter)


class TestChangeEmailWithoutMail:
    async def test_it_counts_at_once_and_is_not_verified(self, server, owner, ada):
        await owner.put(f"accounts/{await ada.account_id()}/email-verified")

        answer = await ada.put("account/email", {"email": NEW_EMAIL, "password": PASSWORD})

        assert answer.status == 200
        account = answer.json["account"]
        assert (account["email"], account["email_verified"]) == (NEW_EMAIL, False)
        assert account["pending_email"] is None
        assert (await server.browser().log_in_by_mail(NEW_EMAIL)).status == 201
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 401

    async def test_the_password_has_to_be_right(self, server, ada):
        before = server.kept()
        answer = await ada.put("account/email", {"email": NEW_EMAIL, "password": "wrong"})
        await assert_refused(server, answer, 403, "password_wrong", before)

    @pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.org\nBcc: eve@evil.example"])
    async def test_what_is_no_mail_address(self, server, ada, email):
        before = server.kept()
        answer = await ada.put("account/email", {"email": email, "password": PASSWORD})
        await assert_refused(server, answer, 422, "email_invalid", before)

    async def test_somebody_elses_address(self, server, ada, ben):
        before = server.kept()
        answer = await ada.put("account/email", {"email": "BEN@example.org", "password": PASSWORD})
        await assert_refused(server, answer, 409, "email_taken", before)

    async def test_the_spelling_of_ones_own_can_change(self, ada):
        answer = await ada.put("account/email", {"email": "Ada@example.org", "password": PASSWORD})
        assert answer.json["account"]["email"] == "Ada@example.org"


class TestChangeEmailWithMail:
    @pytest.fixture
    async def server(self, mailing):
        return mailing

    @pytest.fixture
    async def change(self, server, ada, mail_office):
        """Ada has asked for another address; the letter that came to it."""
        await mail_office.deliver(server)
        answer = await ada.put("account/email", {"email": NEW_EMAIL, "password": PASSWORD})
        assert answer.status == 200
        (letter,) = await mail_office.deliver(server)
        assert letter["To"] == NEW_EMAIL
        return letter

    async def test_until_the_link_is_opened_the_old_one_counts(self, server, ada, change):
        account = await ada.account()
        assert (account["email"], account["pending_email"]) == (EMAIL, NEW_EMAIL)
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 201
        assert (await server.browser().log_in_by_mail(NEW_EMAIL)).status == 401

    async def test_with_the_link_the_new_one_counts_and_the_old_one_is_told(
        self, server, ada, change, mail_office
    ):
        assert find_link(change).startswith(f"{server.url}/#passport-verify=")
        body = {"token": read_token(change)}

        answer = await server.browser().post("email-verifications/confirm", body)

        assert (answer.status, answer.json) == (200, {"email": NEW_EMAIL})
        account = await ada.account()
        assert (account["email"], account["email_verified"]) == (NEW_EMAIL, True)
        assert account["pending_email"] is None
        assert (await server.browser().log_in_by_mail(NEW_EMAIL)).status == 201
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 401
        (told,) = await mail_office.deliver(server)
        assert told["To"] == EMAIL
        assert NEW_EMAIL in text_of(told)

    async def test_somebody_who_registers_it_meanwhile_keeps_it(self, server, ada, change):
        await registered(server, NEW_EMAIL)
        body = {"token": read_token(change)}
        answer = await server.browser().post("email-verifications/confirm", body)
        assert (answer.status, answer.code) == (409, "email_taken")
        assert (await ada.account())["email"] == EMAIL

    async def test_a_second_change_voids_the_link_of_the_first(self, server, ada, change):
        await ada.put("account/email", {"email": "third@example.org", "password": PASSWORD})
        body = {"token": read_token(change)}
        answer = await server.browser().post("email-verifications/confirm", body)
        assert (answer.status, answer.code) == (410, "token_invalid")

    async def test_a_changed_password_voids_it(self, server, ada, change):
        await ada.put("account/password", CHANGE)
        body = {"token": read_token(change)}
        answer = await server.browser().post("email-verifications/confirm", body)
        assert (answer.status, answer.code) == (410, "token_invalid")
