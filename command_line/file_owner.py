"""Whose the store is: files of another user's would lock the server out.

SQLite makes files beside the database for as long as it is open; a store that is new, or a master
key, would be for its maker's eyes alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import CommandError

ROOT_USER = 0


def exists(path: Path) -> bool:
    """Tell whether it is there. Raises CommandError when that cannot be seen."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise CommandError(
            "store_not_readable",
            f"{path} cannot be looked at: {error.strerror}. Run this as the user that runs "
            "ComfyUI.",
            folder=str(path.parent),
        ) from error
    return True


def require_owner(database_file: Path) -> None:
    """Refuse to open a database of another user's. Raises CommandError."""
    if sys.platform != "win32":
        owner, user = database_file.stat().st_uid, os.geteuid()
        if owner != user:
            raise _wrong_user("The store", database_file.parent, owner, user)


def require_maker(folder: Path) -> None:
    """Refuse to make files that the owner of the place could not open. Raises CommandError.

    Root's place is anybody's who may write there, such as /tmp.
    """
    if sys.platform != "win32":
        while not exists(folder):
            folder = folder.parent
        owner, user = folder.stat().st_uid, os.geteuid()
        if owner not in (user, ROOT_USER):
            raise _wrong_user("The folder", folder, owner, user)


def _wrong_user(what: str, folder: Path, owner: int, user: int) -> CommandError:
    name = _find_name(owner)
    return CommandError(
        "wrong_user",
        f"{what} {'in ' if what == 'The store' else ''}{folder} belongs to the user {name}, and "
        f"this runs as {_find_name(user)}: it would leave files that ComfyUI cannot open. Nothing "
        f"was changed. Run it as that user: sudo -u '{name}' …",
        folder=str(folder),
        owner=name,
        user=_find_name(user),
    )


def _find_name(user_id: int) -> str:
    if sys.platform == "win32":
        return str(user_id)
    import pwd

    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"#{user_id}"  # as sudo takes it
