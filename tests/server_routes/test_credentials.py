"""credentials: masks out, secrets only in."""

from __future__ import annotations

import pytest
from passport.dev.practice import (
    ADA,
    BEN,
    FREE_TIER_KEY,
    PRACTICE_KEY,
    PRACTICE_KEY_2,
    practice_key,
)

FIELDS = {
    "service",
    "kind",
    "profile",
    "mask",
    "source",
    "state",
    "cause",
    "holder",
    "created_at",
    "checked_at",
    "last_used_at",
    "expires_at",
}
PROTECTED = [
    ("GET", "credentials", None),
    ("PUT", "credentials/comfy", {"secret": PRACTICE_KEY}),
    ("DELETE", "credentials/comfy", None),
    ("POST", "credentials/comfy/check", None),
]


@pytest.mark.parametrize(("method", "path", "body"), PROTECTED)
async def test_nobody_sees_or_changes_them_without_an_account(browser, method, path, body):
    answer = await browser.call(method, path, body)
    assert (answer.status, answer.code) == (401, "not_signed_in")


class TestListing:
    async def test_it_shows_a_mask_and_never_the_key(self, browser):
        await browser.log_in(PRACTICE_KEY)

        answer = await browser.get("credentials")

        assert set(answer.json) == {"credentials"}
        (credential,) = answer.json["credentials"]
        assert set(credential) == FIELDS
        assert credential["mask"] == f"comfyui-…{PRACTICE_KEY[-4:]}"
        assert PRACTICE_KEY[8:-4] not in answer.body.decode()

    async def test_each_account_sees_its_own(self, server, browser):
        other = server.browser()
        await browser.log_in(PRACTICE_KEY)
        await other.log_in(PRACTICE_KEY_2)

        (mine,) = (await browser.get("credentials")).json["credentials"]
        (theirs,) = (await other.get("credentials")).json["credentials"]

        assert mine["holder"]["name"] == ADA.name
        assert theirs["holder"]["name"] == BEN.name

    async def test_the_default_of_the_machine_comes_last(self, start_server):
        browser = (await start_server(COMFY_API_KEY=PRACTICE_KEY_2)).browser()
        await browser.log_in(PRACTICE_KEY)

        account, machine = (await browser.get("credentials")).json["credentials"]

        assert (account["source"], machine["source"]) == ("account", "machine")
        assert set(machine) == FIELDS
        assert machine["mask"] == f"comfyui-…{PRACTICE_KEY_2[-4:]}"
        assert machine["state"] == "not_checked"

    async def test_the_default_of_the_machine_is_not_shown_to_who_may_not_use_it(
        self, start_server
    ):
        browser = (await start_server(COMFY_API_KEY=PRACTICE_KEY_2)).browser()
        await browser.log_in(PRACTICE_KEY)

        shown = await browser.get("credentials", headers={"Host": "192.168.1.20"})

        assert [item["source"] for item in shown.json["credentials"]] == ["account"]


class TestReplacing:
    async def test_the_new_key_takes_the_place_of_the_old_one(self, server, browser):
        account = (await browser.log_in(PRACTICE_KEY)).json["account"]

        answer = await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})

        assert answer.status == 200
        assert set(answer.json) == {"credential"}
        assert set(answer.json["credential"]) == FIELDS
        assert answer.json["credential"]["holder"]["name"] == BEN.name
        (credential,) = (await browser.get("credentials")).json["credentials"]
        assert credential == answer.json["credential"]
        status = await browser.status()
        assert status["account"]["id"] == account["id"]

    async def test_from_then_on_the_new_key_logs_in_and_the_old_one_is_somebody_else(
        self, server, browser
    ):
        account = (await browser.log_in(PRACTICE_KEY)).json["account"]
        await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})

        by_new = await server.browser().log_in(PRACTICE_KEY_2)
        by_old = await server.browser().log_in(PRACTICE_KEY)

        assert by_new.json["account"]["id"] == account["id"]
        assert by_old.json["account"]["id"] != account["id"]

    @pytest.mark.parametrize(
        ("secret", "status", "code"),
        [
            ("comfyui-short", 422, "api_key_malformed"),
            (practice_key("nobody"), 401, "api_key_refused"),
            (FREE_TIER_KEY, 403, "api_key_not_permitted"),
        ],
    )
    async def test_a_key_that_is_turned_away_leaves_the_old_one(
        self, browser, secret, status, code
    ):
        await browser.log_in(PRACTICE_KEY)
        before = (await browser.get("credentials")).json

        answer = await browser.put("credentials/comfy", {"secret": secret})

        assert (answer.status, answer.code) == (status, code)
        assert (await browser.get("credentials")).json == before

    async def test_nonsense_leaves_the_old_one(self, browser, api):
        await browser.log_in(PRACTICE_KEY)
        before = (await browser.get("credentials")).json
        await api.set_mode("nonsense")

        answer = await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})

        assert (answer.status, answer.code) == (502, "service_answered_nonsense")
        assert (await browser.get("credentials")).json == before

    async def test_an_unreachable_service_stores_the_key_as_not_checked(self, browser, api):
        await browser.log_in(PRACTICE_KEY)
        await api.set_mode("down")

        answer = await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})

        credential = answer.json["credential"]
        assert (credential["state"], credential["cause"]) == ("not_checked", "connect")
        assert credential["mask"].endswith(PRACTICE_KEY_2[-4:])

    async def test_the_key_of_another_account_is_refused(self, server, browser):
        await server.browser().log_in(PRACTICE_KEY_2)
        await browser.log_in(PRACTICE_KEY)

        answer = await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})

        assert (answer.status, answer.code) == (409, "identity_taken")
        (credential,) = (await browser.get("credentials")).json["credentials"]
        assert credential["holder"]["name"] == ADA.name

    async def test_over_plain_http_from_elsewhere_it_must_be_confirmed(self, browser):
        await browser.log_in(PRACTICE_KEY)
        elsewhere = {"Host": "192.168.1.20:8188"}
        body = {"secret": PRACTICE_KEY_2}

        refused = await browser.put("credentials/comfy", body, headers=elsewhere)
        body["accept_insecure"] = True
        confirmed = await browser.put("credentials/comfy", body, headers=elsewhere)

        assert (refused.status, refused.code) == (403, "insecure_connection")
        assert confirmed.status == 200


