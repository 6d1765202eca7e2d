"""Queries on the passwords of accounts; only hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from .account_rows import ACCOUNT_COLUMNS, AccountRow
from .tables import accounts, identities, passwords

PASSWORD = "password"  # noqa: S105  # the kind of identity: a mail address, proved by a password


@dataclass(frozen=True)
class PasswordRow:
    """A password as far as it is kept."""

    account_id: str
    password_hash: str = field(repr=False)
    stamp: str
    """Random, new with each password: what was issued under another stamp is void."""
    changed_at: datetime


COLUMNS = tuple(passwords.c[name] for name in PasswordRow.__dataclass_fields__)


def find_password(connection: Connection, account_id: str) -> PasswordRow | None:
    """Return the account's password, or None."""
    query = select(*COLUMNS).where(passwords.c.account_id == account_id)
    row = connection.execute(query).first()
    return None if row is None else PasswordRow(*row)


def find_by_email_key(
    connection: Connection, email_key: str
) -> tuple[AccountRow, PasswordRow] | None:
    """Return the account that logs in with this mail address, and its password, or None."""
    query = (
        select(*ACCOUNT_COLUMNS, *COLUMNS)
        .join(identities, identities.c.account_id == accounts.c.id)
        .join(passwords, passwords.c.account_id == accounts.c.id)
        .where(identities.c.kind == PASSWORD, identities.c.subject == email_key)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    split = len(ACCOUNT_COLUMNS)
    return AccountRow(*row[:split]), PasswordRow(*row[split:])


def put_password(connection: Connection, row: PasswordRow) -> None:
    """Keep the password in place of the one before."""
    connection.execute(delete(passwords).where(passwords.c.account_id == row.account_id))
    connection.execute(insert(passwords).values(**vars(row)))


def replace_hash(connection: Connection, row: PasswordRow, password_hash: str) -> None:
    """Keep the same password under newer parameters, unless it was changed meanwhile."""
    same = (passwords.c.account_id == row.account_id, passwords.c.stamp == row.stamp)
    connection.execute(update(passwords).where(*same).values(password_hash=password_hash))
