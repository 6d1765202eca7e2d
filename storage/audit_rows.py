"""Queries on the audit log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from .tables import accounts, audit_events


@dataclass(frozen=True)
class EventRow:
    """Something that happened: when, to whom, from where, what."""

    at: datetime
    account_id: str | None
    action: str
    address: str
    network: str
    user_agent: str
    details: str
    """A JSON object of plain values; never a secret."""


@dataclass(frozen=True)
class ListedEvent:
    """An event with its number, and what its account is called today."""

    id: int
    event: EventRow
    account_name: str | None
    account_email: str | None


COLUMNS = tuple(audit_events.c[name] for name in EventRow.__dataclass_fields__)


def add_event(connection: Connection, row: EventRow) -> int:
    """Write the event down; return its number."""
    key: Any = connection.execute(insert(audit_events).values(**vars(row))).inserted_primary_key
    return key[0]


def change_details(connection: Connection, number: int, details: str) -> bool:
    """Write other details; tell whether the event is still there."""
    changed = update(audit_events).where(audit_events.c.id == number).values(details=details)
    return connection.execute(changed).rowcount > 0


def list_events(
    connection: Connection, account_id: str | None, before: int | None, limit: int
) -> list[ListedEvent]:
    """Return events, the newest first; `account_id` None means everybody's."""
    query = (
        select(audit_events.c.id, accounts.c.display_name, accounts.c.email, *COLUMNS)
        .outerjoin(accounts, accounts.c.id == audit_events.c.account_id)
        .order_by(audit_events.c.id.desc())
        .limit(limit)
    )
    if account_id is not None:
        query = query.where(audit_events.c.account_id == account_id)
    if before is not None:
        query = query.where(audit_events.c.id < before)
    return [_read(row) for row in connection.execute(query)]


def _read(row: Row[Any]) -> ListedEvent:
    number, name, email, *event = tuple(row)
    return ListedEvent(number, EventRow(*event), name, email)


def was_there_before(
    connection: Connection, account_id: str, network: str, actions: Collection[str]
) -> bool:
    """Tell whether the account has done one of these from this network before."""
    query = select(audit_events.c.id).where(
        audit_events.c.account_id == account_id,
        audit_events.c.network == network,
        audit_events.c.action.in_(actions),
    )
    return connection.execute(query.limit(1)).first() is not None


def list_clients(
    connection: Connection, account_id: str, actions: Collection[str]
) -> list[tuple[str, str]]:
    """Return network and browser of all who did one of these in the account, each pair once."""
    columns = (audit_events.c.network, audit_events.c.user_agent)
    query = select(*columns).where(
        audit_events.c.account_id == account_id, audit_events.c.action.in_(actions)
    )
    return [(network, user_agent) for network, user_agent in connection.execute(query.distinct())]


def delete_events_before(connection: Connection, instant: datetime) -> int:
    """Forget what is older; return how many events went."""
    return connection.execute(delete(audit_events).where(audit_events.c.at < instant)).rowcount
