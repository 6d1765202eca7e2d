"""Queries on stored credentials. Every query names the account that owns the row."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from .account_rows import ACTIVE
from .tables import accounts, credentials

API_KEY, ID_TOKEN, REFRESH_TOKEN = "api-key", "id-token", "refresh-token"
GOOD, ENDED = "good", "ended"
"""The states of a log-in at another service that is kept as a refresh token."""


@dataclass(frozen=True)
class CredentialRow:
    """A secret of another service, sealed, and what is known of it."""

    account_id: str
    service: str
    profile: str
    ciphertext: bytes
    key_version: str
    mask: str
    state: str
    cause: str | None
    holder_name: str | None
    holder_email: str | None
    created_at: datetime
    checked_at: datetime | None
    last_used_at: datetime | None
    kind: str = API_KEY
    """`api-key`, which stays good; `id-token`, until `expires_at`; `refresh-token`, no run's."""
    expires_at: datetime | None = None
    remote_id: str | None = None
    """How the service calls a key that was made there for this server, so that it can go again."""


COLUMNS = tuple(credentials.c[name] for name in CredentialRow.__dataclass_fields__)


def _is(account_id: str, service: str, profile: str) -> ColumnElement[bool]:
    return (
        (credentials.c.account_id == account_id)
        & (credentials.c.service == service)
        & (credentials.c.profile == profile)
    )


def put_credential(connection: Connection, row: CredentialRow) -> None:
    """Keep the credential in place of the one that was there."""
    delete_credential(connection, row.account_id, row.service, row.profile)
    connection.execute(insert(credentials).values(id=uuid.uuid4().hex, **vars(row)))


def find_credential(
    connection: Connection, account_id: str, service: str, profile: str
) -> CredentialRow | None:
    """Return the credential, or None."""
    query = select(*COLUMNS).where(_is(account_id, service, profile))
    row = connection.execute(query).first()
    return None if row is None else CredentialRow(*row)


def find_session(connection: Connection, account_id: str) -> CredentialRow | None:
    """Return the log-in at another service that is kept for the account, or None."""
    query = select(*COLUMNS).where(
        credentials.c.account_id == account_id, credentials.c.kind == REFRESH_TOKEN
    )
    row = connection.execute(query).first()
    return None if row is None else CredentialRow(*row)


def list_credentials(connection: Connection, account_id: str) -> list[CredentialRow]:
    """Return the account's credentials that runs can have, by service and profile."""
    query = select(*COLUMNS).where(
        credentials.c.account_id == account_id, credentials.c.kind != REFRESH_TOKEN
    )
    ordered = query.order_by(credentials.c.service, credentials.c.profile)
    return [CredentialRow(*row) for row in connection.execute(ordered)]


def list_expiring(
    connection: Connection, kind: str, key_versions: Collection[str], before: datetime, limit: int
) -> list[CredentialRow]:
    """Return good credentials of this kind of active accounts that expire before that, the first
    to expire first.
    """
    query = (
        select(*COLUMNS)
        .join(accounts, accounts.c.id == credentials.c.account_id)
        .where(
            accounts.c.state == ACTIVE,
            credentials.c.kind == kind,
            credentials.c.state == GOOD,
            credentials.c.key_version.in_(key_versions),
            credentials.c.expires_at <= before,
        )
    )
    ordered = query.order_by(credentials.c.expires_at, credentials.c.id).limit(limit)
    return [CredentialRow(*row) for row in connection.execute(ordered)]


def replace_secret(connection: Connection, seen: CredentialRow, row: CredentialRow) -> bool:
    """Write a newer secret, its state and when it expires, unless somebody has written another
    meanwhile.
    """
    unchanged = credentials.c.ciphertext == seen.ciphertext
    change = update(credentials).where(_is(seen.account_id, seen.service, seen.profile), unchanged)
    written = connection.execute(
        change.values(
            ciphertext=row.ciphertext,
            key_version=row.key_version,
            mask=row.mask,
            state=row.state,
            cause=row.cause,
            expires_at=row.expires_at,
            checked_at=row.checked_at,
        )
    )
    return written.rowcount == 1


def list_unchecked(
    connection: Connection, key_versions: Collection[str], limit: int
) -> list[CredentialRow]:
    """Return credentials under these master keys that the service has never seen, oldest first."""
    query = select(*COLUMNS).where(
        credentials.c.state == "not_checked", credentials.c.key_version.in_(key_versions)
    )
    ordered = query.order_by(credentials.c.created_at).limit(limit)
    return [CredentialRow(*row) for row in connection.execute(ordered)]


def note_check(connection: Connection, seen: CredentialRow, result: CredentialRow) -> bool:
    """Write what a check found, unless the credential was replaced while it ran."""
    unchanged = credentials.c.ciphertext == seen.ciphertext
    change = update(credentials).where(_is(seen.account_id, seen.service, seen.profile), unchanged)
    written = connection.execute(
        change.values(
            state=result.state,
            cause=result.cause,
            holder_name=result.holder_name,
            holder_email=result.holder_email,
            checked_at=result.checked_at,
        )
    )
    return written.rowcount == 1


def note_use(
    connection: Connection, account_id: str, service: str, profile: str, now: datetime
) -> None:
    """Note that a run was given the credential."""
    change = update(credentials).where(_is(account_id, service, profile))
    connection.execute(change.values(last_used_at=now))


def delete_credential(connection: Connection, account_id: str, service: str, profile: str) -> bool:
    """Forget the credential; tell whether there was one."""
    forgotten = connection.execute(delete(credentials).where(_is(account_id, service, profile)))
    return forgotten.rowcount == 1


def delete_all_credentials(connection: Connection, account_id: str) -> int:
    """Forget every credential of the account; return how many there were."""
    return connection.execute(
        delete(credentials).where(credentials.c.account_id == account_id)
    ).rowcount


def delete_sessions_elsewhere(connection: Connection, account_id: str) -> None:
    """Forget the log-in at another service that is kept for the account."""
    connection.execute(
        delete(credentials).where(
            credentials.c.account_id == account_id, credentials.c.kind == REFRESH_TOKEN
        )
    )


def count_by_key_version(connection: Connection) -> dict[str, int]:
    """Return how many credentials are sealed under each version of the master key."""
    query = select(credentials.c.key_version, func.count()).group_by(credentials.c.key_version)
    return {row[0]: row[1] for row in connection.execute(query)}


def list_sealed_under(
    connection: Connection, key_versions: Collection[str], after: str, limit: int
) -> list[tuple[str, CredentialRow]]:
    """Return credentials under these master keys with their ids, those above `after`, by id."""
    query = select(credentials.c.id, *COLUMNS).where(
        credentials.c.key_version.in_(key_versions), credentials.c.id > after
    )
    ordered = query.order_by(credentials.c.id).limit(limit)
    rows = connection.execute(ordered)
    return [(identifier, CredentialRow(*values)) for identifier, *values in rows]


def reseal(connection: Connection, seen: CredentialRow, sealed: CredentialRow) -> bool:
    """Keep the same secret under another key, unless it was replaced since it was seen."""
    unchanged = credentials.c.ciphertext == seen.ciphertext
    change = update(credentials).where(_is(seen.account_id, seen.service, seen.profile), unchanged)
    written = connection.execute(
        change.values(ciphertext=sealed.ciphertext, key_version=sealed.key_version)
    )
    return written.rowcount == 1


def count_credentials(connection: Connection) -> int:
    """Return how many credentials are stored in all."""
    return connection.execute(select(func.count()).select_from(credentials)).scalar_one()
