"""The file of a backup: opens whole with its passphrase, and in no other way."""

from __future__ import annotations

import base64
import json
import os
import stat

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from passport.backups import archive as archive_module
from passport.backups import encryption
from passport.backups.archive import Archive, new_archive
from passport.backups.encryption import PIECE_BYTES
from passport.backups.errors import (
    BackupDamagedError,
    BackupFileError,
    BackupPassphraseWrongError,
    BackupTooNewError,
)
from passport.errors import PassportError
from passport.secret import Secret

PASSPHRASE = Secret("a few words of ours")
LINES = [["row", number, "x" * 1000] for number in range(200)]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """The least that argon2 takes."""
    monkeypatch.setattr(encryption, "MEMORY_KIB", 8 * encryption.LANES)
    monkeypatch.setattr(encryption, "PASSES", 1)


def write(path, passphrase=PASSPHRASE, lines=LINES):
    with new_archive(path, "2026-11-25T00:00:00Z", "0004", passphrase) as writer:
        for line in lines:
            writer.write(line)
    return path


def read(path, passphrase=PASSPHRASE):
    archive = Archive(path)
    archive.unlock(passphrase)
    return list(archive.read_lines())


@pytest.fixture
def sealed(tmp_path):
    return write(tmp_path / "backup")


def pieces_of(content):
    """Return the head and the pieces, each with its length before it."""
    head, _, rest = content.partition(b"\n")
    pieces = []
    while rest:
        length = int.from_bytes(rest[:4], "big") & ~(1 << 31)
        pieces.append(rest[: 4 + length])
        rest = rest[4 + length :]
    return head + b"\n", pieces


@pytest.mark.parametrize("passphrase", [PASSPHRASE, None], ids=["sealed", "plain"])
@pytest.mark.parametrize("lines", [LINES, [], [["x" * PIECE_BYTES]]], ids=["many", "none", "long"])
def test_what_is_written_is_read(tmp_path, passphrase, lines):
    path = write(tmp_path / "backup", passphrase, lines)
    assert read(path, passphrase) == lines
    assert Archive(path).head.is_sealed == bool(passphrase)
    assert Archive(path).head.revision == "0004"


def test_nothing_of_the_content_can_be_read_in_a_sealed_one(sealed):
    assert b"xxx" not in sealed.read_bytes()
    assert PASSPHRASE.reveal().encode() not in sealed.read_bytes()


def test_two_of_the_same_content_have_nothing_in_common_but_the_head(sealed, tmp_path):
    other = write(tmp_path / "other")
    _, one = pieces_of(sealed.read_bytes())
    _, two = pieces_of(other.read_bytes())
    assert one[0][4:36] != two[0][4:36]


def test_it_is_its_owners_alone_whatever_the_umask(tmp_path):
    umask = os.umask(0)
    try:
        path = write(tmp_path / "backup")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("what", ["file", "folder", "link to nothing"])
def test_what_is_there_is_never_overwritten(tmp_path, what):
    path = tmp_path / "there"
    if what == "file":
        path.write_text("precious")
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nothing")
    with pytest.raises(BackupFileError, match="is there already"):
        write(path)
    assert list(tmp_path.iterdir()) == [path]
    if what == "file":
        assert path.read_text() == "precious"


def test_a_file_that_comes_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "backup"
    with (
        pytest.raises(BackupFileError, match="is there already"),
        new_archive(path, "", "0004", None) as writer,
    ):
        writer.write([])
        path.write_text("precious")
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


def test_what_goes_wrong_while_it_is_written_leaves_no_file(tmp_path, monkeypatch):
    def fail(_):
        """A STUB of os.fsync on a full disk."""
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(BackupFileError, match="No space left on device"):
        write(tmp_path / "backup")
    monkeypatch.undo()
    with pytest.raises(KeyError), new_archive(tmp_path / "backup", "", "0004", None):
        raise KeyError
    with pytest.raises(BackupFileError, match="No such file"):
        write(tmp_path / "no folder" / "backup")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("passphrase", [Secret("another"), Secret(""), None])
def test_another_passphrase_does_not_open_it(sealed, passphrase):
    with pytest.raises(BackupPassphraseWrongError):
        read(sealed, passphrase)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.9999])
@pytest.mark.parametrize("passphrase", [PASSPHRASE, None], ids=["sealed", "plain"])
def test_one_that_was_cut_short_is_refused(tmp_path, passphrase, part):
    path = write(tmp_path / "backup", passphrase)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(BackupDamagedError):
        read(path, passphrase)


def test_one_that_was_cut_between_two_pieces_is_refused(sealed):
    head, pieces = pieces_of(sealed.read_bytes())
    assert len(pieces) > 2
    for kept in range(len(pieces)):
        sealed.write_bytes(head + b"".join(pieces[:kept]))
        with pytest.raises(BackupDamagedError, match="ends before its end"):
            read(sealed)


