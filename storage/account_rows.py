"""Queries on accounts and the identities that prove them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from .change_rows import ACCESS, note_change
from .tables import accounts, identities, instance, passwords

ACTIVE, CANCELLED, DISABLED = "active", "cancelled", "disabled"
OWNER, USER = "owner", "user"


@dataclass(frozen=True)
class AccountRow:
    """A person."""

    id: str
    state: str
    display_name: str
    email: str | None
    created_at: datetime
    role: str = USER
    email_verified_at: datetime | None = None
    pending_email: str | None = None
    purge_at: datetime | None = None
    """When a cancelled account is deleted."""
    comfy_user: str | None = None
    """The user of ComfyUI's --multi-user whose folder is this person's, as the owner says."""
    has_password: bool = False
    """Whether it logs in by mail; else the address is what the key's service says."""


@dataclass(frozen=True)
class IdentityRow:
    """One way in which an account is proved."""

    kind: str
    subject: str
    created_at: datetime
    label: str | None = None
    """What the other service calls the person: a mail address or a name."""


OWN_COLUMNS = tuple(name for name in AccountRow.__dataclass_fields__ if name in accounts.c)
HAS_PASSWORD = exists().where(passwords.c.account_id == accounts.c.id).correlate(accounts)
ACCOUNT_COLUMNS = (*(accounts.c[name] for name in OWN_COLUMNS), HAS_PASSWORD)
IDENTITY_COLUMNS = tuple(identities.c[name] for name in IdentityRow.__dataclass_fields__)


def find_account(connection: Connection, account_id: str) -> AccountRow | None:
    """Return the account, or None."""
    query = select(*ACCOUNT_COLUMNS).where(accounts.c.id == account_id)
    row = connection.execute(query).first()
    return None if row is None else AccountRow(*row)


def find_account_by_identity(connection: Connection, kind: str, subject: str) -> AccountRow | None:
    """Return the account that this identity proves, or None."""
    query = (
        select(*ACCOUNT_COLUMNS)
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


def lock_ownership(connection: Connection) -> None:
    """Let no other transaction that locks it make or unmake an owner until this one ends."""
    connection.execute(select(instance.c.name).with_for_update())


def has_owner(connection: Connection) -> bool:
    """Tell whether somebody owns this server."""
    return (
        connection.execute(select(accounts.c.id).where(accounts.c.role == OWNER)).first()
        is not None
    )


def count_active_owners(connection: Connection) -> int:
    """Return how many owners can log in."""
    query = select(accounts.c.id).where(accounts.c.role == OWNER, accounts.c.state == ACTIVE)
    return len(connection.execute(query).all())


def add_account(
    connection: Connection, display_name: str, email: str | None, now: datetime, role: str = USER
) -> AccountRow:
    """Create an active account."""
    row = AccountRow(uuid.uuid4().hex, ACTIVE, display_name, email, now, role)
    values = {name: getattr(row, name) for name in OWN_COLUMNS}
    connection.execute(insert(accounts).values(values))
    return row


def change_account(connection: Connection, account_id: str, **values: Any) -> None:
    """Change columns of the account."""
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))
    if "state" in values:
        note_change(connection, ACCESS, account_id)


def delete_account(connection: Connection, account_id: str) -> None:
    """Remove the account and whatever belongs to it."""
    connection.execute(delete(accounts).where(accounts.c.id == account_id))
    note_change(connection, ACCESS, account_id)


def list_identities(connection: Connection, account_id: str) -> list[IdentityRow]:
    """Return the ways in which the account is proved, the oldest first."""
    query = select(*IDENTITY_COLUMNS).where(identities.c.account_id == account_id)
    ordered = query.order_by(identities.c.created_at, identities.c.kind)
    return [IdentityRow(*row) for row in connection.execute(ordered)]


def add_identity(
    connection: Connection,
    account_id: str,
    kind: str,
    subject: str,
    now: datetime,
    label: str | None = None,
) -> None:
    """Let this identity prove the account. Raises AlreadyExistsError when it proves one."""
    values = {
        "id": uuid.uuid4().hex,
        "account_id": account_id,
        "kind": kind,
        "subject": subject,
        "created_at": now,
        "label": label,
    }
    connection.execute(insert(identities).values(values))


def replace_identity(
    connection: Connection, account_id: str, kind: str, subject: str, now: datetime
) -> None:
    """Make this the account's one identity of its kind.

    Raises AlreadyExistsError when it proves another account.
    """
    old = delete(identities).where(identities.c.account_id == account_id, identities.c.kind == kind)
    connection.execute(old)
    add_identity(connection, account_id, kind, subject, now)


def relabel_identity(connection: Connection, kind: str, subject: str, label: str | None) -> None:
    """Note what the other service calls the person today."""
    change = update(identities).where(identities.c.kind == kind, identities.c.subject == subject)
    connection.execute(change.values(label=label))


def delete_identity(connection: Connection, account_id: str, kind: str) -> bool:
    """Let nothing of this kind prove the account; tell whether something did."""
    removal = delete(identities).where(
        identities.c.account_id == account_id, identities.c.kind == kind
    )
    return connection.execute(removal).rowcount > 0


def delete_other_identities(connection: Connection, account_id: str, kind: str) -> None:
    """Leave the account the identities of this kind alone."""
    connection.execute(
        delete(identities).where(identities.c.account_id == account_id, identities.c.kind != kind)
    )
