"""A provider's keys: remembered, exchanged when it exchanges them, and no flood of fetches."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from passport.providers.errors import (
    ProviderAnswerInvalidError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.providers.key_sets import FETCHED_AGAIN_AFTER, MOST_KEYS, KeySet
from passport.tests.backend.clock import SettableClock

HTML = "<html>Log in to the hotel's network</html>"


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def keys(evil_provider, client, clock):
    return KeySet(f"{evil_provider.url}/keys", client, clock)


def fetches(evil):
    return sum(call.part == "keys" for call in evil.calls)


async def is_known(keys, kid, algorithm="RS256"):
    try:
        return await keys.find(kid, algorithm) is not None
    except ProviderAnswerInvalidError as error:
        return error.reason != "signature"


class TestRemembering:
    async def test_they_are_fetched_once_an_hour(self, evil_provider, keys, clock):
        kid = evil_provider.forger.kid
        for _ in range(3):
            assert await is_known(keys, kid)
        clock.advance(minutes=59)
        assert await is_known(keys, kid)
        assert fetches(evil_provider) == 1
        clock.advance(minutes=1)
        assert await is_known(keys, kid)
        assert fetches(evil_provider) == 2

    @pytest.mark.parametrize(
        ("said", "minutes"),
        [
            ("max-age=600", 10),
            ("public, max-age=7200, must-revalidate", 120),
            ("max-age=0", 5),
            ("no-store", 60),
            ("max-age=999999999", 24 * 60),
            ("max-age=99999999999999999999", 24 * 60),
            ("max-age=x", 60),
        ],
    )
    async def test_or_as_often_as_the_provider_says_within_reason(
        self, evil_provider, keys, clock, said, minutes
    ):
        evil, kid = evil_provider, evil_provider.forger.kid
        evil.set("keys", {"keys": [evil.forger.jwk()]}, headers={"Cache-Control": said})
        await keys.find(kid, "RS256")
        clock.advance(minutes=minutes, seconds=-1)
        await keys.find(kid, "RS256")
        assert fetches(evil) == 1
        clock.advance(seconds=1)
        await keys.find(kid, "RS256")
        assert fetches(evil) == 2

    async def test_many_at_once_are_one_fetch(self, evil_provider, keys):
        kid = evil_provider.forger.kid
        await asyncio.gather(*(keys.find(kid, "RS256") for _ in range(20)))
        assert fetches(evil_provider) == 1


class TestRotation:
    async def test_a_new_key_is_found_at_its_first_use(self, evil_provider, keys, clock):
        evil, forger = evil_provider, evil_provider.forger
        await keys.find(forger.kid, "RS256")
        evil.set("keys", {"keys": [forger.jwk(), forger.jwk(forger.other_key, "new")]})
        clock.advance(seconds=FETCHED_AGAIN_AFTER.total_seconds())
        assert await is_known(keys, "new")
        assert await is_known(keys, forger.kid)
        assert fetches(evil) == 2

    async def test_a_key_that_is_taken_back_is_good_no_more(self, evil_provider, keys, clock):
        evil, forger = evil_provider, evil_provider.forger
        await keys.find(forger.kid, "RS256")
        evil.set("keys", {"keys": [forger.jwk(forger.other_key, "new")]})
        clock.advance(hours=1)
        assert not await is_known(keys, forger.kid)

    async def test_made_up_ids_are_no_flood(self, evil_provider, keys, clock):
        await keys.find(evil_provider.forger.kid, "RS256")
        for number in range(50):
            assert not await is_known(keys, f"made-up-{number}")
        assert fetches(evil_provider) == 1
        clock.advance(seconds=FETCHED_AGAIN_AFTER.total_seconds())
        await asyncio.gather(*(is_known(keys, f"made-up-{number}") for number in range(50)))
        assert fetches(evil_provider) == 2

    async def test_a_clock_that_was_set_back_does_not_stop_it(self, evil_provider, keys, clock):
        evil, forger = evil_provider, evil_provider.forger
        await keys.find(forger.kid, "RS256")
        clock.now -= timedelta(days=400)
        evil.set("keys", {"keys": [forger.jwk(forger.other_key, "new")]})
        assert await is_known(keys, "new")


def rsa_jwk(bits, **changes):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": "k", **changes}


def ec_jwk(curve=None, **changes):
    key = ec.generate_private_key(curve or ec.SECP256R1())
    return {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": "k", **changes}


class TestWhichKey:
    @pytest.mark.parametrize(
        ("changes", "good"),
        [
            ({}, True),
            ({"use": "sig"}, True),
            ({"alg": "RS256"}, True),
            ({"use": "enc"}, False),
            ({"alg": "RS512"}, False),
            ({"alg": "HS256"}, False),
            ({"alg": None}, False),
            ({"kty": "oct", "k": "c2VjcmV0"}, False),
            ({"kty": "EC"}, False),
            ({"kty": None}, False),
            ({"kid": "other"}, False),
            ({"kid": ["k"]}, False),
            ({"n": ""}, False),
            ({"n": 7}, False),
            ({"n": "é"}, False),
            ({"n": "AQAB"}, False),
            ({"e": ""}, False),
            ({"e": None}, False),
            ({"d": "AQAB"}, False),
            ({"d": "AQAB", "oth": []}, False),
        ],
    )
    async def test_only_a_whole_rsa_key_for_signing_counts(
        self, evil_provider, keys, changes, good
    ):
        jwk = {**evil_provider.forger.jwk(kid="k"), "alg": "RS256", **changes}
        evil_provider.set("keys", {"keys": [jwk]})
        assert await is_known(keys, "k") is good

    @pytest.mark.parametrize(("bits", "good"), [(1024, False), (2048, True)])
    async def test_a_weak_key_is_refused(self, evil_provider, keys, bits, good):
        evil_provider.set("keys", {"keys": [rsa_jwk(bits)]})
        assert await is_known(keys, "k") is good

    async def test_elliptic_curves_are_for_their_own_algorithm(self, evil_provider, keys):
        evil_provider.set("keys", {"keys": [ec_jwk()]})
        assert await is_known(keys, "k", "ES256")
        assert not await is_known(keys, "k", "RS256")

    @pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1()])
    async def test_another_curve_is_refused(self, evil_provider, keys, curve):
        evil_provider.set("keys", {"keys": [ec_jwk(curve)]})
        assert not await is_known(keys, "k", "ES256")

    async def test_a_point_that_is_not_on_the_curve_is_refused(self, evil_provider, keys):
        evil_provider.set("keys", {"keys": [ec_jwk(x="A" * 43)]})
        assert not await is_known(keys, "k", "ES256")

    async def test_two_keys_of_one_id_are_refused(self, evil_provider, keys):
        forger = evil_provider.forger
        evil_provider.set(
            "keys", {"keys": [forger.jwk(kid="k"), forger.jwk(forger.other_key, "k")]}
        )
        assert not await is_known(keys, "k")

    async def test_what_is_no_key_beside_a_good_one_does_not_matter(self, evil_provider, keys):
        junk = [None, 7, "key", [], {}, {"kty": 7}, {"kty": "RSA"}]
        evil_provider.set("keys", {"keys": [*junk, evil_provider.forger.jwk(kid="k")]})
        assert await is_known(keys, "k")

    async def test_a_set_of_endless_length_is_cut_off(self, evil_provider, keys):
        many = [{"kty": "RSA", "kid": str(number)} for number in range(MOST_KEYS)]
        evil_provider.set("keys", {"keys": [*many, evil_provider.forger.jwk(kid="k")]})
        assert not await is_known(keys, "k")


class TestNoKeys:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (HTML, 200),
            ("", 200),
            ("{", 200),
            ([], 200),
            ({}, 200),
            ({"keys": {}}, 200),
            ({"keys": None}, 200),
            ({"keys": []}, 404),
            (b"\xff" * 10, 200),
            ("[" * 100_000, 200),
        ],
    )
    async def test_an_answer_that_shows_none_is_not_the_providers(
        self, evil_provider, keys, body, status
    ):
        evil_provider.set("keys", body, status=status)
        with pytest.raises(ServiceAnsweredNonsenseError) as caught:
            await keys.find("k", "RS256")
        assert "hotel" not in caught.value.message

    async def test_a_redirect_is_not_followed(self, evil_provider, keys):
        evil_provider.set("keys", status=302, headers={"Location": f"{evil_provider.url}/token"})
        with pytest.raises(ServiceUnreachableError) as caught:
            await keys.find("k", "RS256")
        assert caught.value.cause == "redirect"
        assert {call.part for call in evil_provider.calls} == {"keys"}

    async def test_an_address_that_another_named_must_be_public(self, evil_provider, client, clock):
        keys = KeySet(f"{evil_provider.url}/keys", client, clock, public_only=True)
        with pytest.raises(ServiceUnreachableError) as caught:
            await keys.find("k", "RS256")
        assert caught.value.cause == "not_public"
        assert evil_provider.calls == []

    async def test_an_answer_of_endless_length_is_not_read_to_its_end(self, evil_provider, keys):
        evil_provider.set("keys", "x" * (1024 * 1024))
        with pytest.raises(ServiceUnreachableError):
            await keys.find("k", "RS256")
