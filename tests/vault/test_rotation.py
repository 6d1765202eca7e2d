"""A new master key: everything opens at each moment, before, meanwhile and afterwards."""

from __future__ import annotations

import os
import stat
import sys

import pytest
from passport.settings import Settings
from passport.storage.credential_rows import count_by_key_version
from passport.storage.instance_rows import add_store_id
from passport.storage.tables import credentials
from passport.tests.backend.fixtures import ON_EACH
from passport.tests.backend.people import at_once, failures
from passport.tests.backend.sealed import (
    FIRST,
    SECOND,
    SHUT,
    THIRD,
    keep_key,
    keep_secret,
    list_rows,
    loader,
    open_all,
    open_rotation,
)
from passport.vault import rotation as rotation_module
from passport.vault.encryption import encode_key, name_key_version
from passport.vault.errors import (
    MasterKeyInvalidError,
    MasterKeyMissingError,
    MasterKeyUnchangeableError,
)
from passport.vault.master_key import KEY_FILE
from sqlalchemy import update

NAMES = [f"person {number}" for number in range(5)]
SECRETS = [f"secret of {name}" for name in NAMES]


@pytest.fixture
def folder(tmp_path):
    keep_key(tmp_path, FIRST)
    return tmp_path


@pytest.fixture
def store(open_chosen, folder, monkeypatch):
    monkeypatch.setattr(rotation_module, "BATCH", 2)
    database = open_chosen()
    with database.transaction() as connection:
        add_store_id(connection)
    for name in NAMES:
        keep_secret(database, loader(folder)(), name)
    return database


@pytest.fixture
def rotation(store, folder, clock):
    return open_rotation(store, folder, clock)


def versions_in(store):
    with store.reading() as connection:
        return count_by_key_version(connection)


def version(key):
    return name_key_version(key)


class Killed(BaseException):
    """Stands for the end of the process."""


def die_after(monkeypatch, steps):
    """Have the rotation end in mid-work, once it has sealed so many anew."""
    seal, done = rotation_module._seal_one_anew, []

    def seal_or_die(*arguments):
        if len(done) == steps:
            raise Killed
        done.append(1)
        return seal(*arguments)

    monkeypatch.setattr(rotation_module, "_seal_one_anew", seal_or_die)


@ON_EACH
def test_everything_is_sealed_under_the_new_key_and_opens(rotation, store, folder):
    rotated = rotation.rotate()
    assert (rotated.is_new, rotated.sealed_anew, rotated.unreadable) == (True, 5, 0)
    assert versions_in(store) == {rotated.version: 5}
    assert rotated.version != version(FIRST)
    assert open_all(store, loader(folder)()) == SECRETS


def test_the_old_key_stays_behind_the_new_one(rotation, folder):
    rotated = rotation.rotate(SECOND)
    assert rotated.version == version(SECOND)
    words = (folder / KEY_FILE).read_text().split()
    assert words == [encode_key(SECOND), encode_key(FIRST)]
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir() if path.name.startswith("master")] == [KEY_FILE]


@pytest.mark.parametrize("steps", range(6))
def test_a_rotation_that_was_stopped_goes_on_with_the_same_key(
    rotation, store, folder, monkeypatch, steps
):
    die_after(monkeypatch, steps)
    if steps < len(NAMES):
        with pytest.raises(Killed):
            rotation.rotate()
    else:
        rotation.rotate()
    monkeypatch.undo()
    before = loader(folder)()
    assert open_all(store, before) == SECRETS
    again = rotation.rotate()
    if steps < len(NAMES):
        assert (again.is_new, again.version) == (False, before.newest)
        assert len(before.versions) == 2
    assert versions_in(store) == {again.version: 5}
    assert open_all(store, loader(folder)()) == SECRETS


