"""Where files of deleted accounts lie until they go: a dated folder for each account.

What is to be moved is written down first, and durably: whoever is killed in the middle goes on at
the next start, or drops the plan when the account is still there.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..clock import Clock
from ..data_folder import make_private_folder
from .belongings import Belonging

logger = logging.getLogger("passport")

PLAN = "plan.json"


class Trash:
    """Moves belongings aside, and empties itself after some days."""

    def __init__(self, folder: Path, days: int, clock: Clock) -> None:
        self._folder = folder
        self._keep = timedelta(days=days)
        self._clock = clock

    def plan(self, account_id: str, belongings: Sequence[Belonging]) -> Path | None:
        """Write down what is to be moved; return where to, or None when there is nothing.

        Raises DataFolderUnusableError and OSError: then nothing has happened.
        """
        if not belongings:
            return None
        place = self._folder / f"{self._clock():%Y-%m-%d}-{account_id[:12]}"
        make_private_folder(self._folder)
        make_private_folder(place)
        moves = [[str(each.path.absolute()), f"{each.kind}/{each.shown}"] for each in belongings]
        _write_durably(place / PLAN, json.dumps({"account_id": account_id, "moves": moves}))
        return place

    def drop(self, place: Path) -> None:
        """Forget the plan; nothing was moved."""
        shutil.rmtree(place, ignore_errors=True)

    def carry_out(self, place: Path) -> list[str]:
        """Move what the plan says; return what could not be moved, which stays where it is."""
        plan = json.loads((place / PLAN).read_text(encoding="utf-8"))
        left = [shown for source, shown in plan["moves"] if not _move(Path(source), place / shown)]
        (place / PLAN).unlink()
        return left

    def go_on(self, is_gone: Callable[[str], bool]) -> None:
        """Finish what was interrupted: plans of accounts that are gone are carried out."""
        for file in self._folder.glob(f"*/{PLAN}"):
            try:
                account_id = json.loads(file.read_text(encoding="utf-8"))["account_id"]
                gone = is_gone(account_id)
            except OSError:
                continue  # it cannot be read today; what it tells of may be half moved
            except (ValueError, KeyError, TypeError):
                gone = False  # cut short as it was written: nothing had happened yet
            if gone:
                self.carry_out(file.parent)
            else:
                self.drop(file.parent)

    def empty(self) -> None:
        """Remove for good what has lain here long enough."""
        oldest = self._clock() - self._keep
        for place in self._folder.glob("*"):
            if _read_day(place.name) <= oldest and not (place / PLAN).exists():
                shutil.rmtree(place, ignore_errors=True)


def _move(source: Path, target: Path) -> bool:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(source, target)  # copies where the trash is on another file system
    except OSError as error:
        logger.warning("A file of a deleted account stays where it is: %s", error.strerror)
        return False
    return True


def _read_day(name: str) -> datetime:
    try:
        return datetime.strptime(name[:10], "%Y-%m-%d").replace(tzinfo=timezone.utc)
    except ValueError:  # nothing of ours
        return datetime.max.replace(tzinfo=timezone.utc)


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
