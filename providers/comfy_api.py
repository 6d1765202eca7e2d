"""The hosted service behind Comfy API keys: who holds a key?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from ..secret import Secret
from .errors import ApiKeyNotPermittedError, ApiKeyRefusedError, ServiceAnsweredNonsenseError
from .http_client import Answer, HttpClient

DEFAULT_BASE = "https://api.comfy.org"
API_KEY_HEADER = "X-API-KEY"
SUCCESSES = (200, 201)


@dataclass(frozen=True)
class Customer:
    """The person whom the service knows by a key."""

    id: str
    name: str | None
    email: str | None


class ComfyApi:
    """Asks api.comfy.org, or the server that the owner named instead."""

    def __init__(self, base: str, client: HttpClient) -> None:
        self.base = (base or DEFAULT_BASE).rstrip("/")
        self._client = client

    async def identify(self, api_key: Secret) -> Customer:
        """Return who holds the key.

        POST /customers is idempotent and the cheapest call that names the holder. Raises
        ApiKeyRefusedError, ApiKeyNotPermittedError, ServiceUnreachableError or
        ServiceAnsweredNonsenseError.
        """
        headers = {API_KEY_HEADER: api_key.reveal()}
        answer = await self._client.ask("POST", f"{self.base}/customers", headers, {})
        if answer.status == 401:  # noqa: PLR2004
            raise ApiKeyRefusedError(
                "Comfy does not know this API key. It may have been deleted, or a character is "
                "missing. Copy it again, or make a new one."
            )
        if answer.status == 403:  # noqa: PLR2004
            raise ApiKeyNotPermittedError(
                "Comfy knows this API key and does not allow it to be used: its account's plan "
                "has no API access. See the plans at https://www.comfy.org."
            )
        return read_customer(answer)


def read_customer(answer: Answer) -> Customer:
    """Return whom the service names. Raises ServiceAnsweredNonsenseError."""
    body: dict[str, Any] = {}
    if isinstance(answer.body, dict):
        body = cast("dict[str, Any]", answer.body)  # pyright: ignore[reportUnknownMemberType]
    customer_id = body.get("id")
    if answer.status not in SUCCESSES or not isinstance(customer_id, str) or not customer_id:
        raise ServiceAnsweredNonsenseError(
            "Something answered for Comfy, and it was not Comfy: a proxy, a captive portal or a "
            "wrong address in the settings. Nothing was saved.",
            status=answer.status,
        )
    return Customer(customer_id, _text(body.get("name"), 255), _text(body.get("email"), 320))


def _text(value: Any, longest: int) -> str | None:
    if not isinstance(value, str):
        return None
    printable = "".join(character for character in value if character.isprintable())
    return printable.strip()[:longest] or None
