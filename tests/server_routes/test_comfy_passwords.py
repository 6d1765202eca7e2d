"""The hosted account's own mail and password, and its log-in by code, against Firebase's emulator.

api.comfy.org and cloud.comfy.org are FAKES; Firebase's emulator is its own, with signed ID tokens.
"""

from __future__ import annotations

import pytest
from passport.clock import utc_now
from passport.dev.peer_fixtures import (  # noqa: F401
    firebase_emulator,
    running_firebase_emulator,
)
from passport.dev.practice import Person

EMAIL, PASSWORD, NEWER = "grace@practice.example", "canary correct horse", "canary newer horse"


@pytest.fixture
def firebase(firebase_emulator, api):  # noqa: F811
    api.accept_tokens_by(firebase_emulator.claims_of)
    return firebase_emulator


@pytest.fixture
async def server(start_server, api, firebase):
    started = await start_server(
        PASSPORT_FIREBASE_WEB_KEY=firebase.web_key,
        PASSPORT_FIREBASE_PROJECT=firebase.project,
        PASSPORT_FIREBASE_AUTH_BASE=firebase.auth_base,
        PASSPORT_FIREBASE_TOKEN_BASE=firebase.token_base,
        PASSPORT_FIREBASE_KEYS_URL=firebase.keys_url,
        PASSPORT_COMFY_CLOUD_BASE=api.cloud_url,
        PASSPORT_COMFY_LOGIN_CODE="true",
    )
    started.clock.now = utc_now()
    return started


@pytest.fixture
async def browser(server):
    return server.browser()


@pytest.fixture
def grace(firebase, api):
    """Grace has a hosted account."""
    made = firebase.sign_up(EMAIL, PASSWORD, verified=True)
    person = Person(made["localId"], "Grace", EMAIL, key="none", token="none")
    api.add_person(person)
    return person


async def log_in(browser, password=PASSWORD, **fields):
    return await browser.post(
        "comfy-account/log-in", {"email": EMAIL, "password": password, **fields}
    )


class TestLoggingIn:
    async def test_it_logs_in_makes_a_key_and_keeps_the_log_in(self, browser, grace, api):
        answer = await log_in(browser)
        assert answer.status == 201
        assert answer.json["key_made"] is True
        overview = (await browser.get("comfy-account")).json
        assert overview["session"] == {"state": "good", "cause": None, "remedy": None}
        assert overview["email"] == EMAIL
        assert (await browser.get("comfy-account/keys")).json["keys"][0]["made_here"] is True

    async def test_a_wrong_password_does_not_say_which_half_is_wrong(self, browser, grace):
        known = await log_in(browser, "wrong")
        unknown = await browser.post(
            "comfy-account/log-in", {"email": "nobody@practice.example", "password": "wrong"}
        )
        assert known.code == unknown.code == "comfy_refused"
        assert known.json == unknown.json
        assert (await browser.status())["signed_in"] is False

    async def test_guessing_is_slowed_down(self, browser, grace):
        codes = [(await log_in(browser, f"wrong-{number}")).code for number in range(11)]
        assert codes[-1] == "too_many_tries"
        assert set(codes[:-1]) == {"comfy_refused"}

    async def test_a_password_never_travels_in_clear(self, server, grace):
        far = server.browser(place={"Host": "192.0.2.7:8188", "X-Forwarded-For": "192.0.2.9"})
        assert (await log_in(far)).code == "insecure_connection"

    async def test_not_set_up_it_says_so(self, start_server, tmp_path):
        other = await start_server(data_folder=tmp_path / "other")
        for path, body in (
            ("log-in", {"email": EMAIL, "password": PASSWORD}),
            ("sign-up", {"email": EMAIL, "password": PASSWORD}),
            ("password-reset", {"email": EMAIL}),
            ("login-code", {}),
        ):
            answer = await other.browser().post(f"comfy-account/{path}", body)
            assert (answer.status, answer.code) == (409, "provider_not_set_up")


