"""Where an OpenID provider's endpoints are (OpenID Connect Discovery 1.0), fetched, remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from ..clock import Clock
from ..errors import PassportError
from .errors import ProviderAnswerInvalidError
from .http_client import HttpClient
from .key_sets import KeySet
from .oauth import nonsense, read_object

PATH = "/.well-known/openid-configuration"
REMEMBERED = timedelta(hours=1)
USED_WITHOUT_NEWS = timedelta(hours=24)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Endpoint:
    """An address of the provider; `public_only` when only the provider itself has named it."""

    url: str
    public_only: bool


@dataclass(frozen=True)
class Configuration:
    """What a provider says of itself."""

    authorization: Endpoint
    token: Endpoint
    userinfo: Endpoint | None
    device: Endpoint | None
    keys: KeySet
    names_itself: bool
    """It promises `iss` in the callback (RFC 9207)."""
    secret_in_header: bool


class Discovery:
    """Asks an issuer once an hour; what it said last is used for a day while it is silent."""

    def __init__(self, issuer: str, http: HttpClient, clock: Clock) -> None:
        self.issuer = issuer
        self._http = http
        self._clock = clock
        self._configuration: Configuration | None = None
        self._asked_at: datetime | None = None

    async def read(self) -> Configuration:
        """Return the provider's configuration.

        Raises ServiceUnreachableError, ServiceAnsweredNonsenseError, and
        ProviderAnswerInvalidError when it is another issuer's or names an address that is not
        encrypted.
        """
        known, age = self._configuration, self._age()
        if known is not None and age < REMEMBERED:
            return known
        try:
            self._configuration = await self._ask(known)
        except PassportError:
            if known is None or age >= USED_WITHOUT_NEWS:
                raise
            return known
        self._asked_at = self._clock()
        return self._configuration

    def _age(self) -> timedelta:
        if self._asked_at is None:
            return USED_WITHOUT_NEWS
        return abs(self._clock() - self._asked_at)

    async def _ask(self, known: Configuration | None) -> Configuration:
        if not _may_be_asked(self.issuer):
            raise ProviderAnswerInvalidError(
                "The log-in provider's address in this server's settings is not encrypted. Its "
                "owner has to write an issuer that begins with https://.",
                reason="issuer",
            )
        answer = await self._http.ask("GET", self.issuer.rstrip("/") + PATH, {})
        body = read_object(answer)
        if answer.status != 200:  # noqa: PLR2004
            raise nonsense(answer.status)
        if body.get("issuer") != self.issuer:
            raise ProviderAnswerInvalidError(
                "The log-in provider calls itself otherwise than this server's settings do. Its "
                "owner has to write the issuer exactly as the provider does.",
                reason="issuer",
            )
        keys = self._require(body, "jwks_uri")
        if known is not None and known.keys.url == keys.url:
            key_set = known.keys  # and what it remembers
        else:
            key_set = KeySet(keys.url, self._http, self._clock, keys.public_only)
        return Configuration(
            authorization=self._require(body, "authorization_endpoint"),
            token=self._require(body, "token_endpoint"),
            userinfo=self._find(body, "userinfo_endpoint"),
            device=self._find(body, "device_authorization_endpoint"),
            keys=key_set,
            names_itself=body.get("authorization_response_iss_parameter_supported") is True,
            secret_in_header=_wants_header(body.get("token_endpoint_auth_methods_supported")),
        )

    def _require(self, body: dict[str, Any], name: str) -> Endpoint:
        found = self._find(body, name)
        if found is None:
            raise nonsense()
        return found

    def _find(self, body: dict[str, Any], name: str) -> Endpoint | None:
        url = body.get(name)
        if not isinstance(url, str):
            return None
        try:
            parts, home = urlsplit(url), urlsplit(self.issuer)
            host = parts.hostname or ""
        except ValueError:
            raise nonsense() from None
        at_home = host == home.hostname
        on_this_machine = at_home and host in LOOPBACK
        encrypted = parts.scheme == "https" or (parts.scheme == "http" and on_this_machine)
        if not host or not encrypted:
            raise ProviderAnswerInvalidError(
                "The log-in provider names an address that is not encrypted (https). Nothing was "
                "sent there.",
                reason="malformed",
            )
        return Endpoint(url, public_only=not at_home)


def _may_be_asked(issuer: str) -> bool:
    """Tell whether nobody on the way can answer in its place: they would name their own keys."""
    try:
        parts = urlsplit(issuer)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _wants_header(methods: object) -> bool:
    # Discovery 1.0, 3: without a word, it is client_secret_basic.
    if not isinstance(methods, list):
        return True
    return "client_secret_post" not in cast("list[Any]", methods)
