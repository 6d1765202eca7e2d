"""Where a flow's store lies, and how it is copied: a new one for each kill takes too long."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passport.storage.database import sqlite_url
from passport.storage.tables import metadata


@dataclass(frozen=True)
class Place:
    """A store, and a folder for what else there is."""

    url: str
    folder: Path


class Places:
    """Makes, copies and removes stores of one kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._schemas = itertools.count()

    def _next(self) -> Path:
        return self._folder / f"place {next(self._numbers)}"

    def make(self) -> Place:
        """Return an empty store."""
        raise NotImplementedError

    def copy(self, place: Place) -> Place:
        """Return another store with the same in it, and with the same files around it."""
        raise NotImplementedError

    def remove(self, place: Place) -> None:
        """Remove the store and its files."""
        raise NotImplementedError


class SQLitePlaces(Places):
    """A store is a file, and so is its copy."""

    def make(self) -> Place:
        folder = self._next()
        folder.mkdir(parents=True)
        return Place(sqlite_url(folder), folder)

    def copy(self, place: Place) -> Place:
        folder = self._next()
        shutil.copytree(place.folder, folder)
        return Place(sqlite_url(folder), folder)

    def remove(self, place: Place) -> None:
        shutil.rmtree(place.folder)


class PostgreSQLPlaces(Places):
    """A store is a schema. Schemas that were given back are filled anew: making tables is slow."""

    def __init__(self, url: str, folder: Path, fill: Callable[[Place], None]) -> None:
        super().__init__(folder)
        self._url = url
        self._fill = fill
        self._free: list[str] = []

    def make(self) -> Place:
        folder = self._next()
        folder.mkdir(parents=True)
        schema = f"flows_{next(self._schemas)}"
        self._say(f"CREATE SCHEMA {schema}")
        return self._place(schema, folder)

    def copy(self, place: Place) -> Place:
        if not self._has_tables(place):
            return self.make()
        if self._free:
            made = self._place(self._free.pop(), self._next())
        else:
            made = self.make()
            self._fill(made)
        shutil.copytree(place.folder, made.folder, dirs_exist_ok=True)
        old, new = _schema(place), _schema(made)
        names = [table.name for table in metadata.sorted_tables]
        emptied = ", ".join(f"{new}.{name}" for name in names)
        filled = [f"INSERT INTO {new}.{name} SELECT * FROM {old}.{name}" for name in names]  # noqa: S608
        numbered = (
            f"SELECT setval(pg_get_serial_sequence('{new}.audit_events', 'id'), "  # noqa: S608
            f"coalesce(max(id), 0) + 1) FROM {new}.audit_events"
        )
        self._say("; ".join([f"TRUNCATE {emptied} CASCADE", *filled, numbered]))
        return made

    def remove(self, place: Place) -> None:
        shutil.rmtree(place.folder)
        if self._has_tables(place):
            self._free.append(_schema(place))

    def _place(self, schema: str, folder: Path) -> Place:
        return Place(f"{self._url}&options=-csearch_path%3D{schema}", folder)

    def _has_tables(self, place: Place) -> bool:
        return self._say(f"SELECT to_regclass('{_schema(place)}.accounts') IS NOT NULL")

    def _say(self, statements: str) -> Any:
        import psycopg

        with psycopg.connect(self._url) as connection:
            cursor = connection.execute(statements.encode())
            return cursor.fetchone()[0] if cursor.description else None


def _schema(place: Place) -> str:
    return place.url.rpartition("%3D")[2]
