"""Queries on which files of ComfyUI's output folder an account's runs have made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .tables import outputs


def put_outputs(
    connection: Connection, account_id: str, paths: Iterable[str], now: datetime
) -> None:
    """Note whose the files are: whoever wrote one last."""
    wanted = set(paths)
    connection.execute(delete(outputs).where(outputs.c.path.in_(wanted)))
    rows = [{"path": path, "account_id": account_id, "made_at": now} for path in sorted(wanted)]
    connection.execute(insert(outputs), rows)


def are_owned(connection: Connection, paths: Iterable[str]) -> bool:
    """Tell whether one of the files is an account's."""
    query = select(outputs.c.path).where(outputs.c.path.in_(set(paths)))
    return connection.execute(query.limit(1)).first() is not None


def disown_outputs(connection: Connection, paths: Iterable[str]) -> None:
    """Note that somebody without an account has written these files: they are nobody's now."""
    connection.execute(delete(outputs).where(outputs.c.path.in_(set(paths))))


def list_outputs(connection: Connection, account_id: str) -> list[str]:
    """Return the account's files, relative to the output folder, the newest first."""
    query = select(outputs.c.path).where(outputs.c.account_id == account_id)
    return list(
        connection.execute(query.order_by(outputs.c.made_at.desc(), outputs.c.path)).scalars()
    )