class TestRemoving:
    async def test_it_is_gone_at_once_and_the_account_stays(self, browser):
        await browser.log_in(PRACTICE_KEY)

        answer = await browser.delete("credentials/comfy")

        assert (answer.status, answer.body) == (204, b"")
        assert (await browser.get("credentials")).json == {"credentials": []}
        status = await browser.status()
        assert (status["signed_in"], status["credential"]) == (True, None)
        assert status["run"] == {"uses": "none", "mask": None}

    async def test_what_is_not_there_cannot_be_removed(self, browser):
        await browser.log_in(PRACTICE_KEY)
        await browser.delete("credentials/comfy")

        answer = await browser.delete("credentials/comfy")

        assert (answer.status, answer.code) == (404, "credential_missing")

    async def test_another_account_keeps_its_own(self, server, browser):
        other = server.browser()
        await other.log_in(PRACTICE_KEY_2)
        await browser.log_in(PRACTICE_KEY)
        await browser.delete("credentials/comfy")

        assert len((await other.get("credentials")).json["credentials"]) == 1


class TestChecking:
    async def check(self, browser):
        answer = await browser.post("credentials/comfy/check")
        assert answer.status == 200
        assert set(answer.json) == {"credential"}
        assert set(answer.json["credential"]) == FIELDS
        return answer.json["credential"]

    async def test_a_key_that_was_deleted_at_the_service_is_refused_and_kept(self, browser, api):
        await browser.log_in(PRACTICE_KEY)
        api.revoke(PRACTICE_KEY)

        assert (await self.check(browser))["state"] == "refused"
        assert (await browser.status())["credential"]["state"] == "refused"

    async def test_a_key_stored_in_an_outage_is_accepted_once_it_is_over(
        self, server, browser, api
    ):
        await api.set_mode("down")
        await browser.log_in(PRACTICE_KEY)
        await api.set_mode("up")
        server.clock.advance(minutes=5)

        credential = await self.check(browser)

        assert (credential["state"], credential["cause"]) == ("accepted", None)
        assert credential["checked_at"] == "2026-11-23T02:05:00Z"
        assert credential["holder"]["name"] == ADA.name

    @pytest.mark.parametrize("mode", ["down", "nonsense", "server_error", "proxy_407", "redirect"])
    async def test_an_outage_never_turns_a_good_key_into_a_bad_one(self, browser, api, mode):
        await browser.log_in(PRACTICE_KEY)
        await api.set_mode(mode)

        credential = await self.check(browser)

        assert credential["state"] == "accepted"
        assert credential["cause"] is not None
        assert credential["checked_at"] == "2026-11-23T02:00:00Z"

    async def test_without_a_key_there_is_nothing_to_check(self, browser):
        await browser.log_in(PRACTICE_KEY)
        await browser.delete("credentials/comfy")

        answer = await browser.post("credentials/comfy/check")

        assert (answer.status, answer.code) == (404, "credential_missing")

    async def test_a_check_that_began_before_a_replacement_does_not_mark_the_new_key(
        self, server, browser, api
    ):
        import asyncio

        await browser.log_in(PRACTICE_KEY)
        api.revoke(PRACTICE_KEY)
        await api.set_mode("slow", slow_seconds=0.3)
        checking = asyncio.create_task(browser.post("credentials/comfy/check"))
        await asyncio.sleep(0.1)
        await api.set_mode("up")
        await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})
        await checking

        assert (await browser.status())["credential"]["state"] == "accepted"


@pytest.mark.parametrize("name", ["openai", "COMFY", "comfy%20", "..%2fcomfy", "%F0%9F%94%91", "*"])
@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [("PUT", "", {"secret": PRACTICE_KEY_2}), ("DELETE", "", None), ("POST", "/check", None)],
)
async def test_services_that_nobody_knows_are_not_found(browser, name, method, tail, body):
    await browser.log_in(PRACTICE_KEY)

    answer = await browser.call(method, f"credentials/{name}{tail}", body)

    assert (answer.status, answer.code) == (404, "service_unknown")
    assert len((await browser.get("credentials")).json["credentials"]) == 1
