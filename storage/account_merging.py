"""Making one account of two."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, select, update

from .account_rows import delete_account
from .tables import audit_events, identities, node_packs, passwords, sessions

MOVED: tuple[Table, ...] = (identities, passwords, sessions, audit_events)


def absorb_account(connection: Connection, survivor_id: str, absorbed_id: str) -> None:
    """Give what belongs to one account to the other, and remove it.

    Credentials are sealed for their account: the caller moves them. One-time tokens and letters
    that wait go with the account that they were made for.
    """
    _move_node_packs(connection, survivor_id, absorbed_id)
    for table in MOVED:
        change = update(table).where(table.c.account_id == absorbed_id)
        connection.execute(change.values(account_id=survivor_id))
    delete_account(connection, absorbed_id)


def _move_node_packs(connection: Connection, survivor_id: str, absorbed_id: str) -> None:
    known = select(node_packs.c.name).where(node_packs.c.account_id == survivor_id)
    double = (node_packs.c.account_id == absorbed_id) & node_packs.c.name.in_(
        known.scalar_subquery()
    )
    connection.execute(delete(node_packs).where(double))
    change = update(node_packs).where(node_packs.c.account_id == absorbed_id)
    connection.execute(change.values(account_id=survivor_id))
