"""Queries on accounts and the identities that prove them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from .tables import accounts, identities


@dataclass(frozen=True)
class AccountRow:
    """A person."""

    id: str
    state: str
    display_name: str
    email: str | None
    created_at: datetime


def find_account(connection: Connection, account_id: str) -> AccountRow | None:
    """Return the account, or None."""
    row = connection.execute(select(accounts).where(accounts.c.id == account_id)).first()
    return None if row is None else AccountRow(*row)


def find_account_by_identity(connection: Connection, kind: str, subject: str) -> AccountRow | None:
    """Return the account that this identity proves, or None."""
    query = (
        select(accounts)
        .join(identities, identities.c.account_id == accounts.c.id)
        .where(identities.c.kind == kind, identities.c.subject == subject)
    )
    row = connection.execute(query).first()
    return None if row is None else AccountRow(*row)


def lock_account(connection: Connection, account_id: str) -> None:
    """Let no other transaction that locks it change the account until this one ends.

    SQLite has one writer at a time anyway.
    """
    query = select(accounts.c.id).where(accounts.c.id == account_id)
    connection.execute(query.with_for_update())


def add_account(
    connection: Connection, display_name: str, email: str | None, now: datetime
) -> AccountRow:
    """Create an active account."""
    row = AccountRow(uuid.uuid4().hex, "active", display_name, email, now)
    connection.execute(insert(accounts).values(vars(row)))
    return row


def describe_account(
    connection: Connection, account_id: str, display_name: str, email: str | None
) -> None:
    """Change what the account is called."""
    change = update(accounts).where(accounts.c.id == account_id)
    connection.execute(change.values(display_name=display_name, email=email))


def add_identity(
    connection: Connection, account_id: str, kind: str, subject: str, now: datetime
) -> None:
    """Let this identity prove the account. Raises AlreadyExistsError when it proves one."""
    values = {
        "id": uuid.uuid4().hex,
        "account_id": account_id,
        "kind": kind,
        "subject": subject,
        "created_at": now,
    }
    connection.execute(insert(identities).values(values))


def replace_identity(
    connection: Connection, account_id: str, kind: str, subject: str, now: datetime
) -> None:
    """Make this the account's one identity of its kind.

    Raises AlreadyExistsError when it proves another account.
    """
    old = identities.delete().where(
        identities.c.account_id == account_id, identities.c.kind == kind
    )
    connection.execute(old)
    add_identity(connection, account_id, kind, subject, now)
