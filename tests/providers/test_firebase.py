"""Firebase Auth over REST: what it is asked, and what each of its codes means here."""

from __future__ import annotations

import traceback

import pytest
from aiohttp import web
from passport.providers.comfy_errors import ComfyRefusedError, ComfySessionEndedError
from passport.providers.errors import ServiceAnsweredNonsenseError, ServiceUnreachableError
from passport.providers.firebase import Firebase, FirebaseSettings
from passport.providers.http_client import HttpClient
from passport.secret import Secret

PASSWORD, REFRESH, ID_TOKEN = "canary-password", "canary-refresh", "canary-id-token"
TOKENS = {"idToken": "id-1", "refreshToken": "refresh-1", "expiresIn": "3600", "localId": "u"}
REFRESHED = {"id_token": "id-2", "refresh_token": "refresh-2", "expires_in": "3600", "user_id": "u"}


class Scripted:
    """A server that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.body: object = TOKENS
        self.status = 200
        self.asked: list[tuple[str, object]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = request.content_type == "application/x-www-form-urlencoded"
        said = dict(await request.post()) if form else await request.json()
        self.asked.append((str(request.rel_url), said))
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=self.status, content_type="text/html")
        return web.json_response(self.body, status=self.status)

    def refuse(self, message: str, status: int = 400) -> None:
        self.body, self.status = {"error": {"code": status, "message": message}}, status


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
async def firebase(serve, scripted) -> Firebase:
    url = await serve(scripted.answer)
    settings = FirebaseSettings(f"{url}/v1/", f"{url}/v1", "web-key")
    return Firebase(settings, HttpClient(timeout_seconds=3))


async def test_logging_in(firebase, scripted):
    tokens = await firebase.log_in("ada@example.org", PASSWORD)
    assert (tokens.id_token.reveal(), tokens.refresh_token.reveal()) == ("id-1", "refresh-1")
    assert tokens.lifetime_seconds == 3600
    said = {"email": "ada@example.org", "password": PASSWORD, "returnSecureToken": True}
    assert scripted.asked == [("/v1/accounts:signInWithPassword?key=web-key", said)]
    assert "id-1" not in repr(tokens)


async def test_refreshing_is_a_form(firebase, scripted):
    scripted.body = REFRESHED
    tokens = await firebase.refresh(Secret(REFRESH))
    assert (tokens.id_token.reveal(), tokens.refresh_token.reveal()) == ("id-2", "refresh-2")
    said = {"grant_type": "refresh_token", "refresh_token": REFRESH}
    assert scripted.asked == [("/v1/token?key=web-key", said)]


async def test_looking_somebody_up(firebase, scripted):
    ways = [{"providerId": "google.com"}, {"providerId": "password"}]
    who = {"email": "ada@example.org", "emailVerified": True, "providerUserInfo": ways}
    scripted.body = {"users": [who]}
    user = await firebase.look_up(Secret(ID_TOKEN))
    assert (user.email, user.email_verified, user.has_password) == ("ada@example.org", True, True)
    assert scripted.asked == [("/v1/accounts:lookup?key=web-key", {"idToken": ID_TOKEN})]

    scripted.body = {"users": [{"providerUserInfo": ways[:1]}]}
    user = await firebase.look_up(Secret(ID_TOKEN))
    assert (user.email, user.email_verified, user.has_password) == (None, False, False)


@pytest.mark.parametrize("body", [{}, {"users": []}, {"users": "x"}, {"users": [1]}])
async def test_a_look_up_that_finds_nobody_is_nonsense(firebase, scripted, body):
    scripted.body = body
    with pytest.raises(ServiceAnsweredNonsenseError):
        await firebase.look_up(Secret(ID_TOKEN))


async def call(firebase: Firebase, operation: str) -> None:
    await {
        "log_in": lambda: firebase.log_in("ada@example.org", PASSWORD),
        "sign_up": lambda: firebase.sign_up("ada@example.org", PASSWORD),
        "reset": lambda: firebase.send_password_reset("ada@example.org"),
        "verify": lambda: firebase.send_verification(Secret(ID_TOKEN)),
        "look_up": lambda: firebase.look_up(Secret(ID_TOKEN)),
        "change": lambda: firebase.change_password(Secret(ID_TOKEN), PASSWORD),
        "custom": lambda: firebase.log_in_with_custom_token(Secret(ID_TOKEN)),
        "delete": lambda: firebase.delete_user(Secret(ID_TOKEN)),
        "refresh": lambda: firebase.refresh(Secret(REFRESH)),
    }[operation]()


@pytest.mark.parametrize(
    ("operation", "message", "reason"),
    [
        ("log_in", "EMAIL_NOT_FOUND", "email_or_password_wrong"),
        ("log_in", "INVALID_PASSWORD", "email_or_password_wrong"),
        ("log_in", "INVALID_LOGIN_CREDENTIALS", "email_or_password_wrong"),
        ("log_in", "USER_DISABLED", "user_disabled"),
        ("log_in", "TOO_MANY_ATTEMPTS_TRY_LATER : Try again later.", "too_many_attempts"),
        ("log_in", "PASSWORD_LOGIN_DISABLED", "password_log_in_off"),
        ("log_in", "OPERATION_NOT_ALLOWED", "password_log_in_off"),
        ("log_in", "MISSING_PASSWORD", "password_missing"),
        ("sign_up", "EMAIL_EXISTS", "email_exists"),
        ("sign_up", "INVALID_EMAIL", "email_invalid"),
        ("sign_up", "WEAK_PASSWORD : Password should be at least 6 characters", "password_weak"),
        ("sign_up", "PASSWORD_DOES_NOT_MEET_REQUIREMENTS : Missing: [upper]", "password_weak"),
        ("reset", "RESET_PASSWORD_EXCEED_LIMIT", "reset_limit"),
        ("reset", "EXPIRED_OOB_CODE", "code_expired"),
        ("reset", "INVALID_OOB_CODE", "code_invalid"),
        ("change", "CREDENTIAL_TOO_OLD_LOGIN_AGAIN", "log_in_again"),
        ("verify", "INVALID_ID_TOKEN", "log_in_again"),
        ("custom", "INVALID_CUSTOM_TOKEN", "code_invalid"),
        ("log_in", "SOMETHING_NEW", "other"),
        ("log_in", f"SOMETHING_NEW : {PASSWORD}", "other"),
    ],
)
async def test_each_code_has_a_reason_and_a_sentence(
    firebase, scripted, operation, message, reason
):
    scripted.refuse(message)
    with pytest.raises(ComfyRefusedError) as caught:
        await call(firebase, operation)
    assert caught.value.details == {"reason": reason}
    assert caught.value.message.endswith(".")
    assert message not in caught.value.message
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(secret in shown for secret in (PASSWORD, REFRESH, ID_TOKEN))


@pytest.mark.parametrize(
    ("operation", "message", "cause"),
    [
        ("refresh", "TOKEN_EXPIRED", "expired"),
        ("refresh", "INVALID_REFRESH_TOKEN", "revoked"),
        ("refresh", "USER_DISABLED", "disabled"),
        ("refresh", "USER_NOT_FOUND", "deleted"),
        ("refresh", "PROJECT_NUMBER_MISMATCH", "revoked"),
        ("verify", "TOKEN_EXPIRED", "expired"),
        ("change", "USER_NOT_FOUND", "deleted"),
    ],
)
async def test_codes_that_end_a_kept_log_in(firebase, scripted, operation, message, cause):
    scripted.refuse(message)
    with pytest.raises(ComfySessionEndedError) as caught:
        await call(firebase, operation)
    assert caught.value.details == {"cause": cause}
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("operation", ["log_in", "refresh", "change", "delete"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<p>Welcome to the hotel"),
        (200, []),
        (400, {"error": "invalid_grant"}),
        (400, {"error": {"message": 7}}),
        (404, {}),
        (418, "<p>x"),
    ],
)
async def test_what_is_not_firebase_ends_nothing(firebase, scripted, operation, status, body):
    scripted.status, scripted.body = status, body
    with pytest.raises(ServiceAnsweredNonsenseError):
        await call(firebase, operation)


async def test_an_error_with_status_200_is_an_error(firebase, scripted):
    scripted.refuse("INVALID_REFRESH_TOKEN", status=200)
    with pytest.raises(ComfySessionEndedError):
        await call(firebase, "refresh")
    scripted.refuse("EMAIL_EXISTS", status=200)
    with pytest.raises(ComfyRefusedError):
        await call(firebase, "sign_up")


@pytest.mark.parametrize(
    "change",
    [
        {"idToken": ""},
        {"idToken": None},
        {"refreshToken": 5},
        {"expiresIn": "soon"},
        {"expiresIn": "-1"},
        {"expiresIn": "9" * 5000},
        {"expiresIn": None},
    ],
)
async def test_half_an_answer_is_nonsense(firebase, scripted, change):
    scripted.body = {**TOKENS, **change}
    with pytest.raises(ServiceAnsweredNonsenseError):
        await call(firebase, "log_in")


async def test_a_second_factor_is_said_as_itself(firebase, scripted):
    scripted.body = {"mfaPendingCredential": "canary", "mfaInfo": [{}]}
    with pytest.raises(ComfyRefusedError) as caught:
        await call(firebase, "log_in")
    assert caught.value.reason == "second_factor_needed"


@pytest.mark.parametrize("status", [500, 503, 429, 302])
async def test_an_outage_is_no_refusal(firebase, scripted, status):
    scripted.status, scripted.body = status, {"error": {"message": "USER_DISABLED"}}
    with pytest.raises(ServiceUnreachableError):
        await call(firebase, "refresh")


def test_without_a_web_key_it_is_not_set_up():
    settings = FirebaseSettings("https://a.example", "https://b.example", "")
    assert Firebase(settings, HttpClient()).configured is False
