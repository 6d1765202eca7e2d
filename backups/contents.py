"""What stands in a backup, and what is left out of it on purpose."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from ..clock import Clock, to_iso
from ..secret import Secret
from ..storage.migration import HEAD_REVISION
from ..storage.tables import metadata
from ..storage.whole_store import Tally, list_tables, parse_row, read_rows, write_row
from ..vault.encryption import KeyRing, decode_keys, encode_key
from ..vault.errors import MasterKeyInvalidError
from .archive import Archive, LineWriter, as_document, new_archive
from .encryption import damaged

CARRIED = frozenset(
    {
        "instance",
        "accounts",
        "identities",
        "passwords",
        "api_keys",
        "credentials",
        "node_packs",
        "outputs",
        "deletion_requests",
        "audit_events",
    }
)
LEFT_OUT = frozenset(
    {
        "sessions",
        "one_time_tokens",
        "pending_log_ins",
        "invitations",
        "throttles",
        "outbox",
        "tickets",
        "change_log",
        "change_counter",
    }
)
"""What is under way or good once: restored, a session that was ended would be good again, a used
invitation could be used again, and a letter be sent twice."""

SECRET_TABLES = frozenset({"api_keys", "credentials"})
NO_HASH = ""
"""Stands for a password's hash in a backup without secrets: the account has a password."""

HASHES = "password_hash"


@dataclass(frozen=True)
class Row:
    """A row of a backup."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass
class Contents:
    """Reads the rows of an archive, each check included; `keys` is there after the last row."""

    archive: Archive
    keys: list[bytes] = field(default_factory=list[bytes], repr=False)

    def read(self) -> Generator[Row, None, None]:
        """Yield the rows, table by table. Raises BackupDamagedError and the archive's errors."""
        tallies: dict[str, Tally] = {}
        table, columns, ended = "", (), False
        for line in self.archive.read_lines():
            if ended:
                raise damaged("something stands behind its end")
            if isinstance(line, list) and table:
                row = _parse_values(cast("list[Any]", line), columns)
                tallies[table].add(write_row(row))
                yield Row(table, columns, row)
            elif "table" in as_document(line):
                table, columns = _parse_table(as_document(line))
                tallies[table] = Tally()
            else:
                self._check_end(as_document(line), tallies)
                ended = True
        if not ended:
            raise damaged("it ends before its end")

    def _check_end(self, line: dict[str, Any], tallies: dict[str, Tally]) -> None:
        counted = {name: vars(tally.finish()) for name, tally in tallies.items()}
        if line.get("end") != counted:
            raise damaged("there are other rows in it than were written")
        try:
            self.keys = decode_keys(" ".join(line.get("master_keys", [])))
        except (MasterKeyInvalidError, TypeError) as error:
            raise damaged("the master keys in it are none") from error


def write_backup(
    connection: Connection,
    path: Path,
    passphrase: Secret | None,
    load_keys: Callable[[], KeyRing],
    clock: Clock,
) -> dict[str, int]:
    """Write the store as the connection sees it; without a passphrase, without secrets.

    Return how many rows of each table there are. Raises BackupFileError.
    """
    # Before the first row is read and after the last: a rotation may go on meanwhile.
    keys = dict.fromkeys(load_keys().keys)
    tallies: dict[str, Tally] = {}
    with new_archive(path, to_iso(clock()) or "", HEAD_REVISION, passphrase) as writer:
        for table in list_tables():
            if table.name in CARRIED and (passphrase or table.name not in SECRET_TABLES):
                tallies[table.name] = _write_table(
                    connection, writer, table.name, with_hashes=bool(passphrase)
                )
        keys.update(dict.fromkeys(load_keys().keys))
        summaries = {name: tally.finish() for name, tally in tallies.items()}
        end: dict[str, Any] = {"end": {name: vars(each) for name, each in summaries.items()}}
        if passphrase:
            end["master_keys"] = [encode_key(key) for key in keys]
        writer.write(end)
    return {name: summary.rows for name, summary in summaries.items()}


def _write_table(connection: Connection, writer: LineWriter, name: str, with_hashes: bool) -> Tally:
    table, tally = metadata.tables[name], Tally()
    columns = table.c.keys()
    writer.write({"table": name, "columns": columns})
    rows: Iterable[Sequence[Any]] = read_rows(connection, table)
    if not with_hashes and HASHES in columns:
        where = columns.index(HASHES)
        rows = ((*row[:where], NO_HASH, *row[where + 1 :]) for row in rows)
    for row in rows:
        line = write_row(row)
        writer.write_text(line)
        tally.add(line)
    return tally


def _parse_values(line: list[Any], columns: tuple[str, ...]) -> tuple[Any, ...]:
    try:
        row = parse_row(line)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged("there is a row in it that Passport did not write") from error
    if not columns or len(row) != len(columns):
        raise damaged("there is a row in it that Passport did not write")
    return row


def _parse_table(line: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    name, columns = line["table"], line.get("columns")
    if name not in CARRIED or not isinstance(columns, list):
        raise damaged("there is a table in it that backups do not have")
    return name, tuple(map(str, cast("list[Any]", columns)))