@pytest.mark.threat(22)
def test_changed_bytes_are_noticed_wherever_they_are(sealed):
    content = sealed.read_bytes()
    for where in [*range(0, 200, 3), *range(200, len(content), 9973), len(content) - 1]:
        changed = bytearray(content)
        changed[where] ^= 1
        sealed.write_bytes(changed)
        with pytest.raises(PassportError) as caught:
            read(sealed)
        assert caught.value.code in ("backup_damaged", "backup_passphrase_wrong", "backup_too_new")


def test_pieces_in_another_order_or_of_another_file_are_refused(sealed, tmp_path):
    head, pieces = pieces_of(sealed.read_bytes())
    _, others = pieces_of(write(tmp_path / "other").read_bytes())
    for wrong in (
        [pieces[1], pieces[0], *pieces[2:]],
        [pieces[0], *pieces[2:]],
        [pieces[0], pieces[1], pieces[1], *pieces[2:]],
        [pieces[0], others[1], *pieces[2:]],
    ):
        sealed.write_bytes(head + b"".join(wrong))
        with pytest.raises((BackupDamagedError, BackupPassphraseWrongError)):
            read(sealed)


def test_something_behind_the_end_is_noticed(sealed):
    sealed.write_bytes(sealed.read_bytes() + b"\0")
    with pytest.raises(BackupDamagedError, match="behind its end"):
        read(sealed)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"SQLite format 3\0", b"{}\n", b"[]\n", b'{"passport_backup": true}\n',
     b'{"passport_backup": 1}\n', b"\xff\xfe\n", b"{" * 5000, b'{"passport_backup": 1, "x": "y',
     b"[" * 4000 + b"\n"],
)  # fmt: skip
def test_what_is_no_backup_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "backup"
    path.write_bytes(content)
    with pytest.raises(BackupDamagedError):
        read(path)


@pytest.mark.parametrize(
    "changes",
    [
        *({"salt": salt} for salt in ("", "AAAA", "A" * 4000, "=", "no base64", "é", 1, [], {})),
        *({"passport_backup": version} for version in (0, -1, True, 1.0, None, "1", [])),
        *({name: None} for name in ("made_at", "revision", "passport")),
    ],
    ids=str,
)
def test_advisory_a_damaged_head_is_said_to_be_one(sealed, changes):
    """A salt of another length was the library's error, with a traceback."""
    head, _, rest = sealed.read_bytes().partition(b"\n")
    document = {**json.loads(head), **changes}
    assert document.keys() == json.loads(head).keys()
    sealed.write_bytes(json.dumps(document).encode() + b"\n" + rest)
    with pytest.raises((BackupDamagedError, BackupPassphraseWrongError)) as refused:
        read(sealed)
    assert "Nothing was changed here" in refused.value.message


def test_a_flipped_bit_is_noticed_wherever_it_is(sealed):
    whole = sealed.read_bytes()
    end_of_head = whole.index(b"\n") + 1
    places = {*range(0, end_of_head, 7), *range(end_of_head - 2, end_of_head + 24), len(whole) - 1}
    for place in sorted(places):
        sealed.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        )
        with pytest.raises((BackupDamagedError, BackupPassphraseWrongError, BackupTooNewError)):
            read(sealed)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(BackupFileError, match="cannot be read"):
            Archive(path)


def test_one_of_a_newer_format_is_not_tried(sealed, monkeypatch):
    monkeypatch.setattr(archive_module, "FORMAT_VERSION", 2)
    newer = write(sealed.parent / "newer")
    monkeypatch.undo()
    with pytest.raises(BackupTooNewError, match="Update Passport"):
        Archive(newer)


def test_a_line_without_end_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "LONGEST_LINE_BYTES", 1000)
    path = write(tmp_path / "backup", None, [["x" * 300_000]])
    with pytest.raises(BackupDamagedError, match="too long"):
        read(path, None)


@pytest.mark.asvs("11.4.4")
def test_the_format_is_what_it_was(tmp_path, monkeypatch):
    """Written here without our code: it fixes what lies in people's drawers."""
    monkeypatch.undo()
    salt = bytes(range(16))
    head = {
        "passport_backup": 1,
        "made_at": "2026-11-25T00:00:00Z",
        "revision": "0004",
        "passport": "0.1.0",
        "salt": base64.b64encode(salt).decode(),
    }
    line = json.dumps(head).encode() + b"\n"
    key = hash_secret_raw(b"a few words of ours", salt, 3, 65536, 4, 32, Type.ID)
    place = line + (0).to_bytes(8, "big") + b"\x01"
    piece = AESGCM(key).encrypt(bytes(12), b'["row",1]\n', place)
    length = (len(piece) | 1 << 31).to_bytes(4, "big")
    path = tmp_path / "backup"
    path.write_bytes(line + length + piece)
    assert read(path) == [["row", 1]]
