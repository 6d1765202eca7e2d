"""Log-in by OpenID Connect: at a real, strict provider, and at one that lies."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from passport.clock import utc_now
from passport.dev.fakes.evil_provider import EMAIL, SUBJECT
from passport.dev.fakes.evil_tokens import FORGERIES, now_seconds
from passport.dev.peers.openid_provider import CLIENT_SECRET, DEVICE_CLIENT, WEB_CLIENT
from passport.dev.practice import ADA
from passport.providers.errors import (
    LogInDeniedError,
    ProviderAnswerInvalidError,
    ProviderClientRefusedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.providers.key_sets import FETCHED_AGAIN_AFTER
from passport.providers.log_in_provider import RedirectFlow
from passport.providers.oauth import OAuthClient, Pending
from passport.providers.openid import Clients, OpenIdProvider
from passport.providers.proved_identity import ProvedIdentity
from passport.secret import Secret

BACK = "http://127.0.0.1:8188/passport/oauth/oidc:test/callback"
FLOW = RedirectFlow(BACK, "the-state", "v" * 64, "the-nonce")
KIND = "oidc:test"


def provider_at(url, client_id, secret, client):
    known = OAuthClient(client_id, Secret(secret))
    return OpenIdProvider(KIND, "Test", url, Clients(known, known), client, utc_now)


@pytest.fixture
def strict(openid_provider, client):
    """Passport, as a client of the real one."""
    openid_provider.set_redirect_uris(BACK)
    return provider_at(openid_provider.url, DEVICE_CLIENT, CLIENT_SECRET, client)


@pytest.fixture
def lied_to(evil_provider, client):
    """Passport, as a client of the liar."""
    evil = evil_provider
    return provider_at(evil.url, evil.client_id, evil.client_secret, client)


async def approve(peer, passport, flow=FLOW):
    """What the browser comes back with from the real provider."""
    url = await passport.make_authorization_url(flow)
    back = urlsplit(await asyncio.to_thread(peer.approve, url, ADA))
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def log_in(evil, passport, flow=FLOW):
    """Log in at the liar, honestly as far as the browser goes."""
    evil.approve(await passport.make_authorization_url(flow))
    return await passport.redeem(flow, "any-code", evil.url)


async def refuse(evil, passport, flow=FLOW):
    with pytest.raises(ProviderAnswerInvalidError) as caught:
        await log_in(evil, passport, flow)
    return caught.value.reason


class TestAtTheRealOne:
    async def test_a_code_tells_who_it_is(self, openid_provider, strict):
        back = await approve(openid_provider, strict)
        assert back["state"] == FLOW.state
        proved = await strict.redeem(FLOW, back["code"], back["iss"])
        assert proved == ProvedIdentity(KIND, ADA.id, ADA.email, ADA.email, ADA.name)

    async def test_what_the_token_leaves_out_is_asked_of_userinfo(self, openid_provider, strict):
        openid_provider.claims_in_id_token(False)
        back = await approve(openid_provider, strict)
        assert (await strict.redeem(FLOW, back["code"], back["iss"])).email == ADA.email

    async def test_a_code_is_good_once(self, openid_provider, strict):
        back = await approve(openid_provider, strict)
        await strict.redeem(FLOW, back["code"], back["iss"])
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await strict.redeem(FLOW, back["code"], back["iss"])
        assert caught.value.reason == "code"

    @pytest.mark.parametrize(
        "changes",
        [
            {"verifier": "w" * 64},
            {"redirect_uri": "http://127.0.0.1:8188/passport/oauth/oidc:other/callback"},
        ],
    )
    async def test_a_code_of_another_flow_is_refused_there(self, openid_provider, strict, changes):
        back = await approve(openid_provider, strict)
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await strict.redeem(replace(FLOW, **changes), back["code"], back["iss"])
        assert caught.value.reason == "code"

    async def test_a_nonce_of_another_flow_is_refused_here(self, openid_provider, strict):
        back = await approve(openid_provider, strict)
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await strict.redeem(replace(FLOW, nonce="other"), back["code"], back["iss"])
        assert caught.value.reason == "nonce"

    async def test_a_code_that_was_not_redeemed_in_time_is_refused(self, openid_provider, strict):
        back = await approve(openid_provider, strict)
        await asyncio.to_thread(openid_provider.expire_codes)
        with pytest.raises(ProviderAnswerInvalidError):
            await strict.redeem(FLOW, back["code"], back["iss"])

    async def test_after_its_keys_were_exchanged_log_in_goes_on(self, openid_provider, client):
        later = timedelta(0)
        known = OAuthClient(WEB_CLIENT, Secret(CLIENT_SECRET))
        openid_provider.set_redirect_uris(BACK)
        passport = OpenIdProvider(
            KIND, "Test", openid_provider.url, Clients(known), client, lambda: utc_now() + later
        )
        for keep_old in (True, False):
            back = await approve(openid_provider, passport)
            await passport.redeem(FLOW, back["code"], back["iss"])
            await asyncio.to_thread(openid_provider.rotate_keys, keep_old=keep_old)
            later += FETCHED_AGAIN_AFTER
        back = await approve(openid_provider, passport)
        await passport.redeem(FLOW, back["code"], back["iss"])

    async def test_the_client_is_checked_without_anybodys_log_in(
        self, openid_provider, strict, client
    ):
        await strict.try_client()
        for client_id, secret in ((DEVICE_CLIENT, "wrong"), ("unknown", CLIENT_SECRET)):
            with pytest.raises(ProviderClientRefusedError):
                await provider_at(openid_provider.url, client_id, secret, client).try_client()

    async def test_a_fresh_log_in_asks_the_person_anew(self, openid_provider, strict):
        flow = replace(FLOW, fresh=True)
        asked = parse_qs(urlsplit(await strict.make_authorization_url(flow)).query)
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        back = await approve(openid_provider, strict, flow)
        assert (await strict.redeem(flow, back["code"], back["iss"])).subject == ADA.id

    async def test_a_device_code_is_denied(self, openid_provider, strict):
        begun = await strict.begin_device_flow()
        assert await strict.poll_device_flow(begun.device_code, begun.interval) == Pending(
            begun.interval
        )
        await asyncio.to_thread(openid_provider.deny_device, begun.user_code)
        with pytest.raises(LogInDeniedError):
            await strict.poll_device_flow(begun.device_code, begun.interval)

    async def test_a_device_code_is_good_once(self, openid_provider, strict):
        begun = await strict.begin_device_flow()
        await asyncio.to_thread(openid_provider.approve_device, begun.user_code, ADA)
        proved = await strict.poll_device_flow(begun.device_code, begun.interval)
        assert proved.subject == ADA.id
        with pytest.raises(ProviderAnswerInvalidError):
            await strict.poll_device_flow(begun.device_code, begun.interval)


class TestWhatTheBrowserIsSentWith:
    async def test_it_holds_what_ties_the_answer_to_it_and_no_secret(self, evil_provider, lied_to):
        url = await lied_to.make_authorization_url(FLOW)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        challenge = asked.pop("code_challenge")
        assert asked == {
            "response_type": "code",
            "client_id": evil_provider.client_id,
            "redirect_uri": BACK,
            "scope": "openid email profile",
            "state": FLOW.state,
            "nonce": FLOW.nonce,
            "code_challenge_method": "S256",
        }
        assert challenge != FLOW.verifier
        for secret in (FLOW.verifier, evil_provider.client_secret):
            assert secret not in url


class TestWhoAnswers:
    """Mix-up (RFC 9207): one provider's code must not be shown to another."""

    @pytest.mark.parametrize(
        "issuer", ["https://another.example", "", "{url}/", "{url}?", "{URL}", None]
    )
    async def test_a_provider_that_names_itself_is_no_other(self, evil_provider, lied_to, issuer):
        said = issuer and issuer.format(url=evil_provider.url, URL=evil_provider.url.upper())
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await lied_to.redeem(FLOW, "any-code", said)
        assert caught.value.reason == "issuer"
        assert "token" not in {call.part for call in evil_provider.calls}

    @pytest.mark.parametrize("issuer", ["https://another.example", ""])
    async def test_nor_is_one_that_has_not_promised_to(self, evil_provider, lied_to, issuer):
        silent = evil_provider.discovery(authorization_response_iss_parameter_supported=None)
        evil_provider.set("discovery", silent)
        evil_provider.nonce = FLOW.nonce
        with pytest.raises(ProviderAnswerInvalidError):
            await lied_to.redeem(FLOW, "any-code", issuer)
        assert (await lied_to.redeem(FLOW, "any-code", None)).subject == SUBJECT


