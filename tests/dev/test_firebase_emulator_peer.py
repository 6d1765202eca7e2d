"""The Firebase emulator signs its ID tokens, and fails as the real service can when told to."""

import json
import urllib.error

import aiohttp
import jwt
import pytest
from passport.dev.practice import ADA

EMAIL, PASSWORD = "ada@practice.example", "a long password"


def refusal(call, *arguments):
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(*arguments)
    with caught.value as error:
        return error.code, json.loads(error.read())["error"]["message"]


def sign_in(emulator, password=PASSWORD):
    asked = {"email": EMAIL, "password": password, "returnSecureToken": True}
    return emulator.ask("signInWithPassword", asked)


def refresh(emulator, token):
    asked = {"grant_type": "refresh_token", "refresh_token": token}
    return emulator._send(
        "POST", f"/securetoken.googleapis.com/v1/token?key={emulator.web_key}", asked
    )


def test_an_id_token_is_signed_with_the_published_key(firebase_emulator):
    made = firebase_emulator.sign_up(EMAIL, PASSWORD, verified=True)
    assert jwt.get_unverified_header(made["idToken"])["alg"] == "RS256"
    claims = firebase_emulator.claims_of(made["idToken"])
    assert (claims["sub"], claims["email_verified"]) == (made["localId"], True)
    assert {"auth_time", "iat", "exp"} <= claims.keys()
    head, body, _ = made["idToken"].split(".")
    assert firebase_emulator.claims_of(f"{head}.{body}.") is None


def test_a_refresh_token_gives_a_new_token_with_the_new_key(firebase_emulator):
    made = firebase_emulator.sign_up(EMAIL, PASSWORD)
    kid = firebase_emulator.rotate_keys(keep_old=False)
    renewed = refresh(firebase_emulator, made["refreshToken"])
    assert renewed["user_id"] == made["localId"]
    assert jwt.get_unverified_header(renewed["id_token"])["kid"] == kid
    assert firebase_emulator.claims_of(renewed["id_token"])
    assert firebase_emulator.claims_of(made["idToken"]) is None


def test_a_wrong_password_is_refused_in_the_services_words(firebase_emulator):
    firebase_emulator.sign_up(EMAIL, PASSWORD)
    assert refusal(sign_in, firebase_emulator, "wrong") == (400, "INVALID_PASSWORD")
    firebase_emulator.protect_addresses(True)
    assert refusal(sign_in, firebase_emulator, "wrong") == (400, "INVALID_LOGIN_CREDENTIALS")


def test_a_mailed_code_sets_a_new_password(firebase_emulator):
    firebase_emulator.sign_up(EMAIL, PASSWORD)
    firebase_emulator.ask("sendOobCode", {"requestType": "PASSWORD_RESET", "email": EMAIL})
    code = firebase_emulator.oob_code(EMAIL, "PASSWORD_RESET")
    firebase_emulator.ask("resetPassword", {"oobCode": code, "newPassword": "another password"})
    assert sign_in(firebase_emulator, "another password")["idToken"]


def test_what_it_never_says_is_said_on_request_and_once(firebase_emulator):
    firebase_emulator.sign_up(EMAIL, PASSWORD)
    firebase_emulator.refuse("signInWithPassword", "TOO_MANY_ATTEMPTS_TRY_LATER", "try later")
    assert refusal(sign_in, firebase_emulator) == (400, "TOO_MANY_ATTEMPTS_TRY_LATER : try later")
    refresh_token = sign_in(firebase_emulator)["refreshToken"]
    firebase_emulator.refuse_refresh("USER_DISABLED")
    assert refusal(refresh, firebase_emulator, refresh_token) == (400, "USER_DISABLED")
    assert refresh(firebase_emulator, refresh_token)["id_token"]


def test_a_person_can_be_disabled_or_deleted(firebase_emulator):
    made = firebase_emulator.sign_up(EMAIL, PASSWORD)
    firebase_emulator.change(made["localId"], disableUser=True)
    assert refusal(sign_in, firebase_emulator) == (400, "USER_DISABLED")
    firebase_emulator.delete(made["localId"])
    assert refusal(sign_in, firebase_emulator) == (400, "EMAIL_NOT_FOUND")


def test_a_reset_leaves_nobody(firebase_emulator):
    firebase_emulator.sign_up(EMAIL, PASSWORD)
    firebase_emulator.refuse("signUp", "OPERATION_NOT_ALLOWED")
    firebase_emulator.reset()
    assert firebase_emulator.sign_up(EMAIL, PASSWORD)["localId"]


async def test_the_fake_service_and_the_emulator_take_each_others_tokens(
    firebase_emulator, comfy_api
):
    token = comfy_api.api.mint.custom_token_for(ADA)
    asked = {"token": token, "returnSecureToken": True}
    id_token = firebase_emulator.ask("signInWithCustomToken", asked)["idToken"]
    assert firebase_emulator.claims_of(id_token)["sub"] == ADA.id
    comfy_api.api.accept_tokens_by(firebase_emulator.claims_of)
    url, headers = f"{comfy_api.url}/customers/me", {"Authorization": f"Bearer {id_token}"}
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as response:
        assert (await response.json())["email"] == ADA.email
