"""What belongs to an account outside of the store: files that its runs made, its ComfyUI folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..clock import Clock
from ..network.host_facts import HostFacts
from ..storage.account_rows import find_account
from ..storage.database import Database
from ..storage.output_rows import are_owned, disown_outputs, list_outputs, put_outputs
from .output_folder import NAME_LENGTH, name_folder

OUTPUTS, USER_FOLDER = "outputs", "user_folder"
KINDS = (OUTPUTS, USER_FOLDER)
LONGEST_PATH = 500
SHARED_USER = "default"
SYSTEM_PREFIX = "__"


@dataclass(frozen=True)
class Belonging:
    """A file or folder, where it lies, and what it is called for the person."""

    kind: str
    path: Path
    shown: str
    size_bytes: int


class Belongings:
    """Knows whose files are whose. What it cannot be sure of belongs to nobody."""

    def __init__(
        self,
        database: Database,
        host_facts: Callable[[], HostFacts],
        clock: Clock,
        several_machines: bool = False,
    ) -> None:
        self._database = database
        self._host_facts = host_facts
        self._clock = clock
        self._several_machines = several_machines

    def note_outputs(self, account_id: str | None, paths: Iterable[str]) -> None:
        """Note that a run of the account, or of nobody, has written these files.

        `paths` are relative to ComfyUI's output folder, with slashes.
        """
        plain = [path for path in paths if len(path) <= self._longest_path and _is_plain(path)]
        place = self._name_place()
        if not plain or place is None:
            return
        # One file, one spelling.
        known = sorted({place + str(PurePosixPath(path)) for path in plain})
        if account_id is None and not self._are_owned(known):
            return  # most often; and a run of nobody waits for no writer
        with self._database.transaction() as connection:
            if account_id is None or find_account(connection, account_id) is None:
                disown_outputs(connection, known)
            else:
                put_outputs(connection, account_id, known, self._clock())

    def _are_owned(self, paths: Iterable[str]) -> bool:
        with self._database.reading() as connection:
            return are_owned(connection, paths)

    def list(self, account_id: str, kinds: Collection[str] = KINDS) -> list[Belonging]:
        """Return what of the account is there now."""
        with self._database.reading() as connection:
            account = find_account(connection, account_id)
            paths = list_outputs(connection, account_id)
        facts = self._host_facts()
        found: list[Belonging] = []
        place = self._name_place()
        if OUTPUTS in kinds and facts.output_folder and place is not None:
            folder = Path(facts.output_folder)
            own = [path.removeprefix(place) for path in paths if path.startswith(place)]
            found += [each for path in own if (each := _find_output(folder, path))]
        if USER_FOLDER in kinds and account and account.comfy_user and facts.users_folder:
            user = _find_user_folder(Path(facts.users_folder), account.comfy_user)
            found += [user] if user else []
        return found

    @property
    def _longest_path(self) -> int:
        return LONGEST_PATH - (NAME_LENGTH + 1 if self._several_machines else 0)

    def _name_place(self) -> str | None:
        """Return what stands before paths in the store; nothing where there is one machine.

        Two machines write files of one name, each for somebody else.
        """
        folder = self._host_facts().output_folder
        if not self._several_machines:
            return ""
        name = name_folder(Path(folder)) if folder else None
        return f"{name}:" if name else None


def _is_plain(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and path.isprintable()


def _find_output(folder: Path, path: str) -> Belonging | None:
    file = folder / path
    # A link would lead the move elsewhere, to what is another's.
    if file.is_symlink() or not file.is_file():
        return None
    if not file.resolve().is_relative_to(folder.resolve()):
        return None
    return Belonging(OUTPUTS, file, path, file.stat().st_size)


def _find_user_folder(users: Path, name: str) -> Belonging | None:
    folder = users / name
    if not is_own_folder(name) or folder.is_symlink() or not folder.is_dir():
        return None
    size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    return Belonging(USER_FOLDER, folder, name, size)


def is_own_folder(name: str) -> bool:
    """Tell whether a folder of that name can be one person's: not everybody's, and no system's."""
    single = name not in ("", ".", "..") and not any(mark in name for mark in "/\\:\0")
    return single and name.casefold() != SHARED_USER and not name.startswith(SYSTEM_PREFIX)
