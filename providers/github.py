"""Log-in by GitHub, which speaks OAuth 2.0 and not OpenID Connect."""

from __future__ import annotations

from typing import Any, cast

from ..secret import Secret
from .errors import ProviderAnswerInvalidError, ProviderClientRefusedError
from .http_client import HttpClient
from .log_in_provider import RedirectFlow
from .oauth import (
    CLIENT_REFUSED,
    ClientEndpoint,
    DeviceCode,
    OAuthClient,
    Pending,
    add_query,
    begin_device_flow,
    make_challenge,
    nonsense,
    read_object,
)
from .proved_identity import ProvedIdentity, printable

KIND, LABEL = "github", "GitHub"
SCOPES = "read:user user:email"
NO_CODE = "0" * 20


class GitHub:
    """github.com, or a GitHub of one's own, and this server as its OAuth app."""

    kind = KIND
    label = LABEL

    def __init__(self, base: str, api_base: str, client: OAuthClient, http: HttpClient) -> None:
        self._base = base.rstrip("/")
        self._api_base = api_base.rstrip("/")
        self._client = client
        self._http = http
        self._tokens = ClientEndpoint(f"{self._base}/login/oauth/access_token", client, http)

    @property
    def redirects(self) -> bool:
        """Whether there is a secret, which GitHub wants for log-in by redirect."""
        return bool(self._client.secret)

    @property
    def has_device_flow(self) -> bool:
        """Whether there is an app: each may use the device flow, once that is switched on there."""
        return True

    async def make_authorization_url(self, flow: RedirectFlow) -> str:
        """Return where the browser is to go."""
        return add_query(
            f"{self._base}/login/oauth/authorize",
            response_type="code",
            client_id=self._client.id,
            redirect_uri=flow.redirect_uri,
            scope=SCOPES,
            state=flow.state,
            code_challenge=make_challenge(flow.verifier),
            code_challenge_method="S256",
            prompt="select_account" if flow.fresh else None,
        )

    async def redeem(self, flow: RedirectFlow, code: str, issuer: str | None) -> ProvedIdentity:
        """Return who came back. Raises what `LogInProvider.redeem` names.

        GitHub does not name itself in the callback; our address for it is its alone (RFC 9700,
        4.4.2.2).
        """
        if issuer is not None and issuer.rstrip("/") not in (
            self._base,
            f"{self._base}/login/oauth",
        ):
            raise ProviderAnswerInvalidError(
                "Another provider has answered than the one that was asked. The log-in was "
                "refused.",
                reason="issuer",
            )
        tokens = await self._tokens.fetch(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": flow.redirect_uri,
                "code_verifier": flow.verifier,
            }
        )
        return await self._identify(tokens)

    async def begin_device_flow(self) -> DeviceCode:
        """Return the code to show. Raises what `redeem` raises."""
        app = OAuthClient(self._client.id)  # GitHub wants no secret here
        endpoint = ClientEndpoint(f"{self._base}/login/device/code", app, self._http)
        return await begin_device_flow(endpoint, SCOPES)

    async def poll_device_flow(
        self, device_code: Secret, interval: int
    ) -> ProvedIdentity | Pending:
        """Return who has entered the code, or how long to wait."""
        tokens = await self._tokens.poll(device_code, interval)
        return tokens if isinstance(tokens, Pending) else await self._identify(tokens)

    async def try_client(self) -> None:
        """Offer a code that nobody was given: refusing the code, GitHub knows the client."""
        if not self.redirects:
            await self.begin_device_flow()
            return
        answer = await self._tokens.ask({"code": NO_CODE})
        if answer.get("error") in CLIENT_REFUSED:
            raise ProviderClientRefusedError(
                "GitHub does not know this client id, or the secret is another one.",
                error=str(answer["error"]),
            )

    async def _identify(self, tokens: dict[str, Any]) -> ProvedIdentity:
        token = tokens.get("access_token")
        if not isinstance(token, str) or not token:
            raise ProviderAnswerInvalidError(
                "GitHub did not say who logged in. Begin again.", reason="malformed"
            )
        user = await self._ask("/user", token)
        if not isinstance(user, dict):
            raise nonsense()
        person = cast("dict[str, Any]", user)
        number, login = person.get("id"), printable(person.get("login"), 80)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
            raise nonsense()
        email = _find_address(await self._ask("/user/emails", token))
        name = printable(person.get("name"), 80) or login
        return ProvedIdentity(KIND, str(number), login or email, email, name)

    async def _ask(self, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        answer = await self._http.ask("GET", self._api_base + path, headers)
        if path == "/user" and answer.status != 200:  # noqa: PLR2004
            read_object(answer)
            raise nonsense(answer.status)
        return answer.body


def _find_address(body: Any) -> str | None:
    """Return the person's first address, if GitHub has verified it."""
    addresses = cast("list[Any]", body) if isinstance(body, list) else []
    for entry in addresses:
        if isinstance(entry, dict):
            address = cast("dict[str, Any]", entry)
            if address.get("primary") is True and address.get("verified") is True:
                return printable(address.get("email"), 320)
    return None
