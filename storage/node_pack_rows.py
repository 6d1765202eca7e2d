"""Queries on the node packs that an account lets have its credential."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .tables import node_packs


@dataclass(frozen=True)
class NodePackRow:
    """A lasting decision of one account on one pack."""

    name: str
    decision: str
    decided_at: datetime


COLUMNS = tuple(node_packs.c[name] for name in NodePackRow.__dataclass_fields__)


def list_node_packs(connection: Connection, account_id: str) -> list[NodePackRow]:
    """Return the account's decisions by name."""
    query = select(*COLUMNS).where(node_packs.c.account_id == account_id)
    return [NodePackRow(*row) for row in connection.execute(query.order_by(node_packs.c.name))]


def put_node_pack(connection: Connection, account_id: str, row: NodePackRow) -> None:
    """Keep the decision in place of an earlier one."""
    delete_node_pack(connection, account_id, row.name)
    connection.execute(insert(node_packs).values(account_id=account_id, **vars(row)))


def delete_all_node_packs(connection: Connection, account_id: str) -> None:
    """Take every decision of the account back."""
    connection.execute(delete(node_packs).where(node_packs.c.account_id == account_id))


def delete_node_pack(connection: Connection, account_id: str, name: str) -> None:
    """Take the decision back."""
    connection.execute(
        delete(node_packs).where(node_packs.c.account_id == account_id, node_packs.c.name == name)
    )
