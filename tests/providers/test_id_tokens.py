"""ID tokens: an honest one is taken, and a forged one is refused, whatever is wrong with it."""

from __future__ import annotations

import base64
import json

import pytest
from passport.clock import utc_now
from passport.dev.fakes.evil_tokens import FORGERIES, encode, now_seconds
from passport.providers.errors import ProviderAnswerInvalidError
from passport.providers.id_tokens import LONGEST_TOKEN, verify_id_token
from passport.providers.key_sets import KeySet

MINUTE, DAY = 60, 86_400
NONCE = "the-nonce-of-this-log-in"

REASONS = {
    "alg none": "algorithm",
    "alg none with a kid": "algorithm",
    "alg None in other letters": "algorithm",
    "RS256 without a signature": "signature",
    "HS256 with the public key's PEM": "algorithm",
    "HS256 with the public key's modulus": "algorithm",
    "HS256 with an empty secret": "algorithm",
    "an unknown kid": "signature",
    "another key under our kid": "signature",
    "its own key in the header": "signature",
    "a key's address in the header": "signature",
    "a critical header nobody knows": "malformed",  # an older PyJWT leaves it to us
    "claims changed after signing": "signature",
    "another issuer": "issuer",
    "no issuer": "issuer",
    "another audience": "audience",
    "no audience": "audience",
    "audiences of which ours is none": "audience",
    "a party that is not ours": "audience",
    "an expiry in the past": "expired",
    "no expiry": "expired",
    "an expiry that is no number": "expired",
    "issued in the future": "expired",
    "not good yet": "expired",
    "another nonce": "nonce",
    "no nonce": "nonce",
    "no subject": "subject",
    "an empty subject": "subject",
    "a subject that is no text": "subject",
    "a subject of endless length": "malformed",
    "no token": "malformed",
    "not a token": "malformed",
    "claims that are a list": "signature",
}


@pytest.fixture
def evil(evil_provider):
    evil_provider.nonce = NONCE
    return evil_provider


@pytest.fixture
def verify(evil, client):
    """`await verify(token)`: its claims, as a log-in with this provider would take them."""
    keys = KeySet(f"{evil.url}/keys", client, utc_now)

    async def verify_one(token, nonce=NONCE, **expected):
        expected = {"issuer": evil.url, "audience": evil.client_id, **expected}
        return await verify_id_token(token, keys, clock=utc_now, nonce=nonce, **expected)

    return verify_one


@pytest.fixture
def reason_of(verify):
    """`await reason_of(token)`: the word for why it was refused."""

    async def refuse(token, **expected):
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await verify(token, **expected)
        assert caught.value.message.endswith(".")
        return caught.value.reason

    return refuse


async def test_an_honest_token_is_taken(evil, verify):
    claims = evil.honest_claims()
    assert await verify(evil.forger.sign(claims)) == claims


def test_each_forgery_has_its_reason():
    assert set(REASONS) == set(FORGERIES)


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_token_is_refused(evil, reason_of, name):
    token = FORGERIES[name](evil.forger, evil.honest_claims())
    reason = await reason_of(token)
    assert reason == REASONS[name] or (name.startswith("a critical") and reason == "algorithm")


async def test_a_token_without_a_kid_is_held_against_the_only_key(evil, verify, reason_of):
    claims = evil.honest_claims()
    assert await verify(evil.forger.sign(claims, kid=None)) == claims
    forged = evil.forger.sign(claims, evil.forger.other_key, kid=None)
    assert await reason_of(forged) == "signature"


async def test_a_token_without_a_kid_is_refused_where_there_are_several_keys(evil, reason_of):
    forger = evil.forger
    evil.set("keys", {"keys": [forger.jwk(), forger.jwk(forger.other_key, "other")]})
    assert await reason_of(forger.sign(evil.honest_claims(), kid=None)) == "signature"


