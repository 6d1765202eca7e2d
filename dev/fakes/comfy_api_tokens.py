"""Log-ins of the fake service: Firebase-shaped ID tokens, signed with a key made for the run."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..practice import Person

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PROJECT = "dreamboothy"
LIFETIME_SECONDS = 3600
CUSTOM_TOKEN_AUDIENCE = (
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"  # noqa: S105
)

VerifyToken = Callable[[str], dict[str, Any] | None]


def now_seconds() -> int:
    return int(datetime.now(timezone.utc).timestamp())  # noqa: TID251  (a peer has its own clock)


class TokenMint:
    """Makes ID tokens, publishes their key, and knows its own again."""

    def __init__(self, project: str = PROJECT) -> None:
        self.project = project
        self.kid = secrets.token_hex(8)

    @cached_property
    def key(self) -> "RSAPrivateKey":
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def issuer(self) -> str:
        return f"https://securetoken.google.com/{self.project}"

    def key_set(self) -> dict[str, Any]:
        from jwt.algorithms import RSAAlgorithm

        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def token_for(self, person: Person, **changes: Any) -> str:
        """An ID token of the person; `changes` replace claims, and None leaves a claim out."""
        now = now_seconds()
        claims = {
            "iss": self.issuer,
            "aud": self.project,
            "sub": person.id,
            "user_id": person.id,
            "name": person.name,
            "email": person.email,
            "email_verified": person.email_verified,
            "auth_time": now,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "firebase": {"identities": {"email": [person.email]}, "sign_in_provider": "password"},
            **changes,
        }
        return self._sign({name: value for name, value in claims.items() if value is not None})

    def custom_token_for(self, person: Person) -> str:
        """What Firebase's signInWithCustomToken takes; its emulator does not look who signed."""
        now = now_seconds()
        service = "practice-service@practice.example"
        claims = {"iss": service, "sub": service, "aud": CUSTOM_TOKEN_AUDIENCE, "uid": person.id}
        return self._sign({**claims, "iat": now, "exp": now + LIFETIME_SECONDS})

    def verify(self, token: str) -> dict[str, Any] | None:
        """The claims of a token of this mint that is good now, else None."""
        import jwt

        try:
            return jwt.decode(
                token, self.key.public_key(), ["RS256"], audience=self.project, issuer=self.issuer
            )
        except jwt.InvalidTokenError:
            return None

    def _sign(self, claims: dict[str, Any]) -> str:
        import jwt

        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})
