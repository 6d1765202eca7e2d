"""The hosted Comfy account over HTTP: hand-over, keys, credits, subscription, the kept log-in."""
# The service is a FAKE written from its published interface; its ID tokens are real RS256.

from __future__ import annotations

from datetime import timedelta

import pytest
from passport.accounts.hosted_tokens import HeldToken
from passport.clock import utc_now
from passport.dev.practice import ADA, BEN, PRACTICE_KEY
from passport.providers.unreachable import unreachable
from passport.secret import Secret

HAND_OVER = "comfy-account/hand-over"


@pytest.fixture
async def server(start_server, api):
    started = await start_server(
        PASSPORT_FIREBASE_KEYS_URL=api.keys_url,
        PASSPORT_COMFY_CLOUD_BASE=api.cloud_url,
        PASSPORT_SERVER_NAME="studio",
    )
    started.clock.now = utc_now()  # the tokens are of today
    return started


@pytest.fixture
async def browser(server):
    return server.browser()


@pytest.fixture
def token(api):
    return api.token_for(ADA)


async def hand_over(browser, token, **fields):
    return await browser.post(HAND_OVER, {"id_token": token, **fields})


class TestHandingOver:
    async def test_it_logs_in_and_runs_have_a_key_named_after_this_server(
        self, server, browser, api, token
    ):
        answer = await hand_over(browser, token)

        assert answer.status == 201
        assert answer.json["account"]["email"] == ADA.email
        assert answer.json["key_made"] is True
        assert answer.json["reason"] is None
        assert answer.json["credential"]["kind"] == "api-key"
        assert answer.json["credential"]["state"] == "accepted"
        (made,) = api.customers.keys
        assert made.name == "Passport on studio"
        assert made.plaintext not in answer.body.decode()
        assert await browser.run_uses() == "account"
        overview = (await browser.get("comfy-account")).json
        assert overview["connected"] is True
        assert overview["email"] == ADA.email
        assert overview["session"] is None
        assert overview["made_key"] == {"id": made.id, "name": "Passport on studio"}

    async def test_again_from_another_browser_it_is_the_same_account_and_the_same_key(
        self, server, browser, api, token
    ):
        first = await hand_over(browser, token)
        second = await hand_over(server.browser(), token)

        assert second.json["account"]["id"] == first.json["account"]["id"]
        assert second.json["key_made"] is False
        assert len(api.customers.keys) == 1

    async def test_a_key_that_was_deleted_there_is_replaced_and_none_is_left_behind(
        self, server, browser, api, token
    ):
        await hand_over(browser, token)
        (first,) = api.customers.keys
        orphan = api.customers.make_key(ADA, "orphan", first.description)
        foreign = api.customers.make_key(ADA, "laptop", "made elsewhere")
        api.revoke(first.plaintext)

        answer = await hand_over(server.browser(), token)

        assert answer.json["key_made"] is True
        ids = [key.id for key in api.customers.keys]
        assert len(ids) == 2
        assert foreign.id in ids
        assert orphan.id not in ids
        assert first.id not in ids

    async def test_signed_in_it_is_linked_to_this_account(self, server, browser, api, token):
        await browser.register("olga@example.org")
        account_id = await browser.account_id()

        answer = await hand_over(browser, token)

        assert answer.status == 200
        assert answer.json["account"]["id"] == account_id
        again = await hand_over(server.browser(), token)
        assert again.json["account"]["id"] == account_id

    async def test_adding_a_way_in_needs_a_fresh_proof_and_handing_over_again_none(
        self, server, browser, api
    ):
        await browser.register("olga@example.org")
        server.clock.advance(minutes=6)
        answer = await hand_over(browser, api.token_for(ADA))
        assert (answer.status, answer.code) == (403, "reauthentication_required")
        assert api.customers.keys == []

        await browser.log_in_by_mail("olga@example.org")
        assert (await hand_over(browser, api.token_for(ADA))).status == 200
        server.clock.advance(minutes=6)
        assert (await hand_over(browser, api.token_for(ADA))).status == 200

    async def test_it_proves_again_that_it_is_still_the_person(self, server, browser, api, token):
        await hand_over(browser, token)
        server.clock.advance(minutes=6)
        refused = await browser.post("account/export", {})
        assert refused.json["error"]["details"]["methods"] == ["comfy"]
        old = await hand_over(browser, token, purpose="reauthenticate")
        assert (old.status, old.code) == (403, "identity_other")
        now = int(server.clock.now.timestamp())

        of_ben = api.token_for(BEN, auth_time=now)
        assert (await hand_over(browser, of_ben, purpose="reauthenticate")).code == "identity_other"
        fresh = api.token_for(ADA, auth_time=now)
        assert (await hand_over(browser, fresh, purpose="reauthenticate")).status == 204
        assert (await browser.post("account/export", {})).status == 200

    async def test_where_comfy_makes_no_key_the_log_in_itself_is_stored_with_its_end(
        self, server, browser, api, token
    ):
        api.account.refuse_keys = True

        answer = await hand_over(browser, token)

        assert answer.status == 201
        assert answer.json["key_made"] is False
        assert answer.json["reason"] == "not_permitted"
        credential = answer.json["credential"]
        assert (credential["kind"], credential["state"]) == ("id-token", "accepted")
        assert credential["expires_at"] is not None
        assert token not in answer.body.decode()
        refused = await browser.post("credentials/comfy/reveal", {})
        assert (refused.status, refused.code) == (404, "credential_missing")
        server.clock.advance(hours=2)
        (listed,) = (await browser.get("credentials")).json["credentials"]
        assert listed["state"] == "expired"
        (row,) = [
            check
            for check in (await browser.get("checks")).json["checks"]
            if check["id"] == "credential"
        ]
        assert row["state"] == "fail"

    @pytest.mark.parametrize("mode", ["down", "server_error", "proxy_407", "redirect"])
    async def test_a_dead_service_makes_nothing_half(self, server, browser, api, token, mode):
        assert (await hand_over(server.browser(), api.token_for(BEN))).status == 201  # keys known
        before = server.kept()
        await api.set_mode(mode)

        answer = await hand_over(browser, token)

        assert (answer.status, answer.code) == (502, "service_unreachable")
        assert server.kept() == before
        assert (await browser.status())["signed_in"] is False

    async def test_a_key_for_somebody_who_may_not_come_in_is_deleted_again(
        self, server, browser, api, token
    ):
        await server.browser().register("olga@example.org")
        object.__setattr__(server.services.accounts.admission, "mode", "closed")

        answer = await hand_over(browser, token)

        assert (answer.status, answer.code) == (403, "registration_closed")
        assert api.customers.keys == []

    async def test_a_key_that_cannot_be_taken_back_is_named(self, server, browser, api, token):
        await server.browser().register("olga@example.org")
        object.__setattr__(server.services.accounts.admission, "mode", "closed")

        async def refuse(*_):
            raise unreachable("connect", "api.comfy.example")

        server.services.hosted.api.delete_key = refuse
        answer = await hand_over(browser, token)

        assert answer.code == "registration_closed"
        assert answer.json["error"]["details"]["key_left"] == "Passport on studio"

    async def test_a_cancelled_account_gets_no_key(self, server, browser, api, token):
        await server.browser().register("olga@example.org")
        await hand_over(browser, token)
        (made,) = api.customers.keys
        await browser.delete("credentials/comfy")
        assert (await browser.post("account/cancel", {})).status == 200

        other = server.browser()
        answer = await hand_over(other, token)

        assert answer.status == 201
        assert answer.json["credential"] is None
        assert [key.id for key in api.customers.keys] == [made.id]

    async def test_over_plain_http_from_elsewhere_it_wants_a_confirmation(self, server, token):
        far = server.browser(place={"Host": "192.0.2.7:8188", "X-Forwarded-For": "192.0.2.9"})
        answer = await hand_over(far, token)
        assert (answer.status, answer.code) == (403, "insecure_connection")