class TestTimes:
    """A minute of difference between two clocks is allowed, and no more."""

    @pytest.mark.parametrize(
        ("claim", "seconds"), [("exp", -MINUTE + 5), ("iat", MINUTE - 5), ("nbf", MINUTE - 5)]
    )
    async def test_clocks_may_differ_a_little(self, evil, verify, claim, seconds):
        claims = {**evil.honest_claims(), claim: now_seconds() + seconds}
        assert await verify(evil.forger.sign(claims)) == claims

    @pytest.mark.parametrize(
        ("claim", "seconds"), [("exp", -MINUTE - 5), ("iat", MINUTE + 5), ("nbf", MINUTE + 5)]
    )
    async def test_but_not_more(self, evil, reason_of, claim, seconds):
        claims = {**evil.honest_claims(), claim: now_seconds() + seconds}
        assert await reason_of(evil.forger.sign(claims)) == "expired"

    @pytest.mark.parametrize("claim", ["exp", "iat"])
    @pytest.mark.parametrize(
        "value", [True, None, "1", [], {}, 1e300, -1e300, 10**40, float("nan"), float("inf")]
    )
    async def test_an_instant_that_is_none_is_refused(self, evil, reason_of, claim, value):
        claims = {**evil.honest_claims(), claim: value}
        assert await reason_of(evil.forger.sign(claims)) == "expired"

    @pytest.mark.parametrize("exp", [253_402_300_799, 253_402_300_740])
    async def test_the_last_instant_there_is_breaks_nothing(self, evil, verify, exp):
        claims = {**evil.honest_claims(), "exp": exp}
        assert (await verify(evil.forger.sign(claims)))["exp"] == exp

    @pytest.mark.parametrize("iat", [-62_135_596_800, 253_402_300_799])
    async def test_nor_does_the_first(self, evil, verify, reason_of, iat):
        token = evil.forger.sign({**evil.honest_claims(), "iat": iat})
        if iat > 0:
            assert await reason_of(token) == "expired"
        else:
            assert (await verify(token))["iat"] == iat


class TestParties:
    @pytest.mark.parametrize(
        ("aud", "azp", "good"),
        [
            (["evil-client"], None, True),
            (["evil-client"], "evil-client", True),
            (["evil-client", "another"], "evil-client", True),
            (["evil-client", "another"], None, False),
            (["evil-client", "evil-client"], None, False),
            ("evil-client", "another", False),
            ("evil-client", ["evil-client"], False),
            ("evil-client-2", None, False),
            ("evil", None, False),
            ("EVIL-CLIENT", None, False),
            ([["evil-client"]], None, False),
            ([], "evil-client", False),
            ({"evil-client": 1}, None, False),
        ],
    )
    async def test_it_must_be_made_for_this_server(self, evil, verify, reason_of, aud, azp, good):
        claims = {**evil.honest_claims(), "aud": aud}
        token = evil.forger.sign(claims if azp is None else {**claims, "azp": azp})
        if good:
            assert (await verify(token))["aud"] == aud
        else:
            assert await reason_of(token) == "audience"

    @pytest.mark.parametrize("change", ["/", "/.", "?", "#", " "])
    async def test_the_issuer_is_held_against_the_settings_letter_by_letter(
        self, evil, reason_of, change
    ):
        claims = {**evil.honest_claims(), "iss": evil.url + change}
        assert await reason_of(evil.forger.sign(claims)) == "issuer"

    @pytest.mark.parametrize("issuer", [["{url}"], {"{url}": 1}, None, True])
    async def test_an_issuer_that_is_no_text_is_refused(self, evil, reason_of, issuer):
        filled = json.loads(json.dumps(issuer).replace("{url}", evil.url))
        token = evil.forger.sign({**evil.honest_claims(), "iss": filled})
        assert await reason_of(token) == "issuer"

    @pytest.mark.parametrize("nonce", ["", "THE-NONCE-OF-THIS-LOG-IN", [NONCE], True])
    async def test_the_nonce_is_this_log_ins(self, evil, reason_of, nonce):
        token = evil.forger.sign({**evil.honest_claims(), "nonce": nonce})
        assert await reason_of(token) == "nonce"

    async def test_a_device_flow_has_no_nonce(self, evil, verify):
        claims = {**evil.honest_claims(), "nonce": "of-another"}
        assert await verify(evil.forger.sign(claims), nonce=None) == claims

    @pytest.mark.parametrize("length", [1, 255])
    async def test_a_subject_is_as_long_as_the_standard_says(self, evil, verify, length):
        claims = {**evil.honest_claims(), "sub": "s" * length}
        assert await verify(evil.forger.sign(claims)) == claims

    @pytest.mark.parametrize(
        "subject", ["s" * 256, "", "a\0b", "\ud800", "two\nlines", "\u202ereversed", ["s"], None]
    )
    async def test_a_subject_that_no_store_can_keep_is_refused(self, evil, reason_of, subject):
        token = evil.forger.sign({**evil.honest_claims(), "sub": subject})
        assert await reason_of(token) == "subject"


