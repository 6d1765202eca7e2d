"""Where a flow's store lies, and how it is copied: a new one for each kill takes too long."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path

from passport.storage.database import sqlite_url


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
    """A store is a database of its own; `url` leads to the one that others are made from."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(folder)
        self._url = url

    def make(self) -> Place:
        return self._make("template1", self._next())

    def copy(self, place: Place) -> Place:
        folder = self._next()
        shutil.copytree(place.folder, folder)
        return self._make(_name(place), folder)

    def remove(self, place: Place) -> None:
        self._say(f'DROP DATABASE "{_name(place)}" WITH (FORCE)')
        shutil.rmtree(place.folder)

    def _make(self, template: str, folder: Path) -> Place:
        folder.mkdir(parents=True, exist_ok=True)
        place = Place(self._url.replace("/postgres?", f"/{_database(folder)}?"), folder)
        self._say(f'CREATE DATABASE "{_database(folder)}" TEMPLATE "{template}"')
        return place

    def _say(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode())


def _database(folder: Path) -> str:
    return "_".join(folder.parts[-2:]).replace(" ", "_").replace("/", "_").lower()


def _name(place: Place) -> str:
    return _database(place.folder)
