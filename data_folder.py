"""The folder that holds the store: its owner's alone."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from .errors import PassportError

logger = logging.getLogger("passport")

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class DataFolderUnusableError(PassportError):
    """The data folder cannot be made or written."""

    code = "data_folder_not_writable"


def make_private_folder(folder: Path) -> None:
    """Make the folder, or close it to others if it is open to them.

    Raises DataFolderUnusableError.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    _restrict(folder, FOLDER_MODE)


def make_private_file(path: Path) -> None:
    """Make the file if it is not there, readable by its owner alone; never change its content.

    Raises DataFolderUnusableError.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    except OSError as error:
        raise _unusable(path.parent, error) from error
    _restrict(path, FILE_MODE)


def is_private(path: Path) -> bool:
    """Tell whether nobody but the owner may enter or read; always true on Windows, which keeps
    a user's folders by other means.
    """
    return os.name == "nt" or path.stat().st_mode & 0o077 == 0


def name_unless_taken(draft: Path, path: Path) -> None:
    """Give a whole file its name, durable. Raises FileExistsError where one has it."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as exFAT
        if path.exists():
            raise FileExistsError from None
        draft.rename(path)
    _keep_names(path.parent)


def name_anew(draft: Path, path: Path) -> None:
    """Give a whole file its name, durable, in place of the one that has it."""
    draft.replace(path)
    _keep_names(path.parent)


def _keep_names(folder: Path) -> None:
    with suppress(OSError):  # Windows does not open folders, and needs no such call
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _restrict(path: Path, mode: int) -> None:
    # Another user's folder cannot be closed by us: the Doctor reports it then.
    with suppress(OSError):
        if not is_private(path):
            path.chmod(mode)


def _unusable(folder: Path, error: OSError) -> DataFolderUnusableError:
    # Whoever asks over the network is told what is wrong, not where: that stands in the log.
    logger.error("The data folder %s cannot be used: %s", folder, error.strerror)
    return DataFolderUnusableError(
        f"Passport's data folder cannot be used: {error.strerror}. Give the user that runs "
        "ComfyUI the right to write it, or set PASSPORT_DATA_FOLDER to another folder; the log of "
        "ComfyUI names it."
    )
