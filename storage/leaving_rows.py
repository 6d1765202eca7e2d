"""Queries on what an account leaves behind, and on requests that it be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, or_, select, update

from .account_rows import ACCOUNT_COLUMNS, ACTIVE, CANCELLED, OWNER, AccountRow
from .credential_rows import find_session
from .tables import (
    accounts,
    api_keys,
    audit_events,
    credentials,
    deletion_requests,
    identities,
    invitations,
    node_packs,
    outbox,
    sessions,
)

COUNTED: dict[str, Table] = {
    "sessions": sessions,
    "api_keys": api_keys,
    "credentials": credentials,
    "identities": identities,
    "node_packs": node_packs,
    "events": audit_events,
}


@dataclass(frozen=True)
class DeletionRequest:
    """Somebody who cannot log in asks that an account be deleted."""

    id: str
    account_id: str
    proved: bool
    """They knew the server's name and the end of a key or secret of the account."""
    created_at: datetime
    address: str
    user_agent: str


REQUEST_COLUMNS = tuple(deletion_requests.c[name] for name in DeletionRequest.__dataclass_fields__)


def count_belongings(connection: Connection, account_id: str) -> dict[str, int]:
    """Return how much of each kind the account has. A log-in at another service that is kept goes
    with its identity, which is counted.
    """
    counts = {
        name: connection.execute(
            select(func.count()).select_from(table).where(table.c.account_id == account_id)
        ).scalar_one()
        for name, table in COUNTED.items()
    }
    kept = find_session(connection, account_id)
    return {**counts, "credentials": counts["credentials"] - (kept is not None)}


def count_other_accounts(connection: Connection, account_id: str) -> int:
    """Return how many accounts there are besides."""
    return connection.execute(
        select(func.count()).select_from(accounts).where(accounts.c.id != account_id)
    ).scalar_one()


def count_other_owners(connection: Connection, account_id: str) -> int:
    """Return how many owners who can log in there are besides."""
    return connection.execute(
        select(func.count()).where(
            accounts.c.id != account_id, accounts.c.role == OWNER, accounts.c.state == ACTIVE
        )
    ).scalar_one()


def delete_traces(connection: Connection, account: AccountRow) -> None:
    """Delete what is about the account and does not hang on its row."""
    connection.execute(delete(audit_events).where(audit_events.c.account_id == account.id))
    addresses = [each.lower() for each in (account.email, account.pending_email) if each]
    for table, column in ((outbox, outbox.c.recipient), (invitations, invitations.c.email)):
        connection.execute(delete(table).where(func.lower(column).in_(addresses)))


def list_to_purge(connection: Connection, now: datetime) -> list[str]:
    """Return the cancelled accounts whose day has come."""
    query = select(accounts.c.id).where(accounts.c.state == CANCELLED, accounts.c.purge_at <= now)
    return list(connection.execute(query).scalars())


def list_to_remind(connection: Connection, before: datetime) -> list[AccountRow]:
    """Return the cancelled accounts that go before that day and were not told yet."""
    query = select(*ACCOUNT_COLUMNS).where(
        accounts.c.state == CANCELLED,
        accounts.c.purge_at <= before,
        accounts.c.reminded_at.is_(None),
    )
    return [AccountRow(*row) for row in connection.execute(query)]


def note_reminder(connection: Connection, account_id: str, now: datetime) -> bool:
    """Note that the account was told; tell whether nobody has noted it before."""
    change = update(accounts).where(
        accounts.c.id == account_id,
        accounts.c.state == CANCELLED,
        accounts.c.reminded_at.is_(None),
    )
    return connection.execute(change.values(reminded_at=now)).rowcount == 1


def add_deletion_request(connection: Connection, row: DeletionRequest) -> None:
    """Keep the request, in place of an earlier one that proved no more."""
    older = (deletion_requests.c.account_id == row.account_id) & or_(
        deletion_requests.c.proved.is_(False), deletion_requests.c.proved.is_(row.proved)
    )
    connection.execute(delete(deletion_requests).where(older))
    connection.execute(insert(deletion_requests).values(**vars(row)))


def list_deletion_requests(connection: Connection) -> list[tuple[DeletionRequest, AccountRow]]:
    """Return the requests that wait, the oldest first, each with its account."""
    query = (
        select(*REQUEST_COLUMNS, *ACCOUNT_COLUMNS)
        .join(accounts, accounts.c.id == deletion_requests.c.account_id)
        .order_by(deletion_requests.c.created_at)
    )
    split = len(REQUEST_COLUMNS)
    rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query)]
    return [(DeletionRequest(*row[:split]), AccountRow(*row[split:])) for row in rows]


def find_deletion_request(connection: Connection, request_id: str) -> DeletionRequest | None:
    """Return the request, or None."""
    query = select(*REQUEST_COLUMNS).where(deletion_requests.c.id == request_id)
    row = connection.execute(query).first()
    return None if row is None else DeletionRequest(*row)


def delete_deletion_request(connection: Connection, request_id: str) -> bool:
    """Drop the request; tell whether there was one."""
    gone = connection.execute(delete(deletion_requests).where(deletion_requests.c.id == request_id))
    return gone.rowcount == 1