@ON_EACH
def test_two_at_once_end_with_one_key_in_front_and_everything_open(
    store, open_chosen, folder, clock
):
    rotations = [
        open_rotation(each, folder, clock) for each in (store, open_chosen(), open_chosen())
    ]

    def act(each):
        async def rotate():
            return each.rotate()

        return rotate

    outcomes = at_once([act(each) for each in rotations])
    assert failures(outcomes) == []
    ring = loader(folder)()
    assert open_all(store, ring) == SECRETS
    assert version(FIRST) in ring.versions
    rotations[0].rotate()  # whatever was left by one whose key was pushed back
    assert open_all(store, loader(folder)()) == SECRETS


def test_a_ring_that_was_loaded_before_opens_and_seals_under_the_new_key(rotation, store, folder):
    """What a running ComfyUI holds."""
    running = loader(folder)()
    rotated = rotation.rotate()
    assert rotated.version in running.versions, "what looks for rows by version finds them"
    assert open_all(store, running) == SECRETS
    keep_secret(store, running, "somebody new")
    assert versions_in(store) == {rotated.version: 6}


def test_a_running_ring_keeps_its_keys_while_the_file_cannot_be_read(store, folder):
    running = loader(folder)()
    for damage in ("", "nonsense"):
        (folder / KEY_FILE).write_text(damage)
        assert open_all(store, running) == SECRETS
    (folder / KEY_FILE).unlink()
    assert open_all(store, running) == SECRETS
    keep_secret(store, running, "somebody new")


def test_a_key_that_is_put_back_counts_without_a_restart(store, folder):
    (folder / KEY_FILE).unlink()
    running = loader(folder)()
    assert isinstance(running.problem, MasterKeyMissingError)
    keep_key(folder, FIRST)
    assert running.problem is None
    assert open_all(store, running) == SECRETS


def test_old_keys_are_dropped_an_hour_later_and_not_before(rotation, store, folder, clock):
    rotation.rotate(SECOND)
    with pytest.raises(MasterKeyUnchangeableError, match="within the last hour"):
        rotation.drop_old()
    clock.advance(hours=1)
    assert rotation.drop_old() == [version(FIRST)]
    assert loader(folder)().versions == {version(SECOND)}
    assert open_all(store, loader(folder)()) == SECRETS
    assert rotation.drop_old() == []


@ON_EACH
def test_advisory_a_key_that_something_needs_is_not_dropped(rotation, store, folder, clock):
    """A ComfyUI that was stopped in mid-log-in may have sealed under the old one."""
    old = loader(folder)()
    rotation.rotate(SECOND)
    old._reread = lambda: None
    keep_secret(store, old, "somebody late")
    clock.advance(days=1)
    assert rotation.drop_old() == []
    assert SHUT not in open_all(store, loader(folder)())


@ON_EACH
def test_what_does_not_open_stays_as_it_is_and_stops_nobody(rotation, store, folder):
    lost = list_rows(store)[0]
    with store.transaction() as connection:
        change = update(credentials).where(credentials.c.account_id == lost.account_id)
        connection.execute(change.values(key_version="gone"))
    rotated = rotation.rotate()
    assert (rotated.sealed_anew, rotated.unreadable) == (4, 1)
    assert versions_in(store) == {rotated.version: 4, "gone": 1}
    (kept,) = [row for row in list_rows(store) if row.account_id == lost.account_id]
    assert kept.ciphertext == lost.ciphertext
    states = {use.version: (use.state, use.credentials) for use in rotation.list_uses()}
    assert states == {
        rotated.version: ("newest", 4),
        version(FIRST): ("older", 0),
        "gone": ("missing", 1),
    }


def test_bytes_that_were_changed_do_not_make_it_go_round_for_ever(rotation, store):
    lost = list_rows(store)[0].account_id
    with store.transaction() as connection:
        change = update(credentials).where(credentials.c.account_id == lost)
        connection.execute(change.values(ciphertext=bytes(64)))
    rotated = rotation.rotate()
    assert (rotated.sealed_anew, rotated.unreadable) == (4, 1)


