"""Queries on the API keys that we issue; only their SHA-256 is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    LargeBinary,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from .account_rows import ACTIVE, CANCELLED
from .change_rows import ACCESS, note_change
from .tables import accounts, api_keys

LONGEST_NAME = 64


@dataclass(frozen=True)
class ApiKeyRow:
    """A key for a program that calls this server."""

    id: str
    account_id: str
    name: str
    previous_until: datetime | None
    """How long the key that was there before the rotation is good beside this one."""
    shown: str
    scopes: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None
    last_used_address: str | None = None


@dataclass(frozen=True)
class FoundKey:
    """A key that was shown, the state of its account, and whether it is the one before."""

    row: ApiKeyRow
    account_state: str
    is_previous: bool


COLUMNS = tuple(api_keys.c[name] for name in ApiKeyRow.__dataclass_fields__)
SHOWN = bindparam("shown", type_=LargeBinary())
# Put together once, as the look-up of sessions is: each call by a script asks it.
BY_KEY = (
    select(*COLUMNS, accounts.c.state, api_keys.c.key_sha256 == SHOWN)
    .join(accounts, accounts.c.id == api_keys.c.account_id)
    .where(
        or_(api_keys.c.key_sha256 == SHOWN, api_keys.c.previous_sha256 == SHOWN),
        or_(accounts.c.state == ACTIVE, accounts.c.state == CANCELLED),
    )
)


def add_api_key(connection: Connection, row: ApiKeyRow, key_sha256: bytes) -> None:
    """Keep a key that was just made. Raises AlreadyExistsError for a name that is taken."""
    connection.execute(insert(api_keys).values(**vars(row), key_sha256=key_sha256))


def find_key(connection: Connection, key_sha256: bytes) -> FoundKey | None:
    """Return the key, or None; a disabled account has none."""
    row = connection.execute(BY_KEY, {"shown": key_sha256}).first()
    if row is None:
        return None
    *columns, state, is_current = tuple(row)
    return FoundKey(ApiKeyRow(*columns), state, not is_current)


def find_living_keys(
    connection: Connection, hashes: Collection[bytes], now: datetime
) -> set[bytes]:
    """Return those of the keys, by their SHA-256, that are good, of active accounts."""
    good = (
        accounts.c.state == ACTIVE,
        or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now),
    )
    own = accounts.c.id == api_keys.c.account_id
    current = select(api_keys.c.key_sha256).join(accounts, own)
    current = current.where(api_keys.c.key_sha256.in_(hashes), *good)
    previous = select(api_keys.c.previous_sha256).join(accounts, own)
    previous = previous.where(
        api_keys.c.previous_sha256.in_(hashes), api_keys.c.previous_until > now, *good
    )
    return {bytes(each) for each in connection.execute(union_all(current, previous)).scalars()}


def find_api_key(connection: Connection, account_id: str, key_id: str) -> ApiKeyRow | None:
    """Return the account's key, or None."""
    query = select(*COLUMNS).where(api_keys.c.id == key_id, api_keys.c.account_id == account_id)
    row = connection.execute(query).first()
    return None if row is None else ApiKeyRow(*row)


def list_api_keys(connection: Connection, account_id: str) -> list[ApiKeyRow]:
    """Return the account's keys, the newest first."""
    query = select(*COLUMNS).where(api_keys.c.account_id == account_id)
    ordered = query.order_by(api_keys.c.created_at.desc(), api_keys.c.name)
    return [ApiKeyRow(*row) for row in connection.execute(ordered)]


def count_api_keys(connection: Connection, account_id: str) -> int:
    """Return how many keys the account has."""
    query = select(func.count()).where(api_keys.c.account_id == account_id)
    return connection.execute(query).scalar_one()


def rotate_api_key(
    connection: Connection, row: ApiKeyRow, key_sha256: bytes, now: datetime
) -> None:
    """Put another key in the place of this one, which stays good until `row.previous_until`."""
    change = update(api_keys).where(api_keys.c.id == row.id)
    connection.execute(
        change.values(
            previous_sha256=api_keys.c.key_sha256,
            previous_until=row.previous_until,
            key_sha256=key_sha256,
            shown=row.shown,
            created_at=now,
        )
    )
    note_change(connection, ACCESS, row.account_id)


def note_key_use(connection: Connection, key_id: str, now: datetime, address: str) -> None:
    """Note when the key was last used, and from where."""
    change = update(api_keys).where(api_keys.c.id == key_id)
    connection.execute(change.values(last_used_at=now, last_used_address=address))


def delete_all_api_keys(connection: Connection, account_id: str) -> None:
    """Delete every key of the account."""
    connection.execute(delete(api_keys).where(api_keys.c.account_id == account_id))
    note_change(connection, ACCESS, account_id)


def delete_api_keys(connection: Connection, account_id: str, ids: Collection[str]) -> list[str]:
    """Delete these keys of the account; return the names of those that were there."""
    own = (api_keys.c.account_id == account_id, api_keys.c.id.in_(ids))
    names = list(connection.execute(select(api_keys.c.name).where(*own)).scalars())
    connection.execute(delete(api_keys).where(*own))
    if names:
        note_change(connection, ACCESS, account_id)
    return names