def deep(letters: int) -> bytes:
    return b'{"alg":"RS256","x":' + b"[" * letters + b"]" * letters + b"}"


class TestGarbage:
    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"[]",
            b"null",
            b"7",
            b'"RS256"',
            b"{}",
            b"\xff\xfe",
            b'{"alg":null}',
            b'{"alg":["RS256"]}',
            b'{"alg":{"RS256":1}}',
            b'{"alg":"RS256","kid":7}',
            b'{"alg":"RS256","kid":["a"]}',
            b'{"alg":"RS256","kid":"\\ud800"}',
            b'{"alg":"RS256","crit":[]}',
            b'{"alg":"RS256","crit":["exp"]}',
            b'{"alg":"RS256","b64":false,"crit":["b64"]}',
            b'{"alg":"RS256","b64":false}',
            b'{"alg":"RS512"}',
            b'{"alg":"PS256"}',
            b'{"alg":"EdDSA"}',
            b'{"alg":"dir","enc":"A256GCM"}',
            deep(3000),
        ],
    )
    async def test_a_header_that_is_none_is_refused(self, evil, reason_of, header):
        token = f"{encode(header)}.{encode(evil.honest_claims())}.{encode(b'signature')}"
        assert await reason_of(token) in ("malformed", "algorithm", "signature")

    @pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"{", b"\xff", b'{"sub":NaN', b"7"])
    async def test_a_signed_payload_that_is_none_is_refused(self, evil, reason_of, payload):
        assert await reason_of(evil.forger.sign(payload)) in ("malformed", "signature")

    async def test_a_signed_payload_that_nests_endlessly_is_refused(self, evil, reason_of):
        payload = b'{"x":' + b"[" * 3000 + b"]" * 3000 + b"}"
        assert await reason_of(evil.forger.sign(payload)) in ("malformed", "signature")

    @pytest.mark.parametrize(
        "token",
        ["", ".", "..", "...", "a", "a.b", "\0", "\ud800.\ud800.\ud800", "é.é.é", "a.b.c.d.e"],
    )
    async def test_text_that_is_no_token_is_refused(self, reason_of, token):
        assert await reason_of(token) == "malformed"

    async def test_a_token_of_endless_length_is_not_even_read(self, evil, verify, reason_of):
        padded = {**evil.honest_claims(), "pad": "x" * LONGEST_TOKEN}
        token = evil.forger.sign(padded)
        assert await reason_of(token) == "malformed"
        assert evil.calls == []

    async def test_a_signature_in_other_spellings_of_base64_changes_no_claims(self, evil, verify):
        claims = evil.honest_claims()
        head, body, signature = evil.forger.sign(claims).split(".")
        decoded = json.loads(base64.urlsafe_b64decode(body + "=="))
        assert decoded == await verify(f"{head}.{body}.{signature}") == claims