class TestTheKeptLogIn:
    async def test_it_goes_on_when_its_token_has_expired(self, server, browser, grace):
        await log_in(browser)
        server.clock.advance(minutes=59, seconds=30)
        assert (await browser.get("comfy-account/keys")).status == 200

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            ("TOKEN_EXPIRED", "expired"),
            ("INVALID_REFRESH_TOKEN", "revoked"),
            ("USER_DISABLED", "disabled"),
            ("USER_NOT_FOUND", "deleted"),
        ],
    )
    async def test_its_end_is_shown_with_the_remedy_and_runs_go_on(
        self, server, browser, firebase, grace, code, cause
    ):
        await log_in(browser)
        server.clock.advance(minutes=59, seconds=30)
        firebase.refuse_refresh(code)  # once: nobody is to ask again

        for _ in range(2):
            answer = await browser.get("comfy-account/keys")
            assert (answer.status, answer.code) == (409, "comfy_session_ended")
            assert answer.json["error"]["details"] == {"cause": cause}

        session = (await browser.get("comfy-account")).json["session"]
        assert (session["state"], session["cause"]) == ("ended", cause)
        assert session["remedy"].endswith(".")
        rows = {each["id"]: each for each in (await browser.get("checks")).json["checks"]}
        assert rows["comfy_session"]["state"] == "warn"
        assert rows["credential"]["state"] == "ok"
        assert (await browser.status())["signed_in"] is True
        assert await browser.run_uses() == "account"
        assert (await browser.get("credits")).status == 200, "the key will do"
        assert (await log_in(browser)).status == 200
        assert (await browser.get("comfy-account")).json["session"]["state"] == "good"

    async def test_a_person_whom_comfy_has_disabled(self, server, browser, firebase, grace):
        await log_in(browser)
        firebase.change(grace.id, disableUser=True)
        server.clock.advance(minutes=59, seconds=30)
        answer = await browser.get("comfy-account/keys")
        assert answer.json["error"]["details"] == {"cause": "disabled"}

    async def test_log_out_and_forget_forgets_it(self, server, browser, grace):
        await log_in(browser)
        await browser.delete("session?forget=true")
        assert server.kept("credentials") == {"credentials": []}

    async def test_unlinking_forgets_it(self, server, browser, grace):
        await browser.register("olga@example.org")
        await log_in(browser)
        assert (await browser.delete("identities/comfy")).status == 204
        assert (await browser.get("comfy-account")).json["session"] is None
        assert len(server.kept("credentials")["credentials"]) == 1, "the key stays"

    async def test_a_bound_log_in_is_kept_fresh(self, server, browser, api, grace):
        api.account.refuse_keys = True
        first = (await log_in(browser)).json["credential"]
        assert first["kind"] == "id-token"
        server.clock.advance(minutes=56)
        assert await server.services.hosted.sessions.refresh_due() == 1
        (now,) = (await browser.get("credentials")).json["credentials"]
        assert now["expires_at"] > first["expires_at"]
        assert now["state"] == "accepted"


class TestSigningUp:
    async def test_it_makes_an_account_there_and_logs_in(self, browser, firebase, api):
        api.people.append(stranger := Person("", "New", EMAIL, key="none", token="none"))
        api.accept_tokens_by(lambda token: _as(stranger, firebase.claims_of(token)))

        answer = await browser.post("comfy-account/sign-up", {"email": EMAIL, "password": PASSWORD})

        assert answer.status == 201
        assert answer.json["account"]["email"] is None, "nobody has proved it yet"
        assert [code["requestType"] for code in firebase.oob_codes(EMAIL)] == ["VERIFY_EMAIL"]

    async def test_a_user_whom_the_service_cannot_set_up_is_deleted_again(
        self, server, browser, firebase, api
    ):
        await api.set_mode("server_error")
        body = {"email": EMAIL, "password": PASSWORD}

        answer = await browser.post("comfy-account/sign-up", body)

        assert (answer.status, answer.code) == (502, "service_unreachable")
        assert "user_left" not in answer.json["error"]["details"]
        assert firebase.sign_up(EMAIL, PASSWORD)["localId"], "the address is free again"

    async def test_one_who_cannot_be_deleted_is_reported(self, browser, firebase, api):
        await api.set_mode("server_error")
        firebase.refuse("delete", "INVALID_ID_TOKEN")
        body = {"email": EMAIL, "password": PASSWORD}
        answer = await browser.post("comfy-account/sign-up", body)
        assert answer.json["error"]["details"]["user_left"] is True

    async def test_an_address_that_is_taken(self, browser, grace):
        body = {"email": EMAIL, "password": PASSWORD}
        answer = await browser.post("comfy-account/sign-up", body)
        assert answer.json["error"]["details"] == {"reason": "email_exists"}

    async def test_where_this_server_takes_nobody_none_is_made(self, server, browser, firebase):
        await server.browser().register("olga@example.org")
        object.__setattr__(server.services.accounts.admission, "mode", "closed")
        body = {"email": EMAIL, "password": PASSWORD}
        answer = await browser.post("comfy-account/sign-up", body)
        assert answer.code == "registration_closed"
        assert firebase.sign_up(EMAIL, PASSWORD)["localId"]


