"""The data folder is its owner's alone."""

from __future__ import annotations

import os
import stat

import pytest
from passport.data_folder import (
    DataFolderUnusableError,
    is_private,
    make_private_file,
    make_private_folder,
)


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True, params=[0, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.asvs("13.3.1")
@pytest.mark.threat(11)
def test_a_new_folder_is_closed_to_others(tmp_path):
    make_private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_a_folder_that_was_open_is_closed_and_keeps_its_content(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "file").write_text("kept", encoding="utf-8")
    make_private_folder(folder)
    assert is_private(folder)
    assert (folder / "file").read_text(encoding="utf-8") == "kept"


def test_a_file_is_made_or_closed_and_never_changed(tmp_path):
    path = tmp_path / "store"
    make_private_file(path)
    assert (mode(path), path.read_bytes()) == (0o600, b"")
    path.write_bytes(b"kept")
    path.chmod(0o644)
    make_private_file(path)
    assert (mode(path), path.read_bytes()) == (0o600, b"kept")


def test_a_folder_of_somebody_else_stays_open_and_is_reported(tmp_path, monkeypatch):
    def refuse(*_, **__):
        """A STUB of chmod on another user's folder."""
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(type(tmp_path), "chmod", refuse)
    make_private_folder(tmp_path)
    assert not is_private(tmp_path)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_is_no_folder_says_what_to_do_and_the_log_names_it(tmp_path, place, caplog):
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    with pytest.raises(DataFolderUnusableError, match="PASSPORT_DATA_FOLDER") as caught:
        make_private_folder(tmp_path / place)
    assert str(tmp_path) not in f"{caught.value.message} {caught.value.details}"
    assert str(tmp_path / place) in caplog.text


def test_a_file_that_cannot_be_made_says_so(tmp_path):
    with pytest.raises(DataFolderUnusableError):
        make_private_file(tmp_path / "missing" / "file")
    with pytest.raises(DataFolderUnusableError):
        make_private_file(tmp_path)
