"""A new master key for everything that is sealed, in steps that a kill between them does not harm.

The new key stands in front of the old ones before anything is sealed under it; then each batch of
credentials is sealed anew in a transaction of its own. The old keys stay behind it until somebody
drops them: a running ComfyUI may just then be sealing under the one that it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from ..clock import Clock, from_iso, to_iso
from ..storage.credential_rows import (
    CredentialRow,
    count_by_key_version,
    list_sealed_under,
    reseal,
)
from ..storage.database import Database
from ..storage.instance_rows import MASTER_KEY_CHANGED_AT, find_value, lock_instance, put_value
from .encryption import KeyRing, Sealed, encode_key, generate_key, name_key_version
from .errors import (
    CredentialUnreadableError,
    MasterKeyMissingError,
    MasterKeyUnchangeableError,
)
from .key_places import KeyPlace, write_keys

BATCH = 100
MOST_PASSES = 3
DROPPED_AFTER = timedelta(hours=1)
"""ComfyUI looks at the keys each time it seals; what it sealed before is stored long before."""

HOW_TO_SET_IT = (
    "Make a new one (`openssl rand -base64 32`), put it before the present one with a comma "
    "between them: PASSPORT_MASTER_KEY=NEW,PRESENT; restart ComfyUI; then run this again with "
    "the same setting, and what is stored is sealed under the new one."
)


@dataclass(frozen=True)
class KeyUse:
    """How many credentials are sealed under a version of the master key."""

    version: str
    state: str
    """`newest`, `older`, or `missing`: not here, so that those credentials do not open."""
    credentials: int


@dataclass(frozen=True)
class Rotated:
    """What a rotation has done."""

    version: str
    is_new: bool
    """Whether a key was made or taken; else a rotation that was stopped has been finished."""
    sealed_anew: int
    unreadable: int
    """Credentials that did not open before either; they stay as they are."""


class Rotation:
    """Rotates the keys of one store. `load` reads the ring; `place` keeps it, None: a setting."""

    def __init__(
        self,
        database: Database,
        place: KeyPlace | None,
        load: Callable[[], KeyRing],
        clock: Clock,
    ) -> None:
        self._database = database
        self._place = place
        self._load = load
        self._clock = clock

    def list_uses(self) -> list[KeyUse]:
        """Return each key on the ring, newest first, then those that are missing."""
        ring = self._load()
        with self._database.reading() as connection:
            sealed = count_by_key_version(connection)
        here = [name_key_version(key) for key in ring.keys]
        states = {version: "newest" if version == ring.newest else "older" for version in here}
        states.update((version, "missing") for version in sorted(sealed) if version not in states)
        return [KeyUse(each, state, sealed.get(each, 0)) for each, state in states.items()]

    def rotate(self, new: bytes | None = None) -> Rotated:
        """Seal everything under a new key: this one, or one that is made.

        A rotation that was stopped is finished instead, as long as no other key is given. Raises
        MasterKeyMissingError, MasterKeyInvalidError, and MasterKeyUnchangeableError where a
        setting holds the key: it says what to set.
        """
        with self._alone() as (connection, before):
            ring, is_new = self._put_in_front(connection, before, new)
        sealed_anew = self._seal_anew(ring)
        uses = self.list_uses()
        unreadable = sum(use.credentials for use in uses if use.version != ring.newest)
        return Rotated(ring.newest or "", is_new, sealed_anew, unreadable)

    def replace_lost(self) -> str:
        """Make a key where it is lost: what was sealed stays shut, and new secrets can be kept.

        Return its version. Raises MasterKeyUnchangeableError while there is one.
        """
        key = generate_key()
        if self._place is None or self._place.read() is not None:
            raise MasterKeyUnchangeableError(
                "The master key is not lost: it is where it belongs. If it is not the right one, "
                "put that back from your backup, or move it away first."
            )
        with self._database.transaction() as connection:
            lock_instance(connection)
            self._place.write(encode_key(key))
            self._note_change(connection)
        return self._load().newest or ""

    def drop_old(self) -> list[str]:
        """Take keys off the ring under which nothing is sealed, but the newest; return them.

        Raises MasterKeyUnchangeableError for a setting, and soon after a rotation.
        """
        with self._alone() as (connection, ring):
            needed = {ring.newest, *count_by_key_version(connection)}
            kept = [key for key in ring.keys if name_key_version(key) in needed]
            dropped = [version for version in ring.versions if version not in needed]
            if dropped:
                place = self._require_place(
                    "Take the older ones, behind the first comma, out of PASSPORT_MASTER_KEY, and "
                    "restart ComfyUI: nothing is sealed under them."
                )
                self._require_age(connection)
                place.replace(write_keys(kept))
        return dropped

    @contextmanager
    def _alone(self) -> Generator[tuple[Connection, KeyRing], None, None]:
        """Open a transaction in which nobody else changes the keys."""
        with self._database.transaction() as connection:
            lock_instance(connection)
            ring = self._load()
            if ring.problem is not None:
                raise ring.problem
            yield connection, ring

    def _put_in_front(
        self, connection: Connection, ring: KeyRing, new: bytes | None
    ) -> tuple[KeyRing, bool]:
        sealed = count_by_key_version(connection)
        if sealed and ring.versions.isdisjoint(sealed):
            raise MasterKeyMissingError(
                "No stored credential opens with the master key that is here: it is not the right "
                "one. Put that back from your backup. If it is lost, there is nothing to rotate: "
                "enter the API keys again."
            )
        older = ring.versions - {ring.newest}
        if new is None and not older.isdisjoint(sealed):
            return ring, False  # stopped at half, or set by hand
        key = new or generate_key()
        if name_key_version(key) == ring.newest:
            return ring, False
        place = self._require_place(HOW_TO_SET_IT)
        place.replace(write_keys([key, *(each for each in ring.keys if each != key)]))
        self._note_change(connection)
        return self._load(), True

    def _seal_anew(self, ring: KeyRing) -> int:
        """Go through all that is sealed under older keys; again, for what came meanwhile."""
        older, count = ring.versions - {ring.newest}, 0
        for _ in range(MOST_PASSES):
            done = self._go_through(ring, older)
            if not done:
                break
            count += done
        return count

    def _go_through(self, ring: KeyRing, older: AbstractSet[str]) -> int:
        after, count = "", 0
        while True:
            with self._database.transaction() as connection:
                batch = list_sealed_under(connection, older, after, BATCH)
                for _, row in batch:
                    count += _seal_one_anew(connection, ring, row)
            if not batch:
                return count
            after = batch[-1][0]

    def _require_place(self, otherwise: str) -> KeyPlace:
        if self._place is None:
            raise MasterKeyUnchangeableError(
                f"The master key stands in a setting, which Passport does not write. {otherwise}"
            )
        return self._place

    def _require_age(self, connection: Connection) -> None:
        changed_at = from_iso(find_value(connection, MASTER_KEY_CHANGED_AT) or "")
        if changed_at is not None and self._clock() - changed_at < DROPPED_AFTER:
            raise MasterKeyUnchangeableError(
                "The master key was changed within the last hour, and a running ComfyUI may be "
                "sealing something under the old one at this moment. Drop it later."
            )

    def _note_change(self, connection: Connection) -> None:
        put_value(connection, MASTER_KEY_CHANGED_AT, to_iso(self._clock()) or "")


def _seal_one_anew(connection: Connection, ring: KeyRing, row: CredentialRow) -> bool:
    place = (row.account_id, row.service, row.profile)
    try:
        secret = ring.open(Sealed(row.ciphertext, row.key_version), *place)
    except (CredentialUnreadableError, MasterKeyMissingError):
        return False  # it did not open before either; another must not wait for it
    sealed = ring.seal(secret, *place)
    again = replace(row, ciphertext=sealed.ciphertext, key_version=sealed.key_version)
    return reseal(connection, row, again)
