"""The OpenID provider is strict, and does what a test tells it to."""

import base64
import dataclasses
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import jwt
import pytest
from passport.dev.peers.openid_provider import (
    CLIENT_SECRET,
    DEVICE_CLIENT,
    DEVICE_ONLY_CLIENT,
    PUBLIC_CLIENT,
    WEB_CLIENT,
)
from passport.dev.peers.scripted_browser import PeerRefused
from passport.dev.practice import ADA, BEN

VERIFIER = "v" * 43
REDIRECT = "http://127.0.0.1:8188/passport/oauth/oidc:test/callback"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def provider(openid_provider):
    openid_provider.set_redirect_uris(REDIRECT, REDIRECT.replace("127.0.0.1", "localhost"))
    return openid_provider


def authorization_url(provider, **changes):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
    asked = {
        "client_id": WEB_CLIENT,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        **changes,
    }
    present = {name: value for name, value in asked.items() if value is not None}
    return f"{provider.url}/auth?{urlencode(present)}"


def query(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def basic(client_id, secret):
    value = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {value}"} if secret else {}


async def ask_token(client, provider, client_id=WEB_CLIENT, secret=CLIENT_SECRET, **form):
    headers = basic(client_id, secret)
    form = form if secret else {**form, "client_id": client_id}
    async with client.post(f"{provider.url}/token", data=form, headers=headers) as response:
        return response.status, await response.json()


async def redeem(client, provider, code, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **changes,
    }
    return await ask_token(client, provider, **form)


async def published_keys(client, provider):
    async with client.get(f"{provider.url}/jwks") as response:
        return {key["kid"]: jwt.PyJWK(key) for key in (await response.json())["keys"]}


async def ask_device(client, provider, client_id=DEVICE_CLIENT, secret=CLIENT_SECRET):
    headers = basic(client_id, secret)
    form = {"scope": "openid email profile", "client_id": client_id}
    async with client.post(f"{provider.url}/device/auth", data=form, headers=headers) as response:
        return response.status, await response.json()


async def poll(client, provider, device, client_id=DEVICE_CLIENT):
    code = device["device_code"]
    return await ask_token(
        client, provider, client_id=client_id, grant_type=DEVICE_GRANT, device_code=code
    )


async def test_an_approved_person_is_in_the_id_token_and_in_userinfo(provider, client):
    provider.set_persons([ADA, dataclasses.replace(BEN, email_verified=False)])
    back = query(provider.approve(authorization_url(provider), BEN))
    assert (back["state"], back["iss"]) == ("the-state", provider.url)
    status, answer = await redeem(client, provider, back["code"])
    assert status == 200
    header = jwt.get_unverified_header(answer["id_token"])
    key = (await published_keys(client, provider))[header["kid"]]
    claims = jwt.decode(
        answer["id_token"], key, ["RS256"], audience=WEB_CLIENT, issuer=provider.url
    )
    told = (claims["sub"], claims["nonce"], claims["email"], claims["email_verified"])
    assert told == (BEN.id, "the-nonce", BEN.email, False)
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    async with client.get(f"{provider.url}/me", headers=headers) as response:
        userinfo = await response.json()
    assert (userinfo["sub"], userinfo["name"]) == (BEN.id, BEN.name)


async def test_claims_can_be_told_by_userinfo_alone(provider, client):
    provider.claims_in_id_token(False)
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    _, answer = await redeem(client, provider, code)
    claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
    assert "email" not in claims


async def test_a_wrong_verifier_is_refused(provider, client):
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    status, answer = await redeem(client, provider, code, code_verifier="w" * 43)
    assert (status, answer["error"]) == (400, "invalid_grant")


async def test_a_code_works_once(provider, client):
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    assert (await redeem(client, provider, code))[0] == 200
    status, answer = await redeem(client, provider, code)
    assert (status, answer["error"]) == (400, "invalid_grant")


async def test_an_old_code_is_refused(provider, client):
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    provider.expire_codes()
    assert (await redeem(client, provider, code))[0] == 400


@pytest.mark.parametrize("client_id", [WEB_CLIENT, PUBLIC_CLIENT])
@pytest.mark.parametrize("method", [None, "plain"])
def test_a_request_without_s256_is_sent_back(provider, client_id, method):
    challenge = VERIFIER if method else None
    address = authorization_url(
        provider, client_id=client_id, code_challenge=challenge, code_challenge_method=method
    )
    assert query(provider.approve(address, ADA))["error"] == "invalid_request"


def test_an_address_that_is_not_registered_gets_an_error_page(provider):
    address = authorization_url(provider, redirect_uri=REDIRECT.replace("8188", "8189"))
    with pytest.raises(PeerRefused, match="invalid_redirect_uri"):
        provider.approve(address, ADA)


def test_a_person_may_say_no(provider):
    back = query(provider.deny(authorization_url(provider)))
    assert (back["error"], back["state"]) == ("access_denied", "the-state")


async def test_a_wrong_secret_is_refused(provider, client):
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    status, answer = await redeem(client, provider, code, secret="wrong")
    assert (status, answer["error"]) == (401, "invalid_client")


async def test_a_secret_may_come_in_the_form(provider, client):
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    status, _ = await redeem(
        client, provider, code, secret="", client_id=WEB_CLIENT, client_secret=CLIENT_SECRET
    )
    assert status == 200


@pytest.mark.parametrize(("keep_old", "count"), [(True, 2), (False, 1)])
async def test_keys_rotate(provider, client, keep_old, count):
    (old,) = await published_keys(client, provider)
    new = provider.rotate_keys(keep_old=keep_old)
    listed = await published_keys(client, provider)
    assert new != old
    assert len(listed) == count
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    _, answer = await redeem(client, provider, code)
    assert jwt.get_unverified_header(answer["id_token"])["kid"] == new


async def test_a_device_waits_until_the_person_approves(provider, client):
    provider.set_device_flow(interval_seconds=7, lifetime_seconds=90)
    status, device = await ask_device(client, provider)
    assert (status, device["interval"], device["expires_in"]) == (200, 7, 90)
    assert device["user_code"] in device["verification_uri_complete"]
    assert (await poll(client, provider, device))[1]["error"] == "authorization_pending"
    provider.approve_device(device["user_code"], ADA)
    status, answer = await poll(client, provider, device)
    assert status == 200
    assert jwt.decode(answer["id_token"], options={"verify_signature": False})["sub"] == ADA.id
    assert (await poll(client, provider, device))[1]["error"] == "invalid_grant"


async def test_a_device_is_denied_expires_and_is_told_to_slow_down(provider, client):
    _, device = await ask_device(client, provider)
    provider.slow_down(times=1)
    assert (await poll(client, provider, device))[1]["error"] == "slow_down"
    assert (await poll(client, provider, device))[1]["error"] == "authorization_pending"
    provider.deny_device(device["user_code"])
    assert (await poll(client, provider, device))[1]["error"] == "access_denied"
    _, device = await ask_device(client, provider)
    provider.expire_device_codes()
    assert (await poll(client, provider, device))[1]["error"] == "expired_token"


async def test_an_enforced_interval_slows_a_hasty_device_down(provider, client):
    provider.set_device_flow(interval_seconds=60, enforce=True)
    _, device = await ask_device(client, provider)
    answers = [(await poll(client, provider, device))[1]["error"] for _ in range(2)]
    assert answers == ["authorization_pending", "slow_down"]


async def test_only_device_clients_get_device_codes(provider, client):
    status, answer = await ask_device(client, provider, WEB_CLIENT)
    assert (status, answer["error"]) == (400, "invalid_request")
    assert (await ask_device(client, provider, DEVICE_ONLY_CLIENT, secret=""))[0] == 200


async def test_an_ordered_answer_comes_once_and_calls_are_counted(provider, client):
    provider.answer("/jwks", {"keys": "none"}, status=503)
    async with client.get(f"{provider.url}/jwks") as response:
        assert (response.status, await response.json()) == (503, {"keys": "none"})
    assert await published_keys(client, provider)
    assert [call["status"] for call in provider.calls("/jwks")] == [503, 200]


async def test_a_reset_forgets_what_a_test_set(provider, client):
    code = query(provider.approve(authorization_url(provider), ADA))["code"]
    provider.answer("/jwks", "nonsense")
    provider.reset()
    assert (await redeem(client, provider, code))[0] == 400
    assert await published_keys(client, provider)