def _as(person, claims):
    if claims:
        person.id = claims["sub"]
    return claims


class TestPasswords:
    async def test_a_forgotten_one(self, browser, firebase, grace):
        known = await browser.post("comfy-account/password-reset", {"email": EMAIL})
        unknown = await browser.post(
            "comfy-account/password-reset", {"email": "x@practice.example"}
        )
        assert (known.status, known.json) == (unknown.status, unknown.json) == (202, {})
        assert firebase.oob_code(EMAIL, "PASSWORD_RESET")

    async def test_changing_it_goes_on_with_the_kept_log_in(self, server, browser, grace):
        await log_in(browser)
        body = {"current_password": PASSWORD, "new_password": NEWER}
        assert (await browser.put("comfy-account/password", body)).status == 204
        server.clock.advance(minutes=59, seconds=30)
        assert (await browser.get("comfy-account/keys")).status == 200
        assert (await log_in(server.browser())).code == "comfy_refused"
        assert (await log_in(server.browser(), NEWER)).status == 201
        assert "comfy_password_changed" in server.happened()

    @pytest.mark.parametrize(
        ("current", "new", "reason"),
        [("wrong", NEWER, "email_or_password_wrong"), (PASSWORD, "abc", "password_weak")],
    )
    async def test_what_is_refused(self, browser, grace, current, new, reason):
        await log_in(browser)
        body = {"current_password": current, "new_password": new}
        answer = await browser.put("comfy-account/password", body)
        assert answer.json["error"]["details"] == {"reason": reason}

    async def test_proving_an_address(self, browser, firebase, grace):
        firebase.change(grace.id, emailVerified=False)
        await log_in(browser)
        address = {"email": EMAIL, "email_verified": False, "has_password": True}
        assert (await browser.get("comfy-account/address")).json == address
        assert (await browser.post("comfy-account/verification")).status == 202
        firebase.ask("update", {"oobCode": firebase.oob_code(EMAIL, "VERIFY_EMAIL")})
        verified = {**address, "email_verified": True}
        assert (await browser.get("comfy-account/address")).json == verified

    async def test_an_address_is_asked_for_with_a_log_in_alone(self, browser, firebase, grace):
        await browser.register("olga@example.org")
        assert (await browser.get("comfy-account/address")).code == "comfy_log_in_needed"
        await log_in(browser)
        firebase.refuse("lookup", "INVALID_ID_TOKEN")
        answer = await browser.get("comfy-account/address")
        assert answer.json["error"]["details"] == {"reason": "log_in_again"}

    async def test_it_proves_again_that_it_is_still_the_person(self, server, browser, grace):
        await log_in(browser)
        assert (await log_in(browser, purpose="reauthenticate")).status == 204

    async def test_nothing_of_them_is_kept(self, server, browser, grace):
        await log_in(browser)
        await browser.put(
            "comfy-account/password", {"current_password": PASSWORD, "new_password": NEWER}
        )
        stored = repr(server.kept()) + repr(server.kept("audit_events"))
        assert "canary" not in stored


