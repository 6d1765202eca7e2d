"""The GitHub-like server answers in GitHub's shapes, and is as strict as oidc-provider beneath."""

import base64
import dataclasses
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from passport.dev.peers.github_like import (
    CLIENT,
    CLIENT_SECRET,
    CLIENT_WITHOUT_DEVICE_FLOW,
    github_id,
)
from passport.dev.practice import ADA, BEN

VERIFIER = "v" * 43
REDIRECT = "http://127.0.0.1:8188/passport/oauth/github/callback"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JSON = {"Accept": "application/json"}


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def github(github_like):
    github_like.set_redirect_uris(REDIRECT)
    return github_like


def query(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def authorization_url(github, **changes):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
    asked = {
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "scope": "read:user user:email",
        "state": "the-state",
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        **changes,
    }
    present = {name: value for name, value in asked.items() if value is not None}
    return f"{github.url}/login/oauth/authorize?{urlencode(present)}"


async def post(client, url, form, headers=JSON):
    async with client.post(url, data=form, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def redeem(client, github, issued_code, **changes):
    form = {
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "code": issued_code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **changes,
    }
    return await post(client, f"{github.url}/login/oauth/access_token", form)


async def ask_device(client, github, client_id=CLIENT):
    form = {"client_id": client_id, "scope": "read:user user:email"}
    return await post(client, f"{github.url}/login/device/code", form)


async def poll(client, github, device):
    form = {"client_id": CLIENT, "device_code": device["device_code"], "grant_type": DEVICE_GRANT}
    return await post(client, f"{github.url}/login/oauth/access_token", form)


async def ask_api(client, github, path, token):
    headers = {"Authorization": f"Bearer {token}"}
    async with client.get(github.url + path, headers=headers) as response:
        return response.status, await response.json()


async def test_the_api_tells_who_approved(github, client):
    github.set_persons([ADA, dataclasses.replace(BEN, email_verified=False)])
    back = query(github.approve(authorization_url(github), BEN))
    assert set(back) == {"code", "state"}
    status, answer = await redeem(client, github, back["code"])
    assert status == 200
    assert answer["token_type"] == "bearer"
    assert set(answer["scope"].split(",")) == {"read:user", "user:email"}
    status, user = await ask_api(client, github, "/user", answer["access_token"])
    assert user == {"login": "ben", "id": github_id(BEN), "name": BEN.name, "email": None}
    _, emails = await ask_api(client, github, "/user/emails", answer["access_token"])
    (primary,) = [entry for entry in emails if entry["primary"]]
    assert (primary["email"], primary["verified"]) == (BEN.email, False)


async def test_addresses_need_their_scope_and_everything_a_token(github, client):
    code = query(github.approve(authorization_url(github, scope="read:user"), ADA))["code"]
    _, answer = await redeem(client, github, code)
    token = answer["access_token"]
    assert (await ask_api(client, github, "/user", token))[0] == 200
    assert (await ask_api(client, github, "/user/emails", token))[0] == 404
    assert (await ask_api(client, github, "/user", "gho_none"))[0] == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "bad_verification_code"),
        ({"code": "unknown"}, "bad_verification_code"),
        ({"client_secret": "wrong"}, "incorrect_client_credentials"),
        ({"client_id": "unknown"}, "incorrect_client_credentials"),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, "redirect_uri_mismatch"),
    ],
)
async def test_errors_come_with_200(github, client, changes, error):
    code = query(github.approve(authorization_url(github), ADA))["code"]
    status, answer = await redeem(client, github, code, **changes)
    assert (status, answer["error"]) == (200, error)
    assert answer["error_description"]


async def test_a_code_works_once_and_without_pkce_when_none_was_asked(github, client):
    address = authorization_url(github, code_challenge=None, code_challenge_method=None)
    code = query(github.approve(address, ADA))["code"]
    assert "access_token" in (await redeem(client, github, code, code_verifier=""))[1]
    assert (await redeem(client, github, code))[1]["error"] == "bad_verification_code"


async def test_answers_are_forms_unless_json_is_asked_for(github, client):
    code = query(github.approve(authorization_url(github), ADA))["code"]
    form = {"client_id": CLIENT, "client_secret": CLIENT_SECRET, "code": code}
    url = f"{github.url}/login/oauth/access_token"
    async with client.post(url, data={**form, "code_verifier": VERIFIER}) as response:
        assert response.content_type == "application/x-www-form-urlencoded"
        assert "access_token" in parse_qs(await response.text())


def test_a_person_may_say_no(github):
    back = query(github.deny(authorization_url(github)))
    assert (back["error"], back["state"]) == ("access_denied", "the-state")
    assert "iss" not in back


async def test_a_device_waits_is_slowed_down_and_gets_its_token(github, client):
    status, device = await ask_device(client, github)
    assert (status, device["interval"]) == (200, 5)
    assert device["verification_uri"] == f"{github.url}/login/device"
    assert "verification_uri_complete" not in device
    assert (await poll(client, github, device))[1]["error"] == "authorization_pending"
    github.slow_down(times=2)
    slower = [(await poll(client, github, device))[1] for _ in range(2)]
    assert [(answer["error"], answer["interval"]) for answer in slower] == [
        ("slow_down", 10),
        ("slow_down", 15),
    ]
    github.approve_device(device["user_code"], ADA)
    status, answer = await poll(client, github, device)
    assert (await ask_api(client, github, "/user", answer["access_token"]))[1]["login"] == "ada"


async def test_a_device_code_is_denied_expires_or_is_unknown(github, client):
    _, device = await ask_device(client, github)
    github.deny_device(device["user_code"])
    assert (await poll(client, github, device))[1]["error"] == "access_denied"
    _, device = await ask_device(client, github)
    github.expire_device_codes()
    assert (await poll(client, github, device))[1]["error"] == "expired_token"
    status, answer = await poll(client, github, {"device_code": "unknown"})
    assert (status, answer["error"]) == (200, "incorrect_device_code")


async def test_device_codes_need_a_client_that_may_have_them(github, client):
    status, answer = await ask_device(client, github, CLIENT_WITHOUT_DEVICE_FLOW)
    assert (status, answer["error"]) == (200, "device_flow_disabled")
    assert (await ask_device(client, github, "unknown"))[0] == 404


async def test_there_is_no_discovery(github, client):
    async with client.get(f"{github.url}/.well-known/openid-configuration") as response:
        assert response.status == 404
