"""The master key: where it lives, who may read it, and that a lost one is never covered up."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from passport.data_folder import DataFolderUnusableError
from passport.secret import Secret
from passport.settings import Settings
from passport.tests.conftest import ROOT
from passport.vault.encryption import encode_key, name_key_version
from passport.vault.errors import MasterKeyInvalidError, MasterKeyMissingError
from passport.vault.master_key import KEY_FILE, KEYRING_SERVICE, KeyFile, load_key_ring

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
FROM_FILE = Settings()


def versions(*keys: bytes) -> frozenset[str]:
    return frozenset(name_key_version(key) for key in keys)


def test_a_new_store_gets_a_key_that_stays(tmp_path):
    first = load_key_ring(FROM_FILE, tmp_path, sealed_before=False)
    again = load_key_ring(FROM_FILE, tmp_path, sealed_before=True)
    assert first.versions == again.versions
    assert len(first.versions) == 1
    assert first.problem is None


@pytest.mark.asvs("13.3.1", "13.3.2")
def test_the_file_is_its_owners_alone_whatever_the_umask(tmp_path):
    umask = os.umask(0)
    try:
        load_key_ring(FROM_FILE, tmp_path, sealed_before=False)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_advisory_a_lost_key_is_never_covered_up_by_a_new_one(tmp_path):
    ring = load_key_ring(FROM_FILE, tmp_path, sealed_before=True)
    assert isinstance(ring.problem, MasterKeyMissingError)
    assert "backup" in ring.problem.message
    assert ring.versions == frozenset()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\n", b"garbage", b"\xff\xfe\0", b"AAAA"])
def test_a_file_that_holds_no_key_is_named_so_and_left_as_it_is(tmp_path, content):
    (tmp_path / KEY_FILE).write_bytes(content)
    for sealed_before in (True, False):
        ring = load_key_ring(FROM_FILE, tmp_path, sealed_before)
        assert isinstance(ring.problem, MasterKeyInvalidError)
        assert ring.versions == frozenset()
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_file_that_cannot_be_read_is_named_so(tmp_path):
    (tmp_path / KEY_FILE).mkdir()
    ring = load_key_ring(FROM_FILE, tmp_path, sealed_before=True)
    assert isinstance(ring.problem, MasterKeyInvalidError)
    assert "permissions" in ring.problem.message


def test_another_key_opens_nothing_and_says_so(tmp_path):
    sealed = load_key_ring(FROM_FILE, tmp_path, False).seal(Secret("secret"), "place")
    (tmp_path / KEY_FILE).write_text(encode_key(OTHER), encoding="ascii")
    with pytest.raises(MasterKeyMissingError):
        load_key_ring(FROM_FILE, tmp_path, True).open(sealed, "place")


def test_the_file_can_hold_a_ring_newest_first(tmp_path):
    text = f"{encode_key(OTHER)}\n{encode_key(KEY)}\n"
    (tmp_path / KEY_FILE).write_text(text, encoding="ascii")
    ring = load_key_ring(FROM_FILE, tmp_path, sealed_before=True)
    assert ring.versions == versions(KEY, OTHER)
    assert ring.seal(Secret("x"), "place").key_version == name_key_version(OTHER)


def test_the_setting_wins_over_the_file_and_writes_none(tmp_path):
    settings = Settings(master_key=f"{encode_key(OTHER)},{encode_key(KEY)}")
    for sealed_before in (True, False):
        assert load_key_ring(settings, tmp_path, sealed_before).versions == versions(KEY, OTHER)
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_is_no_key_is_named_so_without_showing_it(tmp_path):
    ring = load_key_ring(Settings(master_key="canary"), tmp_path, sealed_before=False)
    assert isinstance(ring.problem, MasterKeyInvalidError)
    assert "canary" not in ring.problem.message


MAKE_A_KEY = f"""
import sys, types, pathlib
package = types.ModuleType("passport"); package.__path__ = [{str(ROOT)!r}]
sys.modules["passport"] = package
from passport.vault.master_key import load_key_ring
from passport.settings import Settings
print("ready", flush=True); sys.stdin.readline()
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    print(*load_key_ring(Settings(), folder, False).versions, sep=",")
"""


def test_advisory_processes_that_start_at_once_have_the_same_key(tmp_path):
    """The one that came second once read the file before the key stood in it."""
    for number in range(50):
        (tmp_path / f"{number:02}").mkdir()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_A_KEY, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    first, second = (process.communicate(timeout=60)[0].split() for process in processes)
    assert first == second
    assert len(set(first)) == 50


def test_the_process_that_comes_second_takes_the_key_of_the_first(tmp_path):
    file = KeyFile(tmp_path / KEY_FILE)
    assert file.write(encode_key(KEY)) == encode_key(KEY)
    assert file.write(encode_key(OTHER)).strip() == encode_key(KEY)


def test_a_key_that_is_taken_away_in_the_moment_between_is_no_key(tmp_path, monkeypatch):
    file = KeyFile(tmp_path / KEY_FILE)
    file.write(encode_key(KEY))
    monkeypatch.setattr(file, "read", lambda: None)
    assert file.write(encode_key(OTHER)) == ""


def no_links(*_: object) -> None:
    """A STUB of os.link on a file system that has no hard links."""
    raise PermissionError(1, "Operation not permitted")


def test_a_file_system_without_hard_links_keeps_the_key_too(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    file = KeyFile(tmp_path / KEY_FILE)
    file.write(encode_key(KEY))
    assert file.write(encode_key(OTHER)).strip() == encode_key(KEY)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_advisory_a_full_disk_leaves_no_half_key(tmp_path, monkeypatch):
    def fail(_: int) -> None:
        """A STUB of os.fsync on a full disk."""
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DataFolderUnusableError, match="No space left on device"):
        load_key_ring(FROM_FILE, tmp_path, sealed_before=False)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert load_key_ring(FROM_FILE, tmp_path, sealed_before=False).problem is None


class KeyringInMemory:
    """A FAKE of the `keyring` package."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, entry: str) -> str | None:
        if self.locked:
            raise RuntimeError("the keyring is locked")
        return self.entries.get((service, entry))

    def set_password(self, service: str, entry: str, password: str) -> None:
        self.entries[(service, entry)] = password