def test_with_another_key_than_the_right_one_nothing_is_changed(rotation, store, folder):
    keep_key(folder, THIRD)
    before = list_rows(store)
    with pytest.raises(MasterKeyMissingError, match="not the right one"):
        rotation.rotate()
    assert (folder / KEY_FILE).read_text().split() == [encode_key(THIRD)]
    assert list_rows(store) == before
    keep_key(folder, THIRD, FIRST)
    rotated = rotation.rotate()
    assert (rotated.is_new, rotated.version) == (False, version(THIRD))
    assert open_all(store, loader(folder)()) == SECRETS


@pytest.mark.parametrize("text", ["", "nonsense"])
def test_with_a_file_that_holds_no_key_nothing_is_changed(rotation, folder, text):
    (folder / KEY_FILE).write_text(text)
    for act in (rotation.rotate, rotation.drop_old):
        with pytest.raises(MasterKeyInvalidError):
            act()
    with pytest.raises(MasterKeyUnchangeableError):
        rotation.replace_lost()
    assert (folder / KEY_FILE).read_text() == text


def test_a_lost_key_is_replaced_only_when_asked_and_what_was_sealed_stays_shut(
    rotation, store, folder
):
    with pytest.raises(MasterKeyUnchangeableError, match="not lost"):
        rotation.replace_lost()
    (folder / KEY_FILE).unlink()
    running = loader(folder)()
    with pytest.raises(MasterKeyMissingError, match="rotate-master-key --lost"):
        rotation.rotate()
    new = rotation.replace_lost()
    assert running.newest is None
    assert running.problem is None
    assert running.newest == new
    assert open_all(store, running) == [SHUT] * 5
    keep_secret(store, running, "somebody new")
    assert open_all(store, running) == ["secret of somebody new", *[SHUT] * 5]
    keep_key(folder, *running.keys, FIRST)  # found after all
    assert SHUT not in open_all(store, loader(folder)())


def test_keys_in_a_setting_are_for_others_to_change(store, folder, clock):
    one = Settings(master_key=encode_key(FIRST))
    with pytest.raises(MasterKeyUnchangeableError, match="PASSPORT_MASTER_KEY=NEW,PRESENT"):
        open_rotation(store, folder, clock, one).rotate()
    both = Settings(master_key=f"{encode_key(SECOND)},{encode_key(FIRST)}")
    rotation = open_rotation(store, folder, clock, both)
    rotated = rotation.rotate()
    assert (rotated.is_new, rotated.sealed_anew) == (False, 5)
    assert versions_in(store) == {version(SECOND): 5}
    with pytest.raises(MasterKeyUnchangeableError, match="behind the first comma"):
        rotation.drop_old()
    with pytest.raises(MasterKeyUnchangeableError):
        rotation.rotate()
    assert (folder / KEY_FILE).read_text().split() == [encode_key(FIRST)]


class KeyringInMemory:
    """A FAKE of the `keyring` package."""

    def __init__(self):
        self.entries = {}

    def get_password(self, service, entry):
        return self.entries.get((service, entry))

    def set_password(self, service, entry, password):
        self.entries[service, entry] = password


def test_a_keyring_keeps_both_and_a_running_ring_sees_it(store, folder, clock, monkeypatch):
    fake = KeyringInMemory()
    monkeypatch.setitem(sys.modules, "keyring", fake)
    settings = Settings(use_keyring=True)
    fake.set_password("comfy-passport", str(folder), encode_key(FIRST))
    running = loader(folder, settings)()
    rotated = open_rotation(store, folder, clock, settings).rotate()
    assert len(fake.get_password("comfy-passport", str(folder)).split()) == 2
    keep_secret(store, running, "somebody new")
    assert versions_in(store) == {rotated.version: 6}
    assert SHUT not in open_all(store, running)


def test_a_full_disk_leaves_the_old_key_alone(rotation, store, folder, monkeypatch):
    def fail(_):
        """A STUB of os.fsync on a full disk."""
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Exception, match="No space left on device"):
        rotation.rotate()
    monkeypatch.undo()
    assert (folder / KEY_FILE).read_text().split() == [encode_key(FIRST)]
    assert open_all(store, loader(folder)()) == SECRETS
