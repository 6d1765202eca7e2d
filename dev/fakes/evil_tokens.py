"""ID tokens that no client should take, each wrong in one way; the first one alone is honest."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Claims = dict[str, Any]
DAY_SECONDS = 86_400


def now_seconds() -> int:
    return int(datetime.now(timezone.utc).timestamp())  # noqa: TID251  (a peer has its own clock)


def encode(part: bytes | dict[str, Any]) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_key() -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Forger:
    """Signs anything, in any way. `key` is the published one, `other_key` nobody knows."""

    def __init__(self) -> None:
        self.kid = secrets.token_hex(8)
        self.key = make_key()
        self.other_key = make_key()

    def jwk(self, key: "RSAPrivateKey | None" = None, kid: str | None = None) -> dict[str, Any]:
        from jwt.algorithms import RSAAlgorithm

        public = json.loads(RSAAlgorithm.to_jwk((key or self.key).public_key()))
        return {**public, "kid": kid or self.kid, "alg": "RS256", "use": "sig"}

    def pem(self) -> bytes:
        """The public key, as an attacker writes it down from the key set."""
        from cryptography.hazmat.primitives import serialization

        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, claims: Claims, key: "RSAPrivateKey | None" = None, **header: Any) -> str:
        """RS256 over the claims; `header` adds and replaces, and None leaves a field out."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        signed = self._signed_part(claims, {"alg": "RS256", "kid": self.kid, **header})
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encode(signature)}"

    def sign_hs256(self, claims: Claims, secret: bytes, **header: Any) -> str:
        signed = self._signed_part(claims, {"alg": "HS256", "kid": self.kid, **header})
        return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def unsigned(self, claims: Claims, alg: str = "none", **header: Any) -> str:
        return f"{self._signed_part(claims, {'alg': alg, **header})}."

    @staticmethod
    def _signed_part(claims: Claims, header: dict[str, Any]) -> str:
        fields = {name: value for name, value in {"typ": "JWT", **header}.items() if value}
        return f"{encode(fields)}.{encode(claims)}"


def _without(claims: Claims, name: str) -> Claims:
    return {kept: value for kept, value in claims.items() if kept != name}


def _swap_payload(forger: Forger, claims: Claims) -> str:
    head, _, signature = forger.sign(claims).split(".")
    return f"{head}.{encode({**claims, 'sub': 'somebody-else'})}.{signature}"


def _with(**changes: Any) -> "Forge":
    return lambda forger, claims: forger.sign({**claims, **changes})


def _later(**seconds: int) -> "Forge":
    """Move instants from now by so many seconds."""
    return lambda forger, claims: forger.sign(
        {**claims, **{name: now_seconds() + moved for name, moved in seconds.items()}}
    )


def _lacking(name: str) -> "Forge":
    return lambda forger, claims: forger.sign(_without(claims, name))


Forge = Callable[[Forger, Claims], str]

FORGERIES: dict[str, Forge] = {
    "alg none": lambda forger, claims: forger.unsigned(claims),
    "alg none with a kid": lambda forger, claims: forger.unsigned(claims, kid=forger.kid),
    "alg None in other letters": lambda forger, claims: forger.unsigned(claims, "nOnE"),
    "RS256 without a signature": lambda forger, claims: forger.unsigned(claims, "RS256"),
    "HS256 with the public key's PEM": lambda forger, claims: forger.sign_hs256(
        claims, forger.pem()
    ),
    "HS256 with the public key's modulus": lambda forger, claims: forger.sign_hs256(
        claims, forger.jwk()["n"].encode()
    ),
    "HS256 with an empty secret": lambda forger, claims: forger.sign_hs256(claims, b""),
    "an unknown kid": lambda forger, claims: forger.sign(claims, forger.other_key, kid="unknown"),
    "another key under our kid": lambda forger, claims: forger.sign(claims, forger.other_key),
    "its own key in the header": lambda forger, claims: forger.sign(
        claims, forger.other_key, jwk=forger.jwk(forger.other_key), kid="own"
    ),
    "a key's address in the header": lambda forger, claims: forger.sign(
        claims, forger.other_key, jku=f"{claims['iss']}/other-keys", kid="own"
    ),
    "a critical header nobody knows": lambda forger, claims: forger.sign(
        claims, crit=["practice"], practice="yes"
    ),
    "claims changed after signing": _swap_payload,
    "another issuer": _with(iss="https://another.example"),
    "no issuer": _lacking("iss"),
    "another audience": _with(aud="another-client"),
    "no audience": _lacking("aud"),
    "audiences of which ours is none": _with(aud=["one", "two"]),
    "a party that is not ours": lambda forger, claims: forger.sign(
        {**claims, "aud": [claims["aud"], "another"], "azp": "another"}
    ),
    "an expiry in the past": _later(iat=-2 * DAY_SECONDS, exp=-DAY_SECONDS),
    "no expiry": _lacking("exp"),
    "an expiry that is no number": _with(exp="tomorrow"),
    "issued in the future": _later(iat=DAY_SECONDS, exp=2 * DAY_SECONDS),
    "not good yet": _later(nbf=DAY_SECONDS),
    "another nonce": _with(nonce="another-nonce"),
    "no nonce": _lacking("nonce"),
    "no subject": _lacking("sub"),
    "an empty subject": _with(sub=""),
    "a subject that is no text": _with(sub=7),
    "a subject of endless length": _with(sub="s" * 100_000),
    "no token": lambda forger, claims: "",
    "not a token": lambda forger, claims: "not.a.token",
    "claims that are a list": lambda forger, claims: forger.sign([claims]),  # type: ignore[arg-type]
}
