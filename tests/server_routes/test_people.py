"""The owner's calls on accounts: list, disable, vouch, hand out a reset, log out."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import read_token
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL = "ada@example.org"
NOBODY = "0" * 32
FIELDS = {
    "id",
    "display_name",
    "email",
    "email_verified",
    "pending_email",
    "role",
    "has_password",
    "comfy_user",
    "state",
    "purge_at",
    "created_at",
    "last_seen_at",
    "sessions",
    "identities",
}


async def list_of(owner, query=""):
    answer = await owner.get(f"accounts{query}")
    assert answer.status == 200
    return answer.json["accounts"]


async def emails(owner, query=""):
    return {account["email"] for account in await list_of(owner, query)}


class TestList:
    @pytest.mark.asvs("8.2.3")
    async def test_what_is_shown_of_each(self, server, owner, ada):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        await server.browser().log_in_by_mail(EMAIL)
        (account,) = [each for each in await list_of(owner) if each["email"] == EMAIL]

        assert set(account) == FIELDS
        assert account["state"] == "active"
        assert account["sessions"] == 2
        assert set(account["identities"]) == {"password", "comfy-api-key"}
        assert account["created_at"] == account["last_seen_at"] == "2026-11-23T02:00:00Z"

    async def test_no_secret_is_shown(self, owner, ada):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        text = (await owner.get("accounts")).body.decode()
        for secret in (PRACTICE_KEY[8:], PRACTICE_KEY[-4:], PASSWORD, "argon2"):
            assert secret not in text

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("", {"olga@example.org", EMAIL, "ben@example.org"}),
            ("ada", {EMAIL}),
            ("ADA", {EMAIL}),
            ("  ada ", {EMAIL}),
            ("example.org", {"olga@example.org", EMAIL, "ben@example.org"}),
            ("Lovelace", {EMAIL}),
            ("%25", set()),
            ("_", set()),
            ("%5c", set()),
            ("'", set()),
            ("%ff", set()),
            ("x" * 3000, set()),
        ],
        ids=range(12),
    )
    async def test_search_by_address_or_name(self, owner, ada, ben, search, found):
        await ada.call("PATCH", "account", {"display_name": "Countess Lovelace"})
        assert await emails(owner, f"?search={search}") == found

    async def test_pages(self, server, owner):
        for n in range(6):
            server.clock.advance(seconds=1)
            await registered(server, f"person{n}@example.org")
        seen, after = [], ""
        while after is not None:
            answer = await owner.get(f"accounts?limit=3{after and f'&after={after}'}")
            seen += [account["email"] for account in answer.json["accounts"]]
            after = answer.json["next_after"]
        assert seen == [f"person{n}@example.org" for n in range(5, -1, -1)] + ["olga@example.org"]

    async def test_after_nobody_there_is_nobody(self, owner, ada):
        for after in (NOBODY, "x", "%25", "..%2f", "a" * 3000):
            assert await list_of(owner, f"?after={after}") == []

    @pytest.mark.parametrize(
        "limit",
        ["0", "-1", "201", "1.5", "x", "", "1e3", "٣", "99999999999999999999", "true", "+1"],
    )
    async def test_a_limit_that_is_none(self, owner, limit):
        answer = await owner.get(f"accounts?limit={limit}")
        assert (answer.status, answer.code) == (422, "invalid_field")
        assert answer.json["error"]["details"] == {"field": "limit"}


class TestDisable:
    async def disable(self, owner, browser, state="disabled"):
        return await owner.put(f"accounts/{await browser.account_id()}/state", {"state": state})

    @pytest.mark.asvs("7.4.2")
    async def test_its_sessions_end_at_once(self, server, owner, ada, ben):
        other = server.browser()
        await other.log_in_by_mail(EMAIL)

        answer = await self.disable(owner, ada)

        assert answer.status == 200
        assert answer.json["account"]["state"] == "disabled"
        for browser in (ada, other):
            assert (await browser.status())["signed_in"] is False
            assert await browser.run_uses() is None
        assert (await ben.status())["signed_in"] is True

    async def test_its_key_logs_in_no_more_and_is_not_made_anew(self, server, owner, ada):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        await self.disable(owner, ada)
        before = server.kept()
        answer = await server.browser().log_in(PRACTICE_KEY)
        assert (answer.status, answer.code) == (403, "account_disabled")
        assert server.kept() == before

    async def test_enabled_again_it_is_as_it_was(self, server, owner, ada):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        account_id = await ada.account_id()
        await self.disable(owner, ada)
        answer = await owner.put(f"accounts/{account_id}/state", {"state": "active"})
        assert answer.json["account"]["state"] == "active"
        assert (await ada.status())["signed_in"] is False, "what ended stays ended"
        answer = await ada.log_in_by_mail(EMAIL)
        assert answer.json["credential"]["state"] == "accepted"

    async def test_the_only_owner_cannot_be_disabled(self, server, owner):
        before = server.kept()
        answer = await self.disable(owner, owner)
        assert (answer.status, answer.code) == (409, "last_owner")
        assert server.kept() == before

    @pytest.mark.parametrize("state", ["", "Disabled", "deleted", "owner", "x" * 1000])
    async def test_states_that_do_not_exist(self, server, owner, ada, state):
        before = server.kept()
        answer = await self.disable(owner, ada, state)
        assert (answer.status, answer.code) == (422, "invalid_field")
        assert server.kept() == before

    async def test_it_is_written_down_with_who_did_it(self, owner, ada):
        account_id = await ada.account_id()
        await self.disable(owner, ada)
        events = (await owner.get("audit?everyone=true")).json["events"]
        assert events[0]["action"] == "account_disabled"
        assert events[0]["account"]["id"] == account_id
        assert events[0]["details"] == {"by": await owner.account_id()}


class TestVouch:
    async def test_the_address_counts_as_verified(self, owner, ada):
        answer = await owner.put(f"accounts/{await ada.account_id()}/email-verified")
        assert answer.json["account"]["email_verified"] is True
        assert (await ada.account())["email_verified"] is True

    async def test_an_account_without_an_address_of_its_own(self, server, owner):
        browser = server.browser()
        await browser.log_in(PRACTICE_KEY)
        before = server.kept()
        answer = await owner.put(f"accounts/{await browser.account_id()}/email-verified")
        assert (answer.status, answer.code) == (409, "email_missing")
        assert server.kept() == before


class TestPasswordReset:
    @pytest.mark.asvs("6.4.6")
    async def test_the_token_sets_a_new_password(self, server, owner, ada):
        answer = await owner.post(f"accounts/{await ada.account_id()}/password-reset")

        assert answer.status == 201
        token = answer.json["token"]
        assert answer.json == {
            "token": token,
            "link": f"{server.url}/#passport-reset={token}",
            "expires_at": "2026-11-23T03:00:00Z",
        }
        body = {"token": token, "new_password": OTHER_PASSWORD}
        assert (await server.browser().post("password-resets/confirm", body)).status == 204
        assert (await ada.status())["signed_in"] is False
        assert (await ada.log_in_by_mail(EMAIL, OTHER_PASSWORD)).status == 201

    async def test_nothing_changes_until_it_is_used(self, server, owner, ada):
        await owner.post(f"accounts/{await ada.account_id()}/password-reset")
        assert (await ada.status())["signed_in"] is True
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 201

    async def test_a_second_one_voids_the_first(self, server, owner, ada):
        path = f"accounts/{await ada.account_id()}/password-reset"
        first = (await owner.post(path)).json["token"]
        await owner.post(path)
        body = {"token": first, "new_password": OTHER_PASSWORD}
        answer = await server.browser().post("password-resets/confirm", body)
        assert (answer.status, answer.code) == (410, "token_invalid")

    async def test_it_goes_into_no_mail(self, mailing, mail_office):
        owner = await registered(mailing, "olga@example.org")
        ada = await registered(mailing, EMAIL)
        await mail_office.deliver(mailing)
        answer = await owner.post(f"accounts/{await ada.account_id()}/password-reset")
        assert answer.status == 201
        assert await mail_office.deliver(mailing) == []

    async def test_one_from_a_mail_and_one_of_the_owner_void_each_other(self, mailing, mail_office):
        owner = await registered(mailing, "olga@example.org")
        ada = await registered(mailing, EMAIL)
        await ada.post("password-resets", {"email": EMAIL})
        letters = await mail_office.deliver(mailing)
        (letter,) = [each for each in letters if "new password" in each["Subject"]]
        await owner.post(f"accounts/{await ada.account_id()}/password-reset")
        body = {"token": read_token(letter), "new_password": OTHER_PASSWORD}
        assert (await ada.post("password-resets/confirm", body)).code == "token_invalid"

    async def test_an_account_that_has_no_password(self, server, owner):
        browser = server.browser()
        await browser.log_in(PRACTICE_KEY)
        before = server.kept()
        answer = await owner.post(f"accounts/{await browser.account_id()}/password-reset")
        assert (answer.status, answer.code) == (409, "email_missing")
        assert server.kept() == before


class TestLogOut:
    @pytest.mark.asvs("7.4.5")
    async def test_everywhere(self, server, owner, ada, ben):
        other = server.browser()
        await other.log_in_by_mail(EMAIL)

        answer = await owner.delete(f"accounts/{await ada.account_id()}/sessions")

        assert (answer.status, answer.json) == (200, {"ended": 2})
        for browser in (ada, other):
            assert (await browser.status())["signed_in"] is False
        assert (await ben.status())["signed_in"] is True
        assert (await ada.log_in_by_mail(EMAIL)).status == 201


PER_ACCOUNT = [
    ("PUT", "accounts/{}/state", {"state": "disabled"}),
    ("PUT", "accounts/{}/email-verified", None),
    ("POST", "accounts/{}/password-reset", None),
    ("DELETE", "accounts/{}/sessions", None),
]
OF_THE_OWNER = [
    ("GET", "accounts", None),
    ("GET", "audit?everyone=true", None),
    ("GET", "invitations", None),
    ("POST", "invitations", {}),
    ("DELETE", f"invitations/{NOBODY}", None),
    ("GET", "mail", None),
    ("POST", "mail/test", None),
    *PER_ACCOUNT,
]


@pytest.mark.parametrize(("method", "path", "body"), PER_ACCOUNT)
@pytest.mark.parametrize(
    "account_id", [NOBODY, "x", "..%2f..%2fstatus", "%25", "' OR 1=1 --", "a" * 3000]
)
async def test_an_account_that_is_not_there(server, owner, ada, method, path, body, account_id):
    before = server.kept()
    answer = await owner.call(method, path.format(account_id), body)
    assert (answer.status, answer.code) == (404, "account_missing")
    assert server.kept() == before


@pytest.mark.parametrize(("method", "path", "body"), OF_THE_OWNER)
class TestWhoeverIsNotTheOwner:
    @pytest.mark.asvs("8.2.1")
    async def test_a_person_may_not_not_even_to_themselves(
        self, server, ada, ben, method, path, body
    ):
        before = server.kept()
        for account_id in (await ben.account_id(), await ada.account_id(), NOBODY):
            answer = await ada.call(method, path.format(account_id), body)
            assert (answer.status, answer.code) == (403, "owner_only")
            assert server.kept() == before

    async def test_a_stranger_may_not(self, server, ada, method, path, body):
        before = server.kept()
        answer = await server.browser().call(method, path.format(await ada.account_id()), body)
        assert (answer.status, answer.code) == (401, "not_signed_in")
        assert server.kept() == before

    async def test_an_owner_who_is_logged_out_may_not(self, owner, ada, method, path, body):
        account_id = await ada.account_id()
        await owner.delete("session")
        answer = await owner.call(method, path.format(account_id), body)
        assert (answer.status, answer.code) == (401, "not_signed_in")
