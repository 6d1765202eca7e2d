"""cloud.comfy.org: subscriptions, and the log-in by code that it made for its desktop program."""

from __future__ import annotations

import platform
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, cast

from ..secret import Secret
from ..version import VERSION
from .comfy_account_answers import nonsense
from .comfy_errors import ComfyRefusedError, ComfyTokenInvalidError
from .errors import FlowExpiredError, LogInDeniedError
from .http_client import Answer, HttpClient

CODE_FORM = re.compile(r"[A-Za-z0-9_-]{8,256}")
SHORTEST_INTERVAL_SECONDS, LONGEST_INTERVAL_SECONDS = 2, 60
SHORTEST_LIFETIME_SECONDS, LONGEST_LIFETIME_SECONDS = 60, 1800


@dataclass(frozen=True)
class LoginCode:
    """A code that a person approves in a browser, wherever that is."""

    code: Secret = field(repr=False)
    url: str = field(repr=False)
    expires_in: int
    interval: int


class ComfyCloud:
    """Asks the cloud service."""

    def __init__(self, base: str, client: HttpClient) -> None:
        self._base = base.rstrip("/")
        self._client = client

    async def cancel_subscription(self, id_token: Secret) -> None:
        """Have the subscription end with the time that is paid for."""
        await self._bill("cancel", id_token, {"idempotency_key": uuid.uuid4().hex})

    async def resubscribe(self, id_token: Secret) -> None:
        """Take a cancellation back, as long as the subscription has not ended."""
        await self._bill("resubscribe", id_token, {})

    async def begin_code(self, challenge: str) -> LoginCode:
        """Ask for a code; `challenge` is the S256 of its verifier (RFC 7636)."""
        body = {"platform": platform.system().lower() or "unknown", "app_version": VERSION}
        answer = await self._client.ask(
            "POST",
            f"{self._base}/api/auth/desktop-login-codes",
            {},
            {**body, "code_challenge": challenge},
        )
        if answer.status in (401, 403, 404):
            raise ComfyRefusedError(
                "Comfy gives no log-in codes to this program. Log in another way.", "not_permitted"
            )
        fields = _fields(answer, 200, 201)
        code = fields.get("code")
        if not isinstance(code, str) or not CODE_FORM.fullmatch(code):
            raise nonsense(answer)
        return LoginCode(
            Secret(code),
            f"{self._base}/cloud/login?desktop_login_code={code}",
            _bound(fields.get("expires_in"), SHORTEST_LIFETIME_SECONDS, LONGEST_LIFETIME_SECONDS),
            _bound(
                fields.get("poll_interval"), SHORTEST_INTERVAL_SECONDS, LONGEST_INTERVAL_SECONDS
            ),
        )

    async def exchange_code(self, code: Secret, verifier: Secret) -> Secret | None:
        """Return the token to log in with, or None as long as nobody has approved.

        Raises LogInDeniedError and FlowExpiredError, which are final, besides what is a matter of
        the network.
        """
        answer = await self._client.ask(
            "POST",
            f"{self._base}/api/auth/desktop-login-codes/exchange",
            {},
            {"code": code.reveal(), "code_verifier": verifier.reveal()},
        )
        if answer.status == 403:  # noqa: PLR2004
            raise LogInDeniedError("Comfy refused this log-in code. Begin again.")
        if answer.status in (404, 410):
            raise FlowExpiredError("Comfy's log-in code has expired. Begin again.")
        if answer.status == 408:  # noqa: PLR2004  # the service's way to say: later
            return None
        fields = _fields(answer, 200, 202)
        token = fields.get("custom_token")
        if fields.get("status") == "complete" and isinstance(token, str) and token:
            return Secret(token)
        if fields.get("status") != "pending":
            raise nonsense(answer)
        return None

    async def _bill(self, what: str, id_token: Secret, body: dict[str, Any]) -> None:
        token = await self._exchange(id_token)
        answer = await self._client.ask(
            "POST",
            f"{self._base}/api/billing/subscription/{what}",
            {"Authorization": f"Bearer {token.reveal()}"},
            body,
        )
        _judge(answer)
        _fields(answer, 200, 201, 202)

    async def _exchange(self, id_token: Secret) -> Secret:
        """Return the cloud's own token for a log-in."""
        answer = await self._client.ask(
            "POST",
            f"{self._base}/api/auth/token",
            {"Authorization": f"Bearer {id_token.reveal()}"},
            {},
        )
        _judge(answer)
        token = _fields(answer, 200, 201).get("token")
        if not isinstance(token, str) or not token:
            raise nonsense(answer)
        return Secret(token)


def _judge(answer: Answer) -> None:
    if answer.status == 401:  # noqa: PLR2004
        raise ComfyTokenInvalidError(
            "Comfy does not take this log-in any more. Log in at Comfy again.", "refused"
        )
    if answer.status in (403, 404, 409, 422):
        raise ComfyRefusedError(
            "Comfy does not allow this change of the subscription now. Manage it at "
            "https://platform.comfy.org.",
            "not_permitted",
        )


def _fields(answer: Answer, *statuses: int) -> dict[str, Any]:
    if answer.status not in statuses or not isinstance(answer.body, dict):
        raise nonsense(answer)
    return cast("dict[str, Any]", answer.body)  # pyright: ignore[reportUnknownMemberType]


def _bound(value: object, shortest: int, longest: int) -> int:
    number = value if isinstance(value, int) and not isinstance(value, bool) else shortest
    return min(max(number, shortest), longest)
