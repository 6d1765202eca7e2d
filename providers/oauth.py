"""OAuth 2.0 as this server speaks it: PKCE, the token endpoint, the device flow.

RFC 6749, 7636 (PKCE), 8628 (device flow), 9700 (best practice).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..secret import Secret
from .errors import (
    FlowExpiredError,
    LogInDeniedError,
    ProviderAnswerInvalidError,
    ProviderClientRefusedError,
    ServiceAnsweredNonsenseError,
)
from .http_client import Answer, HttpClient

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEFAULT_INTERVAL_SECONDS = 5
SLOWER_BY_SECONDS = 5
LONGEST_INTERVAL_SECONDS = 60
LONGEST_DEVICE_FLOW_SECONDS = 30 * 60
LONGEST_TEXT = 2048

DENIED = ("access_denied", "authorization_declined", "login_required", "consent_required")
CLIENT_REFUSED = (
    "invalid_client",
    "unauthorized_client",
    "incorrect_client_credentials",
    "device_flow_disabled",
    "redirect_uri_mismatch",
    "unsupported_grant_type",
    "Not Found",  # what GitHub says of a client id that it does not know
)
CODE_REFUSED = ("invalid_grant", "bad_verification_code", "incorrect_device_code")


@dataclass(frozen=True)
class OAuthClient:
    """What the provider calls this server, and the secret between the two, if there is one."""

    id: str
    secret: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True)
class DeviceCode:
    """A device flow that has begun: the person enters `user_code` at `verification_uri`."""

    device_code: Secret = field(repr=False)
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: int
    interval: int


@dataclass(frozen=True)
class Pending:
    """Nobody has answered yet; ask again after `interval` seconds."""

    interval: int


def make_challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def add_query(url: str, **parameters: str | None) -> str:
    """Return the address with these parameters added."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(name, value) for name, value in parameters.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


@dataclass(frozen=True)
class ClientEndpoint:
    """Where the provider wants to know which client asks: for tokens, and for device codes.

    `in_header`: the client shows its secret by HTTP Basic.
    """

    url: str
    client: OAuthClient
    http: HttpClient
    in_header: bool = False
    public_only: bool = False

    async def ask(self, form: dict[str, str]) -> dict[str, Any]:
        """Return the provider's answer, errors included, as an object.

        Raises ServiceUnreachableError and ServiceAnsweredNonsenseError.
        """
        headers = {"Accept": "application/json"}
        form = {**form, "client_id": self.client.id}
        if secret := self.client.secret.reveal():
            if self.in_header:
                headers["Authorization"] = _basic(self.client.id, secret)
            else:
                form["client_secret"] = secret
        answer = await self.http.ask(
            "POST", self.url, headers, form=form, public_only=self.public_only
        )
        return read_object(answer)

    async def fetch(self, form: dict[str, str]) -> dict[str, Any]:
        """Return tokens. Raises LogInDeniedError, FlowExpiredError, ProviderAnswerInvalidError and
        ProviderClientRefusedError besides.
        """
        answer = await self.ask(form)
        if "error" in answer:
            raise_refusal(answer["error"])
        return answer

    async def poll(self, device_code: Secret, interval: int) -> dict[str, Any] | Pending:
        """Return the tokens of a device flow, or how long to wait. Raises what `fetch` raises."""
        answer = await self.ask({"grant_type": DEVICE_GRANT, "device_code": device_code.reveal()})
        error = answer.get("error")
        if error == "authorization_pending":
            return Pending(interval)
        if error == "slow_down":
            asked = _read_seconds(answer.get("interval"), LONGEST_INTERVAL_SECONDS, 0)
            return Pending(max(asked, interval + SLOWER_BY_SECONDS))
        if error is not None:
            raise_refusal(error)
        return answer


def _basic(client_id: str, secret: str) -> str:
    # RFC 6749, 2.3.1: both are form-encoded before they are joined.
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


async def begin_device_flow(endpoint: ClientEndpoint, scope: str) -> DeviceCode:
    """Ask for a device code. Raises what `ClientEndpoint.fetch` raises."""
    body = await endpoint.fetch({"scope": scope})
    device_code, user_code = body.get("device_code"), body.get("user_code")
    address = body.get("verification_uri") or body.get("verification_url")  # Google's spelling
    if not (_is_text(device_code) and _is_text(user_code) and _is_web_address(address)):
        raise nonsense()
    complete = body.get("verification_uri_complete")
    return DeviceCode(
        Secret(cast("str", device_code)),
        cast("str", user_code),
        cast("str", address),
        cast("str", complete) if _is_web_address(complete) else None,
        _read_seconds(body.get("expires_in"), LONGEST_DEVICE_FLOW_SECONDS, 600),
        _read_seconds(body.get("interval"), LONGEST_INTERVAL_SECONDS, DEFAULT_INTERVAL_SECONDS),
    )


def read_object(answer: Answer) -> dict[str, Any]:
    """Return the body when it is a JSON object. Raises ServiceAnsweredNonsenseError."""
    if not isinstance(answer.body, dict):
        raise nonsense(answer.status)
    return cast("dict[str, Any]", answer.body)  # pyright: ignore[reportUnknownMemberType]


def raise_refusal(error: object) -> NoReturn:
    """Raise what the provider's error code means; the code alone is passed on, never its text."""
    if error in DENIED:
        raise LogInDeniedError(
            "The log-in was not allowed there. Nothing was changed here; begin again if you meant "
            "to log in."
        )
    if error == "expired_token":
        raise FlowExpiredError("The code was not entered in time. Get a new one.")
    code = error if isinstance(error, str) and error in CLIENT_REFUSED + CODE_REFUSED else "other"
    if error in CLIENT_REFUSED:
        raise ProviderClientRefusedError(
            "The log-in provider does not accept this server's client id, its secret or what it "
            "asked for. Tell this server's owner: “Check” in the server's settings says more.",
            error=code,
        )
    raise ProviderAnswerInvalidError(
        "The provider did not accept this log-in: it took too long, or it was used already. "
        "Begin again.",
        reason="code",
        error=code,
    )


def nonsense(status: int | None = None) -> ServiceAnsweredNonsenseError:
    """Return the error for an answer that no provider gives."""
    return ServiceAnsweredNonsenseError(
        "Something answered for the log-in provider, and it was not the provider: a proxy, a "
        "captive portal or a wrong address in the settings. Nothing was changed.",
        status=status,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and value.isprintable()


def _is_web_address(value: object) -> bool:
    return _is_text(value) and cast("str", value).startswith(("https://", "http://"))


def _read_seconds(value: object, longest: int, otherwise: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        return otherwise
    return max(1, int(min(value, longest)))  # JSON as Python reads it knows infinity
