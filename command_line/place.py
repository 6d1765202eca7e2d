"""Which store is meant, and whether there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import CommandError

CUSTOM_NODES = "custom_nodes"
HOW_TO_NAME_IT = (
    "Name the folder with --data-folder PATH or PASSPORT_DATA_FOLDER. Where ComfyUI is started "
    "with --user-directory or --base-directory, it is __passport in the user folder there."
)


@dataclass(frozen=True)
class Place:
    """The data folder, and what may be done where nothing is there yet."""

    folder: Path
    may_be_made: bool


def find_place(chosen: str | None, environment: Mapping[str, str], extension: Path) -> Place:
    """Return the folder that somebody chose, else that of the ComfyUI around `extension`.

    Raises CommandError where there is no ComfyUI around it.
    """
    named = chosen or environment.get("PASSPORT_DATA_FOLDER", "").strip()
    if named:
        return Place(_expand(named), may_be_made=True)
    for here in _list_ways(extension, environment):
        if here.parent.name == CUSTOM_NODES:
            comfyui = here.parent.parent
            user = comfyui / "user"
            # `user` is made at ComfyUI's first start; before that its source tells what it is.
            never_started = (comfyui / "folder_paths.py").is_file()
            return Place(user / "__passport", may_be_made=user.is_dir() or never_started)
    raise CommandError(
        "data_folder_unknown",
        f"This Passport does not stand in the {CUSTOM_NODES} of a ComfyUI, so its data folder is "
        f"not known. {HOW_TO_NAME_IT}",
    )


def _expand(path: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:  # ~somebody, whom this machine does not know
        return Path(path).absolute()


def _list_ways(extension: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the extension's path as it was called, then as the shell sees it, then resolved.

    Checkouts may stand in custom_nodes by a link: the ComfyUI meant is the one they are linked in.
    """
    ways = [extension]
    shell_folder = environment.get("PWD", "")
    # Within a link, `python3 .` is told the folder behind it; the shell knows by which way it went.
    if _is_same(Path(shell_folder), extension):
        ways.append(Path(shell_folder))
    return [*ways, extension.resolve()]


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.is_absolute() and one.samefile(other)
    except OSError:
        return False


def no_store(folder: Path) -> CommandError:
    """Return the error for a folder in which Passport has never been."""
    return CommandError(
        "store_missing",
        f"There is no Passport store in {folder}: ComfyUI makes it at its first start with "
        f"Passport, and the command create-owner does. {HOW_TO_NAME_IT}",
        folder=str(folder),
    )
