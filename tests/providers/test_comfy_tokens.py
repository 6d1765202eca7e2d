"""ID tokens of the hosted service: only its own, for its project, signed RS256, and in time."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from passport.clock import utc_now
from passport.dev.fakes.comfy_api_tokens import TokenMint
from passport.dev.practice import ADA
from passport.providers.comfy_errors import ComfyTokenInvalidError
from passport.providers.comfy_tokens import ComfyTokens
from passport.providers.errors import ServiceAnsweredNonsenseError
from passport.providers.key_sets import KeySet

PROJECT = "dreamboothy"


@pytest.fixture(scope="module")
def mint():
    return TokenMint()


@pytest.fixture
async def tokens(serve, client, mint):
    async def handle(_):
        return web.json_response(mint.key_set())

    return ComfyTokens(PROJECT, KeySet(await serve(handle), client, utc_now), utc_now)


def claims_of(mint):
    return jwt.decode(mint.token_for(ADA), options={"verify_signature": False})


def encode(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def public_pem(mint):
    return mint.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def forge_none(mint):
    return f"{encode({'alg': 'none', 'kid': mint.kid})}.{encode(claims_of(mint))}."


def forge_hs256(mint):
    import hmac

    head = f"{encode({'alg': 'HS256', 'kid': mint.kid})}.{encode(claims_of(mint))}"
    digest = hmac.digest(public_pem(mint), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def forge_other_key(mint):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims_of(mint), key, "RS256", headers={"kid": mint.kid})


def forge_es256(mint):
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(claims_of(mint), key, "ES256", headers={"kid": mint.kid})


def forge_unknown_kid(mint):
    return jwt.encode(claims_of(mint), mint.key, "RS256", headers={"kid": "unknown"})


def forge_claims(mint):
    head, _, signature = mint.token_for(ADA).split(".")
    return f"{head}.{encode({**claims_of(mint), 'sub': 'somebody-else'})}.{signature}"


def strip_signature(mint):
    return mint.token_for(ADA).rpartition(".")[0] + "."


async def test_a_good_one_names_its_holder(tokens, mint):
    user = await tokens.verify(mint.token_for(ADA))
    assert (user.id, user.email, user.name) == (ADA.id, ADA.email, ADA.name)
    assert user.identity.kind == "comfy"
    assert user.identity.subject == ADA.id


async def test_an_address_counts_only_when_it_is_verified(tokens, mint):
    user = await tokens.verify(mint.token_for(ADA, email_verified=False))
    assert user.identity.email is None
    assert user.identity.label == ADA.email
    odd = await tokens.verify(mint.token_for(ADA, email_verified="true"))
    assert odd.identity.email is None


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (forge_none, "algorithm"),
        (forge_hs256, "algorithm"),
        (forge_es256, "algorithm"),
        (forge_other_key, "signature"),
        (forge_unknown_kid, "signature"),
        (forge_claims, "signature"),
        (strip_signature, "signature"),
    ],
)
async def test_forgeries(tokens, mint, forge, reason):
    token = forge(mint)
    with pytest.raises(ComfyTokenInvalidError) as caught:
        await tokens.verify(token)
    assert caught.value.reason == reason
    assert token not in str(caught.value) + repr(caught.value.details)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "another"}, "audience"),
        ({"aud": [PROJECT, "another"]}, "audience"),
        ({"iss": "https://accounts.google.com"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"sub": None}, "subject"),
        ({"sub": "x" * 129}, "subject"),
        ({"sub": "a\nb"}, "subject"),
        ({"exp": None}, "expired"),
        ({"iat": None}, "expired"),
        ({"auth_time": "yesterday"}, "malformed"),
    ],
)
async def test_claims_that_do_not_fit(tokens, mint, changes, reason):
    with pytest.raises(ComfyTokenInvalidError) as caught:
        await tokens.verify(mint.token_for(ADA, **changes))
    assert caught.value.reason == reason


async def test_one_that_has_expired_is_of_no_use_however_little(tokens, mint):
    now = int(utc_now().timestamp())
    with pytest.raises(ComfyTokenInvalidError) as caught:
        await tokens.verify(mint.token_for(ADA, exp=now - 1))
    assert caught.value.reason == "expired"


async def test_keys_that_are_not_to_be_had_say_nothing_of_the_token(serve, client, mint):
    async def portal(_):
        return web.Response(text="<p>Welcome", content_type="text/html")

    tokens = ComfyTokens(PROJECT, KeySet(await serve(portal), client, utc_now), utc_now)
    with pytest.raises(ServiceAnsweredNonsenseError):
        await tokens.verify(mint.token_for(ADA))