class TestBadTokens:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"aud": "another-project"}, "audience"),
            ({"iss": "https://securetoken.google.com/another"}, "issuer"),
            ({"exp": 1}, "expired"),
            ({"sub": ""}, "subject"),
            ({"sub": None}, "subject"),
            ({"auth_time": None}, "malformed"),
            ({"auth_time": 99_999_999_999}, "malformed"),
            ({"iat": 99_999_999_999}, "expired"),
        ],
    )
    async def test_it_proves_nobody(self, server, browser, api, changes, reason):
        await browser.status()
        before = server.kept()

        answer = await hand_over(browser, api.token_for(ADA, **changes))

        assert (answer.status, answer.code) == (403, "comfy_token_invalid")
        assert answer.json["error"]["details"]["reason"] == reason
        assert server.kept() == before
        assert api.customers.keys == []

    async def test_the_second_after_it_expired(self, server, browser, api):
        end = int(server.clock.now.timestamp())
        answer = await hand_over(browser, api.token_for(ADA, exp=end))
        assert answer.code == "comfy_token_invalid"

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "x" * 60_000, PRACTICE_KEY])
    async def test_what_is_no_token(self, browser, text):
        answer = await hand_over(browser, text)
        assert (answer.status, answer.code) == (403, "comfy_token_invalid")


