"""Deleting an account together with what belongs to it outside of the store."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..audit.clients import Client
from ..errors import PassportError
from ..storage.account_rows import find_account
from ..storage.database import Database
from .belongings import Belonging, Belongings
from .leaving import Leaving, Receipt
from .trash import Trash


@dataclass(frozen=True)
class Departed:
    """The receipt, and what of the belongings could not be moved."""

    receipt: Receipt
    moved: int
    left: tuple[str, ...]


class Departure:
    """The account goes in one transaction; its files are moved after it, or not at all."""

    def __init__(
        self, database: Database, leaving: Leaving, belongings: Belongings, trash: Trash
    ) -> None:
        self._database = database
        self._leaving = leaving
        self._belongings = belongings
        self._trash = trash
        # Whoever asks twice, or tidies meanwhile, must not drop a plan that is being carried out.
        self._moving = threading.Lock()

    def list(self, account_id: str) -> list[Belonging]:
        """Return what could be taken along."""
        return self._belongings.list(account_id)

    def delete(self, account_id: str, kinds: Collection[str], client: Client) -> Departed:
        """Delete the account, and move the belongings of these kinds to the trash.

        Raises what `Leaving.delete` raises: then nothing was moved.
        """
        with self._moving:
            things = self._belongings.list(account_id, kinds)
            place = self._trash.plan(account_id, things)
            try:
                receipt = self._leaving.delete(account_id, client)
            except PassportError:
                self._forget(place)
                raise
            left = tuple(self._trash.carry_out(place)) if place else ()
        return Departed(receipt, len(things) - len(left), left)

    def tidy(self) -> None:
        """Finish what was interrupted, and empty the trash of what has lain there long enough."""
        with self._moving:
            self._trash.go_on(self._is_gone)
            self._trash.empty()

    def _forget(self, place: Path | None) -> None:
        if place is not None:
            self._trash.drop(place)

    def _is_gone(self, account_id: str) -> bool:
        with self._database.reading() as connection:
            return find_account(connection, account_id) is None
