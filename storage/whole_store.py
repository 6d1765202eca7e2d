"""All rows of a store, whatever they mean: to carry them elsewhere and to compare."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from .tables import Instant, metadata

BATCH = 500
SUM_BYTES = 32


@dataclass(frozen=True)
class Summary:
    """How many rows a table has, and a sum over them that does not depend on their order."""

    rows: int
    sha256_sum: str


class Tally:
    """Counts rows and adds up their SHA-256, modulo 2^256."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def add(self, line: str) -> None:
        """Count a row, as `write_row` writes it."""
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")

    def finish(self) -> Summary:
        """Return what was counted."""
        total = self._sum % 2 ** (8 * SUM_BYTES)
        return Summary(self._rows, total.to_bytes(SUM_BYTES, "big").hex())


def list_tables() -> list[Table]:
    """Return our tables, those that others refer to first."""
    return metadata.sorted_tables


def read_rows(connection: Connection, table: Table) -> Generator[tuple[Any, ...], None, None]:
    """Yield the rows as plain values: instants as the numbers that are stored."""
    plain = _as_stored(table)
    streaming = {"yield_per": BATCH}
    for row in connection.execute(sa.select(*plain.c), execution_options=streaming):
        yield tuple(row)


def add_rows(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows as `read_rows` yields them."""
    plain = _as_stored(table)
    names = [column.name for column in plain.c]
    waiting = iter(rows)
    while batch := [dict(zip(names, row, strict=True)) for row in islice(waiting, BATCH)]:
        connection.execute(sa.insert(plain), batch)


def delete_rows(connection: Connection) -> None:
    """Empty all tables."""
    for table in reversed(list_tables()):
        connection.execute(sa.delete(table))


def summarize(connection: Connection) -> dict[str, Summary]:
    """Return the summary of each table, by its name."""
    return {table.name: _summarize(connection, table) for table in list_tables()}


def carry(source: Connection, target: Connection) -> dict[str, Summary]:
    """Put all rows of one store in place of another's; return what the other holds now."""
    delete_rows(target)
    for table in list_tables():
        add_rows(target, table, read_rows(source, table))
    _continue_numbers(target)
    return summarize(target)


def write_row(row: Iterable[Any]) -> str:
    """Write a row as one line, the same for the same values on any database."""
    return json.dumps(list(row), default=_write_bytes, separators=(",", ":"))


def parse_row(values: list[Any]) -> tuple[Any, ...]:
    """Return the row that `write_row` wrote, once its JSON is read. Raises ValueError."""
    return tuple(_parse_value(value) for value in values)


def _summarize(connection: Connection, table: Table) -> Summary:
    tally = Tally()
    for row in read_rows(connection, table):
        tally.add(write_row(row))
    return tally.finish()


def _as_stored(table: Table) -> sa.TableClause:
    columns: list[Any] = [
        sa.column(column.name, sa.BigInteger() if isinstance(column.type, Instant) else column.type)
        for column in table.c
    ]
    return sa.table(table.name, *columns)


def _continue_numbers(connection: Connection) -> None:
    """Have PostgreSQL count on from the highest number that was carried; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in list_tables():
        column = table.autoincrement_column
        if column is None:
            continue
        highest = connection.execute(sa.select(sa.func.max(column))).scalar()
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(sa.select(sa.func.setval(sequence, highest or 1, highest is not None)))


def _write_bytes(value: Any) -> dict[str, str]:
    return {"base64": base64.b64encode(bytes(value)).decode()}


def _parse_value(value: Any) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(cast("dict[str, str]", value)["base64"], validate=True)
    if isinstance(value, list):
        raise ValueError("no row holds a list")  # noqa: TRY004  # what is read is wrong, not a type
    return value
