"""Whom the fake service knows, what shows who somebody is, and what each of them has there."""

import dataclasses
import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..practice import ADA, BEN, FAY, KEY_LENGTH, KEY_PREFIX, Person, Subscription
from .comfy_api_answers import refusal
from .comfy_api_tokens import TokenMint, VerifyToken

PREFIX_SHOWN = 12


@dataclass
class MadeKey:
    """An API key that was made at the service."""

    id: str
    person_id: str
    name: str
    description: str
    plaintext: str
    created_at: str

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "key_prefix": self.plaintext[:PREFIX_SHOWN],
            "created_at": self.created_at,
        }


class People:
    """The customers. Who is known beforehand is set up, but for those not `provisioned`."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint
        self.reset()

    def reset(self) -> None:
        """Forget who came and what was made or changed."""
        self.all: list[Person] = [ADA, BEN, FAY]
        self.verify_token: VerifyToken = self._mint.verify
        self.keys: list[MadeKey] = []
        self.subscriptions: dict[str, Subscription] = {}
        self._seen: set[str] = set()

    def set_up(self, person: Person) -> bool:
        """Have the person as a customer; True when that is new."""
        is_new = person.id not in self._seen
        self._seen.add(person.id)
        return is_new

    def is_set_up(self, person: Person) -> bool:
        return person.provisioned or person.id in self._seen

    def revoke(self, key: str) -> None:
        self.all = [person for person in self.all if person.key != key]
        self.keys = [made for made in self.keys if made.plaintext != key]

    def by_id(self, person_id: str) -> Person | None:
        return next((person for person in self.all if person.id == person_id), None)

    def subscription(self, person: Person) -> Subscription:
        """The person's own copy, to be changed."""
        found = self.subscriptions.get(person.id)
        if found is None:
            found = self.subscriptions[person.id] = dataclasses.replace(person.subscription)
        return found

    def make_key(self, person: Person, name: str, description: str) -> MadeKey:
        plaintext = KEY_PREFIX + secrets.token_hex((KEY_LENGTH - len(KEY_PREFIX)) // 2)
        number = len(self.keys) + 1
        at = f"2026-02-01T00:00:{number % 60:02}Z"
        made = MadeKey(secrets.token_hex(8), person.id, name, description, plaintext, at)
        self.keys.append(made)
        return made

    def caller(self, request: web.Request) -> Person:
        """Whose credential the request carries; 401 or 403 when it is no good."""
        key = request.headers.get("X-API-KEY")
        person = self._by_token(request) or (self._by_key(key) if key else None)
        if person is None:
            raise refusal(web.HTTPUnauthorized, "Invalid or missing credential")
        return person

    def logged_in(self, request: web.Request) -> Person:
        """As `caller`, but an API key will not do."""
        person = self._by_token(request)
        if person is None:
            raise refusal(web.HTTPUnauthorized, "This needs a log-in; an API key will not do")
        return person

    def customer(self, person: Person) -> Person:
        """The person; 409 when the service has not set them up."""
        if not self.is_set_up(person):
            raise refusal(web.HTTPConflict, "Customer not provisioned")
        return person

    def _by_key(self, key: str) -> Person | None:
        made = next((made for made in self.keys if made.plaintext == key), None)
        person = next((person for person in self.all if person.key == key), None)
        person = self.by_id(made.person_id) if made else person
        if person is not None and not person.api_keys_allowed:
            raise refusal(web.HTTPForbidden, "API key auth not allowed")
        return person

    def _by_token(self, request: web.Request) -> Person | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            return None
        for person in self.all:
            if person.token == token:
                return person
        claims = self.verify_token(token)
        return self._by_claims(claims) if claims else None

    def _by_claims(self, claims: dict[str, Any]) -> Person:
        """The person of an ID token; one who is new here is no customer yet."""
        person = self.by_id(claims["sub"])
        if person is None:
            email = claims.get("email", "")
            name = claims.get("name") or email.partition("@")[0]
            person = Person(claims["sub"], name, email, key="", token="", provisioned=False)
            self.all.append(person)
        return person
