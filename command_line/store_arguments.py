"""The arguments of the commands that look after the store as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def add_store_commands(add: Any, text: Callable[[str], str]) -> None:
    """Add them by way of `add`; `text` reads an argument."""
    _add_backups(add, text)
    _add_move(add, text)
    _add_rotation(add, text)


def _add_backups(add: Any, text: Callable[[str], str]) -> None:
    backup = add("backup", "write the store to a file, encrypted, while ComfyUI runs or not")
    backup.add_argument("file", metavar="FILE", type=text, help="where there is no file yet")
    backup.add_argument(
        "--without-secrets", action="store_true",
        help="leave out keys, stored credentials and hashes; not encrypted, for anybody to read",
    )  # fmt: skip
    restore = add("restore", "put such a backup into the store, while ComfyUI does not run")
    restore.add_argument("file", metavar="FILE", type=text, help="of the command backup")
    _add_replacement(restore, "in place of the accounts that are there; a copy of them is kept")


def _add_move(add: Any, text: Callable[[str], str]) -> None:
    move = add("move", "carry the store to another database, while ComfyUI does not run")
    move.add_argument(
        "--to", metavar="URL", type=text, required=True,
        help="postgresql://USER:PASSWORD@HOST/NAME or sqlite:////FOLDER/passport.sqlite; "
        "- reads it from standard input, where nobody else can see the password",
    )  # fmt: skip
    _add_replacement(move, "in place of an earlier state of the same store there")


def _add_replacement(parser: Any, text: str) -> None:
    parser.add_argument("--replace", action="store_true", help=text)
    parser.add_argument("--yes", action="store_true", help="do not ask whether you mean it")


def _add_rotation(add: Any, text: Callable[[str], str]) -> None:
    rotate = add("rotate-master-key", "seal what is stored under a new master key")
    rotate.add_argument(
        "--status", action="store_true", help="only tell how much is sealed under which key"
    )
    rotate.add_argument(
        "--key-file", metavar="FILE", type=text, help="take the key from there (else: make one)"
    )
    rotate.add_argument(
        "--drop-old", action="store_true", help="forget older keys under which nothing is sealed"
    )
    rotate.add_argument(
        "--lost", action="store_true", help="the key is lost: make one, for what is entered anew"
    )