class TestItsTokens:
    async def test_an_honest_one_logs_in(self, evil_provider, lied_to):
        proved = await log_in(evil_provider, lied_to)
        assert proved == ProvedIdentity(KIND, SUBJECT, EMAIL, EMAIL, "Evil Practice")
        (asked,) = [call.form for call in evil_provider.calls if call.part == "token"]
        assert asked["code"] == "any-code"
        assert (asked["code_verifier"], asked["redirect_uri"]) == (FLOW.verifier, BACK)

    @pytest.mark.parametrize("name", FORGERIES)
    async def test_a_forged_one_does_not(self, evil_provider, lied_to, name):
        evil_provider.mint = lambda claims: FORGERIES[name](evil_provider.forger, claims)
        assert await refuse(evil_provider, lied_to)
        assert "userinfo" not in {call.part for call in evil_provider.calls}
        assert "other-keys" not in {call.part for call in evil_provider.calls}

    @pytest.mark.parametrize("name", sorted(FORGERIES.keys() - {"another nonce", "no nonce"}))
    async def test_nor_does_it_by_code(self, evil_provider, lied_to, name):
        begun = await lied_to.begin_device_flow()
        evil_provider.approve_device()
        evil_provider.mint = lambda claims: FORGERIES[name](evil_provider.forger, claims)
        with pytest.raises(ProviderAnswerInvalidError):
            await lied_to.poll_device_flow(begun.device_code, begun.interval)

    @pytest.mark.parametrize("token", [None, 7, [], {}, True])
    async def test_no_token_is_no_log_in(self, evil_provider, lied_to, token):
        evil_provider.set("token", {"access_token": "canary", "id_token": token})
        assert await refuse(evil_provider, lied_to) == "malformed"

    async def test_an_answer_of_errors_and_tokens_is_an_error(self, evil_provider, lied_to):
        evil_provider.nonce = FLOW.nonce
        good = evil_provider.forger.sign(evil_provider.honest_claims())
        evil_provider.set("token", {"error": "access_denied", "id_token": good})
        with pytest.raises(LogInDeniedError):
            await log_in(evil_provider, lied_to)

    @pytest.mark.parametrize("minutes", [7, 60])
    async def test_who_was_not_asked_anew_is_not_proved_anew(self, evil_provider, lied_to, minutes):
        flow = replace(FLOW, fresh=True)
        evil_provider.claims = {"auth_time": now_seconds() - 60 * minutes}
        assert await refuse(evil_provider, lied_to, flow) == "expired"
        assert (await log_in(evil_provider, lied_to)).subject == SUBJECT
        evil_provider.claims = {"auth_time": now_seconds() - 60}
        assert (await log_in(evil_provider, lied_to, flow)).subject == SUBJECT

    async def test_nothing_secret_shows(self, evil_provider, lied_to, caplog):
        caplog.set_level(logging.DEBUG)
        minted = []

        def mint(claims):
            minted.append(evil_provider.forger.sign({**claims, "aud": "another"}))
            return minted[-1]

        evil_provider.mint = mint
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await log_in(evil_provider, lied_to)
        error = caught.value
        shown = f"{error!r} {error.message} {error.details} {FLOW!r} {lied_to!r} {caplog.text}"
        secrets = (*minted, FLOW.verifier, FLOW.nonce, "any-code", evil_provider.client_secret)
        assert [secret for secret in secrets if secret in shown] == []


