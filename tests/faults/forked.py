"""Forked processes, each on a store of its own, and the services that they find there."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from passport.network.host_facts import HostFacts
from passport.providers.mail import Letter
from passport.storage.database import Database
from passport.tests.backend.clock import SettableClock
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import House
from passport.tests.backend.post_office import PostOffice

from .flow import BASE
from .kill_points import Points
from .stores import Place

Work = Callable[[Callable[..., None]], None]
"""What a child does; what it is given says one line at once."""


class LastingPostOffice(PostOffice):
    """Keeps the letters where they outlive the process that sent them."""

    def __init__(self, folder: Path, points: Points) -> None:
        super().__init__()
        self._file = folder / "post office"
        self._points = points

    def send(self, letter: Letter) -> None:
        self._points.pass_one("before a letter is taken")
        super().send(letter)
        with self._file.open("a") as file:
            file.write(f"{letter.recipient}\n")
        self._points.pass_one("after a letter was taken")

    def has_taken(self, kind: str, recipient: str) -> bool:
        return self._file.exists() and recipient in self._file.read_text().splitlines()


def open_house(place: Place, points: Points) -> House:
    output_folder = place.folder / "output"
    output_folder.mkdir(exist_ok=True)
    clock = SettableClock()
    house = House(
        Database(place.url, clock),
        ComfyInMemory(),
        clock,
        LastingPostOffice(place.folder, points),
        trash_folder=place.folder / "trash",
        host_facts=HostFacts(output_folder=str(output_folder)),
        public_url=BASE,
        cancelled_account_days=30,
    )
    house.clock, house.output_folder = clock, output_folder
    return house


def in_child(place: Place, work: Work) -> tuple[list[list[Any]], int]:
    """Fork somebody who works there; return what they said, and how they ended."""
    file = place.folder / "said"
    file.unlink(missing_ok=True)
    said = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    child = os.fork()
    if child == 0:
        _be_child(work, lambda *words: os.write(said, f"{json.dumps(words)}\n".encode()))
    os.close(said)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    lines = file.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")], code


def _be_child(work: Work, say: Callable[..., None]) -> None:
    try:
        work(say)
    except BaseException:  # noqa: BLE001  # nothing of a child may go on as the parent
        say("failed", traceback.format_exc(limit=-4))
        os._exit(1)
    os._exit(0)
