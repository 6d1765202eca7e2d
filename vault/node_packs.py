"""Which node packs may have an account's credential."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import lock_account
from ..storage.database import Database
from ..storage.node_pack_rows import (
    NodePackRow,
    delete_node_pack,
    list_node_packs,
    put_node_pack,
)
from .errors import NodePackNameInvalidError

ALWAYS = "always"
ONCE = "once"
LONGEST_NAME = 255
REMEMBERED_QUESTIONS = 200


@dataclass(frozen=True)
class Question:
    """A run was refused because this pack asked for the credential."""

    name: str
    asked_at: datetime
    node_types: tuple[str, ...]


class NodePacks:
    """Keeps lasting decisions in the store, the one-time ones and the open questions in memory."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._once: set[tuple[str, str]] = set()
        self._questions: OrderedDict[tuple[str, str], Question] = OrderedDict()

    def list(self, account_id: str) -> list[NodePackRow]:
        """Return the account's lasting decisions."""
        with self._database.reading() as connection:
            return list_node_packs(connection, account_id)

    def allowed(self, account_id: str) -> frozenset[str]:
        """Return the packs that may always have the account's credential."""
        return frozenset(row.name for row in self.list(account_id))

    def allow(self, account_id: str, name: str, decision: str, client: Client) -> NodePackRow:
        """Allow the pack from now on, or for the account's next run with it."""
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise NodePackNameInvalidError("This cannot be the name of a node pack.")
        row = NodePackRow(name, decision, self._clock())
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            if decision == ALWAYS:
                put_node_pack(connection, account_id, row)
            audit.record(
                connection,
                row.decided_at,
                audit.NODE_PACK_ALLOWED,
                account_id,
                client,
                node_pack=name,
                decision=decision,
            )
        with self._lock:
            if decision == ONCE:
                self._once.add((account_id, name))
            self._questions.pop((account_id, name), None)
        return row

    def take_back(self, account_id: str, name: str, client: Client) -> None:
        """Allow the pack no longer; a run that waits in the queue will be refused."""
        with self._lock:
            self._once.discard((account_id, name))
            self._questions.pop((account_id, name), None)
        with self._database.transaction() as connection:
            delete_node_pack(connection, account_id, name)
            audit.record(
                connection,
                self._clock(),
                audit.NODE_PACK_TAKEN_BACK,
                account_id,
                client,
                node_pack=name,
            )

    def take_once(self, account_id: str, names: AbstractSet[str]) -> frozenset[str]:
        """Use up the one-time permissions among these packs and return them."""
        with self._lock:
            taken = frozenset(name for name in names if (account_id, name) in self._once)
            self._once.difference_update((account_id, name) for name in taken)
        return taken

    def give_back(self, account_id: str, names: AbstractSet[str]) -> None:
        """Restore one-time permissions of a run that was refused for the sake of another pack."""
        with self._lock:
            self._once.update((account_id, name) for name in names)

    def ask(self, account_id: str, name: str, node_types: Iterable[str]) -> None:
        """Remember that the pack asked, so that the panel can offer to allow it."""
        question = Question(name, self._clock(), tuple(sorted(node_types)))
        with self._lock:
            self._questions.pop((account_id, name), None)
            self._questions[(account_id, name)] = question
            while len(self._questions) > REMEMBERED_QUESTIONS:
                self._questions.popitem(last=False)

    def questions(self, account_id: str) -> list[Question]:
        """Return the packs that asked and got no answer, the newest first."""
        with self._lock:
            return [
                question
                for (owner, _), question in reversed(self._questions.items())
                if owner == account_id
            ]
