"""OAuth as this server speaks it, against a token endpoint that answers what it likes."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from passport.providers.errors import (
    FlowExpiredError,
    LogInDeniedError,
    ProviderAnswerInvalidError,
    ProviderClientRefusedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.providers.http_client import HttpClient
from passport.providers.oauth import (
    ClientEndpoint,
    OAuthClient,
    Pending,
    add_query,
    begin_device_flow,
    make_challenge,
)
from passport.secret import Secret

HTML = "<html>Log in to the hotel's network</html>"
SECRET = "canary-of-the-client: /+&=%é"
FORM = {"grant_type": "authorization_code", "code": "canary-of-the-code"}


@pytest.fixture
def tokens(evil_provider, client):
    return ClientEndpoint(
        f"{evil_provider.url}/token", OAuthClient("the client", Secret(SECRET)), client
    )


@pytest.fixture
def devices(evil_provider, client):
    return ClientEndpoint(f"{evil_provider.url}/device", OAuthClient("the client"), client)


def test_the_challenge_is_that_of_the_standard():
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert make_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x", {"state": ["s&t=u"]}),
        (
            "https://a.example/x?tenant=1&empty=",
            {"tenant": ["1"], "empty": [""], "state": ["s&t=u"]},
        ),
        ("https://a.example/x#part", {"state": ["s&t=u"]}),
    ],
)
def test_parameters_are_added_to_those_that_are_there(url, expected):
    made = urlsplit(add_query(url, state="s&t=u", prompt=None))
    assert parse_qs(made.query, keep_blank_values=True) == expected


class TestTheClientsSecret:
    async def test_it_goes_into_the_form(self, evil_provider, tokens):
        await tokens.ask(FORM)
        (call,) = evil_provider.calls
        assert call.form == {**FORM, "client_id": "the client", "client_secret": SECRET}
        assert "Authorization" not in call.headers

    async def test_or_into_the_header_encoded_before_it_is_joined(self, evil_provider, tokens):
        await replace(tokens, in_header=True).ask(FORM)
        (call,) = evil_provider.calls
        assert call.form == {**FORM, "client_id": "the client"}
        kind, packed = call.headers["Authorization"].split()
        told = base64.b64decode(packed).decode()
        assert (kind, told) == (
            "Basic",
            "the%20client:canary-of-the-client%3A%20%2F%2B%26%3D%25%C3%A9",
        )

    async def test_who_has_none_shows_none(self, evil_provider, devices):
        await replace(devices, in_header=True).ask({})
        (call,) = evil_provider.calls
        assert call.form == {"client_id": "the client"}
        assert "Authorization" not in call.headers

    async def test_it_is_sent_once_and_never_again(self, evil_provider, tokens):
        """A code that was used is worth nothing, and a second use ends what the first gave."""
        evil_provider.set("token", {"error": "server_error"}, status=503)
        with pytest.raises(ServiceUnreachableError):
            await tokens.fetch(FORM)
        assert len(evil_provider.calls) == 1

    async def test_nothing_secret_shows(self, evil_provider, tokens, devices, caplog):
        caplog.set_level(logging.DEBUG)
        evil_provider.set("token", {"error": "canary-of-the-error", "error_description": SECRET})
        shown = await begin_device_flow(devices, "read")
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await tokens.fetch(FORM)
        texts = (repr(tokens), repr(shown), repr(caught.value), caught.value.message, caplog.text)
        for text in (*texts, repr(caught.value.details)):
            assert "canary" not in text
            assert shown.device_code.reveal() not in text


DENIED = ["access_denied", "authorization_declined", "login_required", "consent_required"]
CLIENT_REFUSED = [
    "invalid_client",
    "unauthorized_client",
    "incorrect_client_credentials",
    "device_flow_disabled",
    "redirect_uri_mismatch",
    "unsupported_grant_type",
    "Not Found",
]
CODE_REFUSED = ["invalid_grant", "bad_verification_code", "incorrect_device_code"]
ODD = ["", "x" * 10_000, "<script>alert(1)</script>", None, 7, True, [], {}, ["access_denied"]]
REFUSALS = [
    *((error, LogInDeniedError) for error in DENIED),
    *((error, ProviderClientRefusedError) for error in CLIENT_REFUSED),
    *((error, ProviderAnswerInvalidError) for error in CODE_REFUSED),
    *((error, ProviderAnswerInvalidError) for error in ODD),
    ("expired_token", FlowExpiredError),
]


class TestRefusals:
    @pytest.mark.parametrize(("error", "expected"), REFUSALS)
    @pytest.mark.parametrize("status", [200, 400, 401])
    async def test_each_code_means_one_thing_whatever_the_status(
        self, evil_provider, tokens, error, expected, status
    ):
        answer = {"error": error, "error_description": "<b>told</b>", "access_token": "canary"}
        evil_provider.set("token", answer, status=status)
        with pytest.raises(expected) as caught:
            await tokens.fetch(FORM)
        shown = f"{caught.value.message} {caught.value.details}"
        for hidden in ("told", "canary", "script", "xxxx"):
            assert hidden not in shown

    @pytest.mark.parametrize(
        ("body", "status"), [(HTML, 200), ("", 200), ([], 200), ("7", 200), (HTML, 404)]
    )
    async def test_something_else_answered(self, evil_provider, tokens, body, status):
        evil_provider.set("token", body, status=status)
        with pytest.raises(ServiceAnsweredNonsenseError) as caught:
            await tokens.fetch(FORM)
        assert "hotel" not in caught.value.message

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_a_redirect_is_not_followed(self, evil_provider, tokens, status):
        there = f"{evil_provider.url}/userinfo"
        evil_provider.set("token", status=status, headers={"Location": there})
        with pytest.raises(ServiceUnreachableError) as caught:
            await tokens.fetch(FORM)
        assert caught.value.cause == "redirect"
        assert [call.part for call in evil_provider.calls] == ["token"]

    async def test_a_late_answer_is_given_up(self, evil_provider, tokens):
        evil_provider.set("token", {}, delay_seconds=30)
        with pytest.raises(ServiceUnreachableError) as caught:
            await replace(tokens, http=HttpClient(timeout_seconds=0.3)).fetch(FORM)
        assert caught.value.cause == "timeout"

    async def test_nothing_secret_is_sent_to_an_internal_address(self, evil_provider, tokens):
        with pytest.raises(ServiceUnreachableError) as caught:
            await replace(tokens, public_only=True).fetch(FORM)
        assert caught.value.cause == "not_public"
        assert evil_provider.calls == []


async def poll(evil, tokens, answer, interval=5, status=400):
    evil.set("token", answer, status=status)
    return await tokens.poll(Secret("canary-of-the-device"), interval)


class TestPolling:
    async def test_it_shows_the_device_code(self, evil_provider, tokens):
        assert await poll(evil_provider, tokens, {"access_token": "t"}, status=200) == {
            "access_token": "t"
        }
        (call,) = evil_provider.calls
        assert call.form["device_code"] == "canary-of-the-device"
        assert call.form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code"

    @pytest.mark.parametrize("status", [200, 400])  # GitHub says 200
    async def test_pending_changes_nothing(self, evil_provider, tokens, status):
        answer = {"error": "authorization_pending", "interval": 1}
        assert await poll(evil_provider, tokens, answer, 7, status) == Pending(7)

    @pytest.mark.parametrize(
        ("said", "interval"),
        [
            (None, 10),
            (1, 10),
            (10, 10),
            (12, 12),
            (12.9, 12),
            (10**9, 60),
            (0, 10),
            (-5, 10),
            (True, 10),
            ("60", 10),
            ([], 10),
            (float("nan"), 10),
            (float("inf"), 60),
        ],
    )
    async def test_slow_down_is_five_seconds_more_or_what_it_says(
        self, evil_provider, tokens, said, interval
    ):
        answer = {"error": "slow_down", "interval": said}
        assert await poll(evil_provider, tokens, answer) == Pending(interval)

    async def test_slow_down_again_is_slower_again(self, evil_provider, tokens):
        interval = 5
        for expected in (10, 15, 20, 65):
            interval = 60 if expected == 65 else interval
            answer = await poll(evil_provider, tokens, {"error": "slow_down"}, interval)
            assert answer == Pending(expected)
            interval = answer.interval

    @pytest.mark.parametrize(("error", "expected"), [r for r in REFUSALS if r[0] is not None])
    async def test_a_refusal_ends_it(self, evil_provider, tokens, error, expected):
        with pytest.raises(expected):
            await poll(evil_provider, tokens, {"error": error})


DEVICE = {
    "device_code": "canary-of-the-device",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://provider.example/device",
    "verification_uri_complete": "https://provider.example/device?user_code=ABCD-EFGH",
    "expires_in": 900,
    "interval": 7,
}


class TestADeviceFlowBegins:
    async def test_with_what_is_to_be_shown(self, evil_provider, devices):
        evil_provider.set("device", DEVICE)
        shown = await begin_device_flow(devices, "openid email")
        assert (shown.user_code, shown.expires_in, shown.interval) == ("ABCD-EFGH", 900, 7)
        assert shown.verification_uri == DEVICE["verification_uri"]
        assert shown.verification_uri_complete == DEVICE["verification_uri_complete"]
        assert evil_provider.calls[0].form == {"scope": "openid email", "client_id": "the client"}

    async def test_google_spells_the_address_otherwise(self, evil_provider, devices):
        answer = {**DEVICE, "verification_url": "https://google.example/device"}
        del answer["verification_uri"]
        evil_provider.set("device", answer)
        shown = await begin_device_flow(devices, "x")
        assert shown.verification_uri == "https://google.example/device"

    @pytest.mark.parametrize("name", ["device_code", "user_code", "verification_uri"])
    @pytest.mark.parametrize("value", [None, "", 7, [], {}, "x" * 10_000, True])
    async def test_but_not_without_what_it_needs(self, evil_provider, devices, name, value):
        evil_provider.set("device", {**DEVICE, name: value})
        with pytest.raises(ServiceAnsweredNonsenseError):
            await begin_device_flow(devices, "x")

    @pytest.mark.parametrize(
        "address", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//evil", "x"]
    )
    async def test_nor_with_an_address_that_is_none(self, evil_provider, devices, address):
        evil_provider.set("device", {**DEVICE, "verification_uri": address})
        with pytest.raises(ServiceAnsweredNonsenseError):
            await begin_device_flow(devices, "x")
        evil_provider.set("device", {**DEVICE, "verification_uri_complete": address})
        assert (await begin_device_flow(devices, "x")).verification_uri_complete is None

    @pytest.mark.parametrize("code", ["\u202eABCD", "AB\nCD", "AB\0CD", "\ud800"])
    async def test_nor_with_a_code_that_cannot_be_shown(self, evil_provider, devices, code):
        evil_provider.set("device", {**DEVICE, "user_code": code})
        with pytest.raises(ServiceAnsweredNonsenseError):
            await begin_device_flow(devices, "x")

    @pytest.mark.parametrize(
        ("said", "expires_in", "interval"),
        [
            (None, 600, 5),
            (0, 600, 5),
            (-1, 600, 5),
            (0.5, 1, 1),
            (10**9, 1800, 60),
            (True, 600, 5),
            ("10", 600, 5),
            ([], 600, 5),
            (float("inf"), 1800, 60),
            (float("nan"), 600, 5),
        ],
    )
    async def test_times_are_kept_within_reason(
        self, evil_provider, devices, said, expires_in, interval
    ):
        evil_provider.set("device", {**DEVICE, "expires_in": said, "interval": said})
        shown = await begin_device_flow(devices, "x")
        assert (shown.expires_in, shown.interval) == (expires_in, interval)

    @pytest.mark.parametrize(("error", "expected"), REFUSALS)
    async def test_a_refusal_is_told(self, evil_provider, devices, error, expected):
        evil_provider.set("device", {"error": error}, status=400)
        with pytest.raises(expected):
            await begin_device_flow(devices, "x")
