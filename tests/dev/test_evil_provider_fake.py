"""The evil provider is honest until it is told not to be, and its forgeries are what they say."""

from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest
from passport.dev.fakes.evil_tokens import FORGERIES

AUTHORIZATION = (
    "client_id=evil-client&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fback&state=s&nonce=n"
)


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


async def ask(client, evil, path, form=None):
    method = "GET" if form is None else "POST"
    async with client.request(method, evil.url + path, data=form) as response:
        return response.status, await response.json()


async def key_set(client, evil):
    _, answer = await ask(client, evil, "/keys")
    return {key["kid"]: jwt.PyJWK(key) for key in answer["keys"]}


async def ask_id_token(client, evil, **form):
    _, answer = await ask(client, evil, "/token", {"code": "any", **form})
    return answer["id_token"]


def verify(evil, keys, token, nonce="n"):
    """What a careful client does."""
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(
        token,
        keys[header["kid"]],
        ["RS256"],
        audience=evil.client_id,
        issuer=evil.url,
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )
    parties = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    assert parties == [evil.client_id]
    assert claims.get("nonce") == nonce
    assert 0 < len(claims["sub"]) < 256
    return claims


async def test_it_is_honest_at_first(evil_provider, client):
    evil = evil_provider
    _, document = await ask(client, evil, "/.well-known/openid-configuration")
    assert document["issuer"] == evil.url
    back = parse_qs(urlsplit(evil.approve(f"{evil.url}/authorize?{AUTHORIZATION}")).query)
    assert (back["state"], back["iss"]) == (["s"], [evil.url])
    token = await ask_id_token(client, evil)
    claims = verify(evil, await key_set(client, evil), token)
    _, userinfo = await ask(client, evil, "/userinfo")
    assert userinfo["sub"] == claims["sub"]


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_careful_client_takes_no_forgery(evil_provider, client, name):
    evil = evil_provider
    evil.approve(f"{evil.url}/authorize?{AUTHORIZATION}")
    evil.mint = lambda claims: FORGERIES[name](evil.forger, claims)
    token = await ask_id_token(client, evil)
    keys = await key_set(client, evil)
    with pytest.raises((jwt.PyJWTError, KeyError, AssertionError, TypeError)):
        verify(evil, keys, token)


async def test_claims_can_be_changed_alone(evil_provider, client):
    evil_provider.claims = {"email_verified": False, "nonce": None}
    token = await ask_id_token(client, evil_provider)
    claims = verify(evil_provider, await key_set(client, evil_provider), token, nonce=None)
    assert claims["email_verified"] is False


async def test_any_answer_can_be_set(evil_provider, client):
    evil_provider.set("keys", "<html>", status=203, headers={"X-Evil": "yes"})
    async with client.get(f"{evil_provider.url}/keys") as response:
        assert (response.status, await response.text()) == (203, "<html>")
        assert (response.content_type, response.headers["X-Evil"]) == ("text/html", "yes")
    evil_provider.set("token", {"error": "invalid_grant"})
    assert (await ask(client, evil_provider, "/token", {"code": "x"}))[1][
        "error"
    ] == "invalid_grant"
    evil_provider.set("discovery", status=302, headers={"Location": "http://127.0.0.1:1/"})
    url = f"{evil_provider.url}/.well-known/openid-configuration"
    async with client.get(url, allow_redirects=False) as response:
        assert response.status == 302
    with pytest.raises(ValueError, match="none of"):
        evil_provider.set("nothing")


async def test_an_answer_can_be_slow(evil_provider, client):
    evil_provider.set("keys", {}, delay_seconds=30)
    with pytest.raises(TimeoutError):
        await client.get(f"{evil_provider.url}/keys", timeout=aiohttp.ClientTimeout(total=0.2))


async def test_a_device_waits_for_approval(evil_provider, client):
    _, device = await ask(client, evil_provider, "/device", {"client_id": "evil-client"})
    form = {"device_code": device["device_code"]}
    status, answer = await ask(client, evil_provider, "/token", form)
    assert (status, answer) == (400, {"error": "authorization_pending"})
    evil_provider.approve_device()
    assert "id_token" in (await ask(client, evil_provider, "/token", form))[1]


async def test_what_a_client_told_is_kept(evil_provider, client):
    await ask(client, evil_provider, "/token", {"code": "x", "client_secret": "told"})
    (call,) = evil_provider.calls
    assert (call.part, call.form["client_secret"]) == ("token", "told")
