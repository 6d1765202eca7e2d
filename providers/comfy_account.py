"""The hosted Comfy account: what api.comfy.org tells and does for whoever holds it."""

from __future__ import annotations

from typing import Any

from ..secret import Secret
from .comfy_account_answers import (
    Balance,
    Events,
    HostedKey,
    Subscription,
    nonsense,
    read_balance,
    read_events,
    read_key,
    read_keys,
    read_link,
    read_subscription,
    require,
)
from .comfy_api import API_KEY_HEADER, DEFAULT_BASE, Customer, read_customer
from .comfy_errors import ComfyKeyMissingError, ComfyRefusedError, ComfyTokenInvalidError
from .errors import ApiKeyRefusedError
from .http_client import Answer, HttpClient

MICROS = 1_000_000
EVENTS_SHOWN = 20
NO_CONTENT, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 204, 401, 403, 404, 409


class ComfyPass:
    """What a call shows: a log-in's ID token, or an API key where the service takes one."""

    def __init__(self, secret: Secret, by_key: bool = False) -> None:
        self.secret = secret
        self.by_key = by_key

    def headers(self) -> dict[str, str]:
        """Return the header that carries it."""
        if self.by_key:
            return {API_KEY_HEADER: self.secret.reveal()}
        return {"Authorization": f"Bearer {self.secret.reveal()}"}


class ComfyAccountApi:
    """Asks the service for the holder of a pass.

    Every call raises ComfyTokenInvalidError, ComfyRefusedError, ServiceUnreachableError or
    ServiceAnsweredNonsenseError. A holder whom the service has not set up yet is set up, and the
    call made once more.
    """

    def __init__(self, base: str, client: HttpClient) -> None:
        self._base = (base or DEFAULT_BASE).rstrip("/")
        self._client = client

    async def set_up(self, held: ComfyPass) -> Customer:
        """Have the service know the holder; harmless when it does."""
        return read_customer(_judge(await self._send("POST", "/customers", held, {}), held))

    async def balance(self, held: ComfyPass) -> Balance:
        """Return what the holder can spend."""
        return read_balance(await self._ask("GET", "/customers/balance", held))

    async def events(self, held: ComfyPass, page: int = 1) -> Events:
        """Return what was spent and paid lately, the newest first."""
        path = f"/customers/events?page={page}&limit={EVENTS_SHOWN}"
        return read_events(await self._ask("GET", path, held), page)

    async def top_up(self, held: ComfyPass, usd: int) -> str:
        """Return the page on which credits for that much are paid."""
        body = {"amount_micros": usd * MICROS, "currency": "usd"}
        return read_link(await self._ask("POST", "/customers/credit", held, body), "checkout_url")

    async def billing_portal(self, held: ComfyPass) -> str:
        """Return the page with the holder's invoices and means of payment."""
        answer = await self._ask("POST", "/customers/billing", held, {})
        return read_link(answer, "billing_portal_url")

    async def subscription(self, held: ComfyPass) -> Subscription:
        """Return the state of the holder's subscription; none when the service knows of none."""
        answer = await self._ask("GET", "/customers/cloud-subscription-status", held)
        return Subscription() if answer.status == NOT_FOUND else read_subscription(answer)

    async def list_keys(self, held: ComfyPass) -> list[HostedKey]:
        """Return the holder's API keys, without what is secret of them."""
        return read_keys(await self._ask("GET", "/customers/api-keys", held))

    async def make_key(
        self, held: ComfyPass, name: str, description: str
    ) -> tuple[HostedKey, Secret]:
        """Make an API key; nobody can ask for it again."""
        body = {"name": name, "description": description}
        return read_key(await self._ask("POST", "/customers/api-keys", held, body))

    async def delete_key(self, held: ComfyPass, key_id: str) -> None:
        """Delete an API key: it is good for nothing from now on. Raises ComfyKeyMissingError."""
        answer = await self._ask("DELETE", f"/customers/api-keys/{require(key_id)}", held)
        if answer.status == NOT_FOUND:
            raise ComfyKeyMissingError("Comfy has no such API key; it may be deleted already.")
        if answer.status not in (200, NO_CONTENT):
            raise nonsense(answer)

    async def _ask(self, method: str, path: str, held: ComfyPass, body: Any = None) -> Answer:
        answer = await self._send(method, path, held, body)
        unknown = answer.status == NOT_FOUND and method != "DELETE"
        if answer.status == CONFLICT or unknown:  # the service has not set up its customer yet
            await self.set_up(held)
            answer = await self._send(method, path, held, body)
        return _judge(answer, held)

    async def _send(self, method: str, path: str, held: ComfyPass, body: Any) -> Answer:
        return await self._client.ask(method, self._base + path, held.headers(), body)


def _judge(answer: Answer, held: ComfyPass) -> Answer:
    if answer.status == UNAUTHORIZED and held.by_key:
        raise ApiKeyRefusedError("Comfy does not know the stored API key any more. Replace it.")
    if answer.status == UNAUTHORIZED:
        raise ComfyTokenInvalidError(
            "Comfy does not take this log-in any more. Log in at Comfy again.", "refused"
        )
    if answer.status == FORBIDDEN:
        raise ComfyRefusedError(
            "Comfy does not allow this for your account; its plan may not have it. See "
            "https://www.comfy.org.",
            "not_permitted",
        )
    if answer.status == CONFLICT:
        raise ComfyRefusedError(
            "Comfy has not set this account up yet. Log in once at https://platform.comfy.org, "
            "then try again.",
            "not_set_up",
        )
    return answer
