"""The list of accounts that an owner reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, func, or_, select

from .account_rows import ACCOUNT_COLUMNS, AccountRow
from .tables import accounts, identities, sessions


@dataclass(frozen=True)
class ListedAccount:
    """An account with what an owner wants to know of it."""

    account: AccountRow
    sessions: int
    last_seen_at: datetime | None
    identities: tuple[str, ...]


def list_accounts(
    connection: Connection, search: str, after: str | None, limit: int
) -> list[ListedAccount]:
    """Return accounts, the newest first, whose address or name holds `search`; `after` is the id
    of the last one of the page before.
    """
    query = _select(search, after).limit(limit)
    rows = [AccountRow(*row) for row in connection.execute(query)]
    ids = [row.id for row in rows]
    seen = _count_sessions(connection, ids)
    kinds = _list_kinds(connection, ids)
    return [ListedAccount(row, *seen.get(row.id, (0, None)), kinds.get(row.id, ())) for row in rows]


def _select(search: str, after: str | None) -> Select[tuple[object, ...]]:
    query = select(*ACCOUNT_COLUMNS).order_by(accounts.c.created_at.desc(), accounts.c.id)
    if after is not None:
        last = accounts.alias()
        at = select(last.c.created_at).where(last.c.id == after).scalar_subquery()
        query = query.where(
            or_(
                accounts.c.created_at < at,
                and_(accounts.c.created_at == at, accounts.c.id > after),
            )
        )
    if search:
        wanted = search.lower()
        query = query.where(
            or_(
                func.lower(accounts.c.email).contains(wanted, autoescape=True),
                func.lower(accounts.c.display_name).contains(wanted, autoescape=True),
                accounts.c.id == wanted,
            )
        )
    return query


def _count_sessions(
    connection: Connection, ids: list[str]
) -> dict[str, tuple[int, datetime | None]]:
    query = (
        select(sessions.c.account_id, func.count(), func.max(sessions.c.last_seen_at))
        .where(sessions.c.account_id.in_(ids))
        .group_by(sessions.c.account_id)
    )
    return {account_id: (count, last) for account_id, count, last in connection.execute(query)}


def _list_kinds(connection: Connection, ids: list[str]) -> dict[str, tuple[str, ...]]:
    query = (
        select(identities.c.account_id, identities.c.kind)
        .where(identities.c.account_id.in_(ids))
        .order_by(identities.c.kind)
    )
    kinds: dict[str, tuple[str, ...]] = {}
    for account_id, kind in connection.execute(query):
        kinds[account_id] = (*kinds.get(account_id, ()), kind)
    return kinds
