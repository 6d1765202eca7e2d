"""Where the master key lives: the environment, the OS keyring if asked for, else a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..settings import Settings
from .encryption import KeyRing, decode_keys, encode_key, generate_key
from .errors import MasterKeyInvalidError, MasterKeyMissingError
from .key_places import KEYRING_SERVICE, KeyFile, KeyPlace, OsKeyring

__all__ = [
    "KEYRING_SERVICE",
    "KEY_FILE",
    "KeyFile",
    "KeyWatch",
    "find_key_place",
    "load_key_ring",
]

KEY_FILE = "master.key"


def load_key_ring(settings: Settings, data_folder: Path, sealed_before: bool) -> KeyRing:
    """Return the master keys.

    A key is made only for a store in which nothing is sealed yet: a lost key must not be covered
    up by a new one. Without a usable key the ring is empty and says why: sessions go on, and
    nothing that is sealed is lost. Keys that change in a file or a keyring are read anew.
    """
    place = find_key_place(settings, data_folder)
    if place is None:
        try:
            return KeyRing(decode_keys(settings.master_key))
        except MasterKeyInvalidError as error:
            return KeyRing((), error)
    watch = KeyWatch(place)
    try:
        return KeyRing(_read_keys(place, sealed_before), reread=watch)
    except (MasterKeyInvalidError, MasterKeyMissingError) as error:
        return KeyRing((), error, watch)


def find_key_place(settings: Settings, data_folder: Path) -> KeyPlace | None:
    """Return where the keys are kept that Passport may change; None when a setting holds them."""
    if settings.master_key:
        return None
    if settings.use_keyring:
        return OsKeyring(data_folder)
    return KeyFile(data_folder / KEY_FILE)


class KeyWatch:
    """Reads the keys anew when they may have changed; keys that cannot be read change nothing."""

    def __init__(self, place: KeyPlace) -> None:
        self._place = place
        self._seen = place.sign()

    def __call__(self) -> Sequence[bytes] | None:
        """Return the keys, or None when they are those of the last time."""
        signature = self._place.sign()
        if signature == self._seen:
            return None
        try:
            keys = decode_keys(self._place.read() or "")
        except (MasterKeyInvalidError, MasterKeyMissingError):
            return None
        self._seen = signature
        return keys


def _read_keys(place: KeyPlace, sealed_before: bool) -> list[bytes]:
    text = place.read()
    if text is None and sealed_before:
        raise MasterKeyMissingError(
            f"The master key is missing from {place.name}, and stored credentials need it. "
            "Put it back from your backup. If it is lost, make a new one with the command "
            "“rotate-master-key --lost”, and enter your API keys again."
        )
    if text is None:
        text = place.write(encode_key(generate_key()))
    return decode_keys(text)
