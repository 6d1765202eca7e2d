"""Reading what the hosted service answers: strictly, and made harmless for showing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from ..secret import Secret
from .comfy_errors import ComfyKeyMissingError
from .errors import ServiceAnsweredNonsenseError
from .http_client import Answer
from .proved_identity import printable

MICROS = 1_000_000
CREDITS_PER_USD = 211
BALANCE_FIELDS = ("effective_balance_micros", "amount_micros", "prepaid_balance_micros")
ID_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY_FORM = re.compile(r"comfyui-[A-Za-z0-9._~+/=-]{64}")
MOST_LISTED = 200
MOST_PARAMETERS = 20
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Balance:
    """What is left, in millionths of a dollar; less than nothing is owed."""

    micros: int

    @property
    def usd(self) -> float:
        """The same in dollars."""
        return self.micros / MICROS

    @property
    def credits(self) -> int:
        """The same in the service's credits."""
        return round(self.micros * CREDITS_PER_USD / MICROS)


@dataclass(frozen=True)
class Event:
    """Something that was spent, paid or given."""

    id: str
    type: str
    at: str | None
    params: dict[str, str | int | float | bool | None]


@dataclass(frozen=True)
class Events:
    """One page of them, how many there are in all, and the number of the next page if any."""

    items: tuple[Event, ...]
    total: int
    next_page: int | None = None


@dataclass(frozen=True)
class Subscription:
    """A subscription as the service tells of it; by default none."""

    active: bool = False
    id: str | None = None
    tier: str | None = None
    duration: str | None = None
    renewal_date: str | None = None
    end_date: str | None = None

    @property
    def state(self) -> str:
        """`none`, `active`, `ending` (cancelled, and paid for until `end_date`) or `ended`."""
        if self.active:
            return "ending" if self.end_date else "active"
        return "ended" if self.id else "none"


@dataclass(frozen=True)
class HostedKey:
    """An API key at the service, without its secret."""

    id: str
    name: str
    description: str = ""
    prefix: str | None = None
    created_at: str | None = None


def read_balance(answer: Answer) -> Balance:
    """Return the balance: fields that are there and zero say nothing."""
    fields = _object(answer)
    found = [fields[name] for name in BALANCE_FIELDS if _is_number(fields.get(name))]
    if not found:
        raise nonsense(answer)
    return Balance(round(next((value for value in found if value), 0)))


def read_events(answer: Answer, page: int) -> Events:
    """Return the page; what is no event is left out."""
    fields = _object(answer)
    items = [_read_event(each) for each in _list(answer, "events")]
    total, pages = fields.get("total"), fields.get("totalPages")
    kept = tuple(item for item in items if item is not None)
    has_more = isinstance(pages, int) and pages > page
    return Events(
        kept,
        total if isinstance(total, int) and total >= 0 else len(kept),
        page + 1 if has_more else None,
    )


def read_link(answer: Answer, name: str) -> str:
    """Return an address for a person to open: https, and with no log-in in it."""
    url = _object(answer).get(name)
    if not isinstance(url, str) or not _is_link(url):
        raise nonsense(answer)
    return url


def read_subscription(answer: Answer) -> Subscription:
    """Return the subscription."""
    fields = _object(answer)
    if not isinstance(fields.get("is_active"), bool):
        raise nonsense(answer)
    return Subscription(
        fields["is_active"],
        *(
            printable(fields.get(name), LONGEST_TEXT)
            for name in (
                "subscription_id",
                "subscription_tier",
                "subscription_duration",
                "renewal_date",
                "end_date",
            )
        ),
    )


def read_keys(answer: Answer) -> list[HostedKey]:
    """Return the keys; what has no id is left out."""
    found = [_read_hosted_key(each) for each in _list(answer, "api_keys")]
    return [key for key in found if key is not None]


def read_key(answer: Answer) -> tuple[HostedKey, Secret]:
    """Return a key that was just made, and its secret."""
    made = _object(answer).get("api_key")
    fields = cast("dict[str, Any]", made) if isinstance(made, dict) else {}
    key, secret = _read_hosted_key(fields), fields.get("plaintext_key")
    if key is None or not isinstance(secret, str) or not KEY_FORM.fullmatch(secret):
        raise nonsense(answer)
    return key, Secret(secret)


def require(key_id: str) -> str:
    """Return the id as it may stand in an address. Raises ComfyKeyMissingError."""
    if not ID_FORM.fullmatch(key_id):
        raise ComfyKeyMissingError("Comfy has no such API key.")
    return key_id


def nonsense(answer: Answer) -> ServiceAnsweredNonsenseError:
    """Return the error for an answer that is not the service's as we know it."""
    return ServiceAnsweredNonsenseError(
        "Something answered for Comfy, and it was not Comfy as this version of Passport knows it: "
        "a proxy, a captive portal, or a service that has changed. Nothing was changed here.",
        status=answer.status,
    )


def _object(answer: Answer) -> dict[str, Any]:
    if answer.status not in (200, 201) or not isinstance(answer.body, dict):
        raise nonsense(answer)
    return cast("dict[str, Any]", answer.body)  # pyright: ignore[reportUnknownMemberType]


def _list(answer: Answer, name: str) -> list[dict[str, Any]]:
    items = _object(answer).get(name)
    if not isinstance(items, list):
        raise nonsense(answer)
    listed = cast("list[Any]", items)[:MOST_LISTED]
    return [cast("dict[str, Any]", each) for each in listed if isinstance(each, dict)]


def _read_event(fields: dict[str, Any]) -> Event | None:
    event_id, kind = (
        printable(fields.get(name), LONGEST_TEXT) for name in ("event_id", "event_type")
    )
    if event_id is None or kind is None:
        return None
    said = fields.get("params")
    params = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    return Event(
        event_id,
        kind,
        printable(fields.get("createdAt"), LONGEST_TEXT),
        {
            name[:LONGEST_TEXT]: printable(value, LONGEST_TEXT) if isinstance(value, str) else value
            for name, value in list(params.items())[:MOST_PARAMETERS]
            if value is None or isinstance(value, (str, int, float))
        },
    )


def _read_hosted_key(fields: dict[str, Any]) -> HostedKey | None:
    key_id = fields.get("id")
    if not isinstance(key_id, str) or not ID_FORM.fullmatch(key_id):
        return None
    return HostedKey(
        key_id,
        printable(fields.get("name"), LONGEST_TEXT) or "",
        printable(fields.get("description"), LONGEST_TEXT) or "",
        printable(fields.get("key_prefix"), 16),
        printable(fields.get("created_at"), LONGEST_TEXT),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 10**18


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    ) and url.isprintable()
