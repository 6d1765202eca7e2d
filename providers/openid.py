"""Log-in by OpenID Connect: authorization code with PKCE, and the device flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from ..clock import Clock
from ..secret import Secret
from .discovery import Configuration, Discovery, Endpoint
from .errors import ProviderAnswerInvalidError, ProviderClientRefusedError
from .http_client import HttpClient
from .id_tokens import LEEWAY, read_instant, verify_id_token
from .log_in_provider import RedirectFlow
from .oauth import (
    ClientEndpoint,
    DeviceCode,
    OAuthClient,
    Pending,
    add_query,
    begin_device_flow,
    make_challenge,
    read_object,
)
from .proved_identity import ProvedIdentity, printable

SCOPES = "openid email profile"
FRESH_FOR = timedelta(minutes=5)
NO_CODE = "a-code-that-nobody-was-given"


@dataclass(frozen=True)
class Clients:
    """Who this server is to the provider: for redirects, and for the device flow."""

    redirect: OAuthClient | None = None
    device: OAuthClient | None = None


class OpenIdProvider:
    """One issuer, and this server as its client."""

    def __init__(  # what a provider is made of
        self, kind: str, label: str, issuer: str, clients: Clients, http: HttpClient, clock: Clock
    ) -> None:
        self.kind = kind
        self.label = label
        self._clients = clients
        self._discovery = Discovery(issuer, http, clock)
        self._http = http
        self._clock = clock

    @property
    def redirects(self) -> bool:
        """Whether there is a client for log-in by redirect."""
        return self._clients.redirect is not None

    @property
    def has_device_flow(self) -> bool:
        """Whether there is a client for log-in by code."""
        return self._clients.device is not None

    async def make_authorization_url(self, flow: RedirectFlow) -> str:
        """Return where the browser is to go. Raises what `Discovery.read` raises."""
        configuration = await self._discovery.read()
        return add_query(
            configuration.authorization.url,
            response_type="code",
            client_id=_require(self._clients.redirect).id,
            redirect_uri=flow.redirect_uri,
            scope=SCOPES,
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=make_challenge(flow.verifier),
            code_challenge_method="S256",
            prompt="login" if flow.fresh else None,
            max_age="0" if flow.fresh else None,
        )

    async def redeem(self, flow: RedirectFlow, code: str, issuer: str | None) -> ProvedIdentity:
        """Return who came back. Raises what `LogInProvider.redeem` names."""
        configuration = await self._discovery.read()
        self._check_sender(issuer, configuration)
        client = _require(self._clients.redirect)
        tokens = await self._token_endpoint(configuration, client).fetch(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": flow.redirect_uri,
                "code_verifier": flow.verifier,
            }
        )
        claims = await self._verify(configuration, tokens, client, flow.nonce)
        if flow.fresh:
            self._check_fresh(claims)
        return await self._describe(configuration, claims, tokens)

    async def begin_device_flow(self) -> DeviceCode:
        """Return the code to show. Raises what `redeem` raises."""
        configuration = await self._discovery.read()
        endpoint, client = _require_device(configuration), _require(self._clients.device)
        return await begin_device_flow(self._reach(endpoint, configuration, client), SCOPES)

    async def poll_device_flow(
        self, device_code: Secret, interval: int
    ) -> ProvedIdentity | Pending:
        """Return who has entered the code, or how long to wait."""
        configuration = await self._discovery.read()
        client = _require(self._clients.device)
        tokens = await self._token_endpoint(configuration, client).poll(device_code, interval)
        if isinstance(tokens, Pending):
            return tokens
        claims = await self._verify(configuration, tokens, client, None)
        return await self._describe(configuration, claims, tokens)

    async def try_client(self) -> None:
        """Offer a code that nobody was given: refusing the code, the provider knows the client."""
        configuration = await self._discovery.read()
        client = _require(self._clients.redirect or self._clients.device)
        answer = await self._token_endpoint(configuration, client).ask(
            {
                "grant_type": "authorization_code",
                "code": NO_CODE,
                "redirect_uri": "http://127.0.0.1/",
                "code_verifier": NO_CODE * 2,
            }
        )
        if answer.get("error") in ("invalid_client", "unauthorized_client"):
            raise ProviderClientRefusedError(
                "The provider does not know this client id, or the secret is another one.",
                error=answer["error"],
            )

    def _token_endpoint(self, configuration: Configuration, client: OAuthClient) -> ClientEndpoint:
        return self._reach(configuration.token, configuration, client)

    def _reach(
        self, endpoint: Endpoint, configuration: Configuration, client: OAuthClient
    ) -> ClientEndpoint:
        in_header = configuration.secret_in_header
        return ClientEndpoint(endpoint.url, client, self._http, in_header, endpoint.public_only)

    def _check_sender(self, issuer: str | None, configuration: Configuration) -> None:
        # RFC 9207: another provider's code must not be shown to this one.
        missing = issuer is None and configuration.names_itself
        if missing or (issuer is not None and issuer != self._discovery.issuer):
            raise ProviderAnswerInvalidError(
                "Another provider has answered than the one that was asked. The log-in was "
                "refused.",
                reason="issuer",
            )

    async def _verify(
        self,
        configuration: Configuration,
        tokens: dict[str, Any],
        client: OAuthClient,
        nonce: str | None,
    ) -> dict[str, Any]:
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise ProviderAnswerInvalidError(
                "The provider did not say who logged in. Its client must allow the scope openid.",
                reason="malformed",
            )
        return await verify_id_token(
            token,
            configuration.keys,
            issuer=self._discovery.issuer,
            audience=client.id,
            clock=self._clock,
            nonce=nonce,
        )

    def _check_fresh(self, claims: dict[str, Any]) -> None:
        logged_in_at = read_instant(claims.get("auth_time"))
        if logged_in_at is not None and self._clock() - logged_in_at > FRESH_FOR + LEEWAY:
            raise ProviderAnswerInvalidError(
                "The provider did not ask who you are. Log out there, then try again.",
                reason="expired",
            )

    async def _describe(
        self, configuration: Configuration, claims: dict[str, Any], tokens: dict[str, Any]
    ) -> ProvedIdentity:
        subject = cast("str", claims["sub"])
        if "email" not in claims and configuration.userinfo is not None:
            # What the token says of an address is not about the one that userinfo names.
            claims = {**claims, "email_verified": None}
            claims.update(await self._ask_more(configuration.userinfo, subject, tokens))
        email = printable(claims.get("email"), 320)
        said = claims.get("email_verified")
        verified = said is True or said == "true"
        name = printable(claims.get("name"), 80) or printable(claims.get("preferred_username"), 80)
        return ProvedIdentity(self.kind, subject, email or name, email if verified else None, name)

    async def _ask_more(
        self, endpoint: Endpoint, subject: str, tokens: dict[str, Any]
    ) -> dict[str, Any]:
        token = tokens.get("access_token")
        if not isinstance(token, str):
            return {}
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = await self._http.ask(
            "GET", endpoint.url, headers, public_only=endpoint.public_only
        )
        if answer.status != 200:  # noqa: PLR2004
            return {}
        found = read_object(answer)
        if found.get("sub") != subject:  # OpenID Connect Core, 5.3.2
            raise ProviderAnswerInvalidError(
                "The provider tells of another person than the one who logged in. The log-in was "
                "refused.",
                reason="subject",
            )
        wanted = ("email", "email_verified", "name", "preferred_username")
        return {name: found[name] for name in wanted if name in found}


def _require(client: OAuthClient | None) -> OAuthClient:
    if client is None:  # asked first: `redirects`, `has_device_flow`
        raise RuntimeError("There is no client for this flow.")
    return client


def _require_device(configuration: Configuration) -> Endpoint:
    if configuration.device is None:
        raise ProviderClientRefusedError(
            "This provider has no log-in by code. Its owner has to switch it off in this server's "
            "settings, or on at the provider.",
            error="no_device_endpoint",
        )
    return configuration.device
