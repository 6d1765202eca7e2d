"""Making one account of two."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Table, delete, select, update

from .account_rows import delete_account
from .api_key_rows import LONGEST_NAME, list_api_keys
from .tables import api_keys, audit_events, identities, node_packs, outputs, passwords, sessions

MOVED: tuple[Table, ...] = (api_keys, identities, outputs, passwords, sessions, audit_events)


def absorb_account(connection: Connection, survivor_id: str, absorbed_id: str) -> None:
    """Give what belongs to one account to the other, and remove it.

    Credentials are sealed for their account: the caller moves them. One-time tokens and letters
    that wait go with the account that they were made for.
    """
    _move_node_packs(connection, survivor_id, absorbed_id)
    _rename_api_keys(connection, survivor_id, absorbed_id)
    for table in MOVED:
        change = update(table).where(table.c.account_id == absorbed_id)
        connection.execute(change.values(account_id=survivor_id))
    delete_account(connection, absorbed_id)


def _rename_api_keys(connection: Connection, survivor_id: str, absorbed_id: str) -> None:
    # A name is an account's once.
    mine = {key.name for key in list_api_keys(connection, survivor_id)}
    theirs = list_api_keys(connection, absorbed_id)
    taken = mine | {key.name for key in theirs}
    for key in theirs:
        if key.name in mine:
            name = _find_free_name(key.name, taken)
            taken.add(name)
            connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(name=name))


def _find_free_name(name: str, taken: Collection[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        ending = f" ({number})"
        found = name[: LONGEST_NAME - len(ending)] + ending
    return found


def _move_node_packs(connection: Connection, survivor_id: str, absorbed_id: str) -> None:
    known = select(node_packs.c.name).where(node_packs.c.account_id == survivor_id)
    double = (node_packs.c.account_id == absorbed_id) & node_packs.c.name.in_(
        known.scalar_subquery()
    )
    connection.execute(delete(node_packs).where(double))
    change = update(node_packs).where(node_packs.c.account_id == absorbed_id)
    connection.execute(change.values(account_id=survivor_id))