class TestManaging:
    @pytest.fixture(autouse=True)
    async def _logged_in(self, browser, token):
        await hand_over(browser, token)

    @pytest.fixture
    def shown(self, token):
        return {"X-Comfy-Token": token}

    async def test_credits_skip_fields_that_are_there_and_zero(self, browser, api, shown):
        api.account.balances[ADA.id] = {
            "effective_balance_micros": 0,
            "amount_micros": 2_000_000,
            "prepaid_balance_micros": 9_000_000,
        }
        answer = await browser.get("credits", headers=shown)
        assert answer.json["balance_usd"] == 2
        assert answer.json["credits"] == 422
        assert len(answer.json["events"]) == 20
        assert answer.json["total"] == 23

    async def test_what_was_spent_comes_page_by_page(self, browser, shown):
        first = (await browser.get("credits", headers=shown)).json
        second = (await browser.get("credits?page=2", headers=shown)).json
        assert (first["next_page"], second["next_page"]) == (2, None)
        assert len({event["id"] for event in first["events"] + second["events"]}) == 23
        beyond = (await browser.get("credits?page=3", headers=shown)).json
        assert (beyond["events"], beyond["next_page"]) == ([], None)
        assert (await browser.get("credits?page=0", headers=shown)).code == "invalid_field"

    async def test_less_than_nothing_is_shown_as_that(self, browser, api, shown):
        api.account.balances[ADA.id] = {"effective_balance_micros": -1_000_000}
        assert (await browser.get("credits", headers=shown)).json["credits"] == -211

    async def test_credits_come_by_the_stored_key_where_no_log_in_is_at_hand(self, browser, api):
        answer = await browser.get("credits")
        assert answer.status == 200
        assert answer.json["credits"] == 1055

    async def test_everything_else_says_that_a_log_in_is_needed(self, browser):
        for method, path in (
            ("GET", "comfy-account/keys"),
            ("GET", "comfy-account/subscription"),
            ("POST", "comfy-account/billing-portal"),
        ):
            answer = await browser.call(method, path)
            assert (answer.status, answer.code) == (409, "comfy_log_in_needed"), path

    async def test_another_persons_log_in_is_not_taken(self, browser, api):
        answer = await browser.get("credits", headers={"X-Comfy-Token": api.token_for(BEN)})
        assert (answer.status, answer.code) == (403, "comfy_token_invalid")
        assert answer.json["error"]["details"]["reason"] == "other_account"

    async def test_links_to_pay(self, browser, shown):
        top_up = await browser.post("comfy-account/top-up", {"amount_usd": 5}, headers=shown)
        assert top_up.json["url"].endswith("amount_micros=5000000")
        portal = await browser.post("comfy-account/billing-portal", headers=shown)
        assert portal.json["url"].startswith("https://")
        for amount in (0, -1, 10_001):
            body = {"amount_usd": amount}
            assert (await browser.post("comfy-account/top-up", body, headers=shown)).status == 422

    async def test_a_subscription_is_cancelled_and_taken_back(self, browser, api, shown):
        subscription = api.customers.subscription(ADA)
        subscription.is_active, subscription.subscription_id = True, "sub-1"
        subscription.renewal_date, subscription.end_date = "2026-12-01T00:00:00Z", None
        base = "comfy-account/subscription"
        assert (await browser.get(base, headers=shown)).json["state"] == "active"

        cancelled = await browser.post(f"{base}/cancel", headers=shown)
        assert cancelled.json["state"] == "ending"
        assert cancelled.json["end_date"] == "2026-12-01T00:00:00Z"
        assert (cancelled.json["can_cancel"], cancelled.json["can_resubscribe"]) == (False, True)
        again = await browser.post(f"{base}/cancel", headers=shown)
        assert (again.status, again.code) == (403, "comfy_refused")
        assert (await browser.post(f"{base}/resubscribe", headers=shown)).json["state"] == "active"

    async def test_a_key_for_elsewhere_is_shown_once_and_kept_nowhere(self, server, browser, shown):
        body = {"name": "laptop", "description": "mine"}
        made = await browser.post("comfy-account/keys", body, headers=shown)
        assert made.status == 201
        secret = made.json["plaintext_key"]
        listed = await browser.get("comfy-account/keys", headers=shown)
        assert {key["name"]: key["made_here"] for key in listed.json["keys"]} == {
            "Passport on studio": True,
            "laptop": False,
        }
        assert secret not in listed.body.decode()
        assert secret not in repr(server.kept())

    async def test_deleting_the_key_that_runs_have_removes_it_here_too(
        self, server, browser, api, shown
    ):
        (made,) = api.customers.keys
        answer = await browser.delete(f"comfy-account/keys/{made.id}", headers=shown)
        assert answer.status == 204
        assert api.customers.keys == []
        assert (await browser.get("credentials")).json["credentials"] == []
        assert (await browser.get("comfy-account")).json["made_key"] is None
        assert {"comfy_key_made", "comfy_key_deleted"} <= set(server.happened())

    async def test_a_key_of_ours_that_is_gone_there_goes_here_all_the_same(
        self, browser, api, shown
    ):
        (made,) = api.customers.keys
        api.revoke(made.plaintext)
        path = f"comfy-account/keys/{made.id}"
        assert (await browser.delete(path, headers=shown)).status == 204
        assert (await browser.get("credentials")).json["credentials"] == []
        missing = await browser.delete(path, headers=shown)
        assert (missing.status, missing.code) == (404, "comfy_key_missing")

    @pytest.mark.parametrize("key_id", ["..%2Fbalance", "a%20b", "x" * 65, "%0a"])
    async def test_an_id_that_is_none_never_reaches_the_service(self, browser, api, shown, key_id):
        before = len(api.calls)
        answer = await browser.delete(f"comfy-account/keys/{key_id}", headers=shown)
        assert (answer.status, answer.code) == (404, "comfy_key_missing")
        assert len(api.calls) == before

    async def test_a_customer_who_is_not_set_up_is_set_up_and_asked_once_more(
        self, browser, api, shown
    ):
        api.customers._seen.clear()
        assert (await browser.get("credits", headers=shown)).status == 200

    async def test_the_only_way_in_stays(self, browser):
        answer = await browser.delete("comfy-account")
        assert (answer.status, answer.code) == (409, "last_way_in")


async def test_forgetting_the_hosted_account_leaves_the_other_way_in(server, browser, api, token):
    await browser.register("olga@example.org")
    api.account.refuse_keys = True
    await hand_over(browser, token)

    assert (await browser.delete("comfy-account")).status == 204

    overview = (await browser.get("comfy-account")).json
    assert (overview["connected"], overview["email"]) == (False, None)
    assert (await browser.get("credentials")).json["credentials"] == []


async def test_logging_out_anywhere_takes_the_id_token_from_memory(server, browser, token):
    await hand_over(browser, token)
    account_id = await browser.account_id()
    held, feed = server.services.hosted.sessions.held, server.services.accounts.change_feed
    feed.poll()
    until = server.clock.now + timedelta(hours=1)
    held.keep(account_id, HeldToken(Secret("an ID token"), until, b"row"))
    await browser.delete("session")
    feed.poll()
    assert account_id not in held