class TestUserinfo:
    @pytest.fixture
    def silent(self, evil_provider):
        """The ID token says nothing of mail, so userinfo is asked."""
        evil_provider.claims = {"email": None, "email_verified": None}

    @pytest.mark.parametrize("subject", ["somebody-else", "", None, 7, [SUBJECT], SUBJECT.upper()])
    async def test_another_persons_is_refused(self, evil_provider, lied_to, silent, subject):
        evil_provider.set("userinfo", {"sub": subject, "email": EMAIL, "email_verified": True})
        assert await refuse(evil_provider, lied_to) == "subject"

    async def test_only_what_is_asked_for_is_taken(self, evil_provider, lied_to, silent):
        told = {"sub": SUBJECT, "email": EMAIL, "email_verified": True, "iss": "x", "name": "Eve"}
        evil_provider.set("userinfo", told)
        proved = await log_in(evil_provider, lied_to)
        assert (proved.subject, proved.email, proved.name) == (SUBJECT, EMAIL, "Eve")

    @pytest.mark.parametrize(("body", "status"), [({}, 404), ({"sub": SUBJECT}, 401)])
    async def test_without_it_there_is_no_address(
        self, evil_provider, lied_to, silent, body, status
    ):
        evil_provider.set("userinfo", body, status=status)
        assert (await log_in(evil_provider, lied_to)).email is None

    @pytest.mark.parametrize("body", ["<html>", [], "7"])
    async def test_something_else_in_its_place_is_no_log_in(
        self, evil_provider, lied_to, silent, body
    ):
        evil_provider.set("userinfo", body)
        with pytest.raises(ServiceAnsweredNonsenseError):
            await log_in(evil_provider, lied_to)

    async def test_the_token_does_not_follow_a_redirect(self, evil_provider, lied_to, silent):
        there = {"Location": f"{evil_provider.url}/device"}
        evil_provider.set("userinfo", status=302, headers=there)
        with pytest.raises(ServiceUnreachableError):
            await log_in(evil_provider, lied_to)
        assert "device" not in {call.part for call in evil_provider.calls}

    async def test_nor_does_it_go_to_an_internal_address(self, evil_provider, lied_to, silent):
        there = evil_provider.discovery(userinfo_endpoint="https://169.254.169.254/latest")
        evil_provider.set("discovery", there)
        with pytest.raises(ServiceUnreachableError) as caught:
            await log_in(evil_provider, lied_to)
        assert caught.value.cause == "not_public"

    async def test_the_code_does_not_go_to_an_internal_address(self, evil_provider, lied_to):
        there = evil_provider.discovery(token_endpoint="https://10.0.0.1/token")
        evil_provider.set("discovery", there)
        with pytest.raises(ServiceUnreachableError) as caught:
            await log_in(evil_provider, lied_to)
        assert caught.value.cause == "not_public"