class TestJoining:
    """Grace's hosted account has an account here already; Olga has another one."""

    @pytest.fixture
    async def olga(self, server, browser, grace):
        graces = (await log_in(server.browser())).json["account"]
        await browser.register("olga@example.org")
        return graces

    async def has_one_account(self, server, browser, graces):
        mine = await browser.get("account")
        again = await log_in(server.browser())
        assert again.json["account"]["id"] == mine.json["account"]["id"] != graces["id"]

    async def test_by_mail_and_password(self, server, browser, olga):
        assert (await log_in(browser)).code == "identity_taken"
        assert (await log_in(browser, link_accounts=True)).status == 200
        await self.has_one_account(server, browser, olga)

    async def test_by_code(self, server, browser, api, grace, olga):
        async def by_code(**fields):
            shown = (await browser.post("comfy-account/login-code", fields)).json
            api.cloud.approve(list(api.cloud.codes)[-1], grace)
            server.clock.advance(seconds=shown["interval"])
            return await browser.post("comfy-account/login-code/poll", {"flow": shown["flow"]})

        assert (await by_code()).code == "identity_taken"
        assert (await by_code(link_accounts=True)).json["state"] == "done"
        await self.has_one_account(server, browser, olga)

    async def test_only_who_was_proved_lately_joins(self, server, browser, olga):
        server.clock.advance(minutes=6)
        answer = await log_in(browser, link_accounts=True)
        assert answer.code == "reauthentication_required"
        begun = await browser.post("comfy-account/login-code", {"link_accounts": True})
        assert begun.code == "reauthentication_required"


class TestByCode:
    @pytest.fixture
    async def shown(self, browser, api):
        answer = await browser.post("comfy-account/login-code", {})
        assert answer.status == 201
        return answer.json

    @pytest.fixture
    def code(self, shown, api):
        (only,) = api.cloud.codes
        assert only in shown["url"]
        return only

    async def poll(self, server, browser, shown):
        server.clock.advance(seconds=shown["interval"])
        return await browser.post("comfy-account/login-code/poll", {"flow": shown["flow"]})

    async def test_who_approves_is_logged_in(self, server, browser, api, grace, shown, code):
        assert (await self.poll(server, browser, shown)).json["state"] == "pending"
        api.cloud.approve(code, grace)

        done = await self.poll(server, browser, shown)

        assert (done.status, done.json["state"]) == (201, "done")
        assert (await browser.get("comfy-account")).json["session"]["state"] == "good"
        assert (await self.poll(server, browser, shown)).code == "flow_invalid"

    async def test_it_is_not_asked_more_often_than_it_wants(self, server, browser, api, shown):
        await self.poll(server, browser, shown)
        for _ in range(3):
            body = {"flow": shown["flow"]}
            answer = await browser.post("comfy-account/login-code/poll", body)
            assert answer.json == {"state": "pending", "interval": shown["interval"]}

    async def test_another_browser_gets_nothing(self, server, browser, api, grace, shown, code):
        api.cloud.approve(code, grace)
        assert (await self.poll(server, server.browser(), shown)).code == "flow_invalid"
        assert (await self.poll(server, browser, shown)).status == 201

    async def test_a_no_and_a_code_that_is_over_are_final(self, server, browser, api, shown, code):
        api.cloud.deny(code)
        assert (await self.poll(server, browser, shown)).code == "log_in_denied"
        assert (await self.poll(server, browser, shown)).code == "flow_invalid"

    async def test_who_takes_longer_than_the_proof_lasts_is_linked(
        self, server, browser, api, grace
    ):
        await browser.register("olga@example.org")
        shown = (await browser.post("comfy-account/login-code", {})).json
        (code,) = api.cloud.codes
        server.clock.advance(minutes=6)
        assert (await browser.post("comfy-account/login-code", {})).code == (
            "reauthentication_required"
        )
        api.cloud.approve(code, grace)
        done = await self.poll(server, browser, shown)
        assert (done.status, done.json["state"]) == (200, "done")

    async def test_the_code_is_sealed(self, server, shown, code):
        assert code not in repr(server.kept("pending_log_ins"))