@pytest.fixture
def keyring(monkeypatch):
    fake = KeyringInMemory()
    monkeypatch.setitem(sys.modules, "keyring", fake)
    return fake


@pytest.mark.asvs("13.3.1")
def test_the_keyring_keeps_the_key_when_asked_for(tmp_path, keyring):
    settings = Settings(use_keyring=True)
    first = load_key_ring(settings, tmp_path, sealed_before=False)
    again = load_key_ring(settings, tmp_path, sealed_before=True)
    assert first.versions == again.versions
    assert list(keyring.entries) == [(KEYRING_SERVICE, str(tmp_path))]
    assert list(tmp_path.iterdir()) == []


def test_two_data_folders_have_two_keys_in_one_keyring(tmp_path, keyring):
    settings = Settings(use_keyring=True)
    rings = [load_key_ring(settings, Path(name), False) for name in ("/one", "/two")]
    assert rings[0].versions.isdisjoint(rings[1].versions)


def test_advisory_a_key_lost_from_the_keyring_is_not_covered_up(tmp_path, keyring):
    ring = load_key_ring(Settings(use_keyring=True), tmp_path, sealed_before=True)
    assert isinstance(ring.problem, MasterKeyMissingError)
    assert keyring.entries == {}


def test_a_keyring_that_does_not_answer_is_a_problem_and_no_crash(tmp_path, keyring):
    keyring.locked = True
    ring = load_key_ring(Settings(use_keyring=True), tmp_path, sealed_before=False)
    assert isinstance(ring.problem, MasterKeyMissingError)
    assert "Unlock it" in ring.problem.message


def test_a_missing_keyring_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    ring = load_key_ring(Settings(use_keyring=True), tmp_path, sealed_before=False)
    assert isinstance(ring.problem, MasterKeyMissingError)
    assert "not installed" in ring.problem.message