class TestWhatIsTakenFromIt:
    @pytest.mark.parametrize(
        ("verified", "taken"),
        [
            (True, True),
            ("true", True),
            (False, False),
            ("false", False),
            ("True", False),
            ("yes", False),
            (1, False),
            (0, False),
            (None, False),
            ([True], False),
            ({}, False),
        ],
    )
    async def test_a_mail_address_only_where_it_is_verified(
        self, evil_provider, lied_to, verified, taken
    ):
        evil_provider.claims = {"email_verified": verified}
        proved = await log_in(evil_provider, lied_to)
        assert proved.email == (EMAIL if taken else None)
        assert proved.label == EMAIL

    async def test_verified_somewhere_else_is_not_verified(self, evil_provider, lied_to):
        """The token names an address and says nothing of it; userinfo vouches for another one."""
        evil_provider.claims = {"email_verified": None}
        told = {"sub": SUBJECT, "email": "own@evil.example", "email_verified": True}
        evil_provider.set("userinfo", told)
        assert (await log_in(evil_provider, lied_to)).email is None

    async def test_nor_is_what_the_token_vouches_for_without_naming_it(
        self, evil_provider, lied_to
    ):
        evil_provider.claims = {"email": None, "email_verified": True}
        evil_provider.set("userinfo", {"sub": SUBJECT, "email": EMAIL})
        assert (await log_in(evil_provider, lied_to)).email is None

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("Ada\r\nSet-Cookie: x", "AdaSet-Cookie: x"),
            ("\0\x1b[31mAda\x7f", "[31mAda"),
            ("\u202eadA\u2066", "adA"),
            ("A\ud800da", "Ada"),
            ("  ", None),
            ("", None),
            ("<b>Ada</b>", "<b>Ada</b>"),
            ("x" * 10_000, "x" * 80),
            (7, None),
            (["Ada"], None),
            ({"first": "Ada"}, None),
        ],
    )
    async def test_names_as_they_can_be_shown(self, evil_provider, lied_to, text, shown):
        evil_provider.claims = {"name": text, "email": None}
        evil_provider.set("userinfo", {"sub": SUBJECT})
        proved = await log_in(evil_provider, lied_to)
        assert proved.name == shown
        assert proved.label == shown

    async def test_a_mail_address_of_endless_length_is_cut_off(self, evil_provider, lied_to):
        evil_provider.claims = {"email": "x" * 10_000 + "@evil.example"}
        assert len((await log_in(evil_provider, lied_to)).label) == 320
