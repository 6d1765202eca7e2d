"""Forks processes that go through a flow and are killed in it, for `test_kill_points`.

Everything is imported once, and no thread runs here: whoever works on a store is forked for it.
Each line on stdin is one flow to go through, `{"flow", "store", "most_kills"}`; one line answers
it: `{"points", "kills", "problems"}`. `store` is a folder for SQLite's stores, or the URL of a
PostgreSQL server's database.
"""

# ruff: noqa: E402  # the package has its name first

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import secrets
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
package = types.ModuleType("passport")
package.__path__ = [str(ROOT)]
sys.modules["passport"] = package

from passport.accounts.password_strength import estimate
from passport.storage.database import Database
from passport.storage.migration import migrate
from passport.tests.backend.fixtures import House
from passport.tests.faults.facts import Teller, find_lost
from passport.tests.faults.flow import OUTPUTS, Flow
from passport.tests.faults.flows import FLOWS
from passport.tests.faults.forked import Work, in_child, open_house
from passport.tests.faults.kill_points import Points
from passport.tests.faults.stores import Place, Places, PostgreSQLPlaces, SQLitePlaces
from passport.tests.faults.wholeness import find_damage, take_picture

FIRST_START = "first start"


def prepare(flow: Flow, place: Place) -> dict[str, Any]:
    """Bring the store to where the flow begins."""

    def work(say: Callable[..., None]) -> None:
        house = open_house(place, Points())
        say(asyncio.run(flow.prepare(house)))
        house.database.close()

    if flow.name == FIRST_START:
        return {}
    said, code = in_child(place, work)
    assert code == 0, f"{flow.name} cannot be prepared: {said}"
    return said[0][0]


def go_through(flow: Flow, given: dict[str, Any], place: Place, points: Points) -> Work:
    """Be somebody who goes through the flow, and is killed at the point that is asked for."""

    def work(say: Callable[..., None]) -> None:
        if flow.name == FIRST_START:
            points.watch(database := Database(place.url), place.folder)
            migrate(database)
            say("sure", "rows", "accounts", 0)
            return
        house = open_house(place, points)
        points.watch(house.database, place.folder)
        asyncio.run(flow.act(house, given, Teller(say)))

    return work


def look_and_go_on(
    flow: Flow, given: dict[str, Any], place: Place, said: list[list[Any]], picture: str | None
) -> Work:
    """Say what is wrong with what was left, then come back as the person who was cut off."""

    def work(say: Callable[..., None]) -> None:
        database = Database(place.url)
        if picture is None:
            migrate(database)  # whoever was killed before it had, or half way: this one has
        elif take_picture(database) != picture:
            say("wrong", "the store is not as the last transaction left it")
        house = open_house(place, Points())
        for problem in find_problems(house, said):
            say("wrong", problem)
        asyncio.run(flow.again(house, given))
        house.accounts.departure.tidy()
        for problem in (*find_damage(house.database), *find_lost_files(house, flow)):
            say("wrong", f"once it had been begun again: {problem}")

    return work


def find_problems(house: House, said: list[list[Any]]) -> Iterator[str]:
    yield from find_damage(house.database)
    yield from find_lost(house, said)


def find_lost_files(house: House, flow: Flow) -> Iterator[str]:
    """Say which files of somebody who was deleted are not in the trash, all of them once."""
    if flow.name != "delete":
        return
    trash = house.output_folder.parent / "trash"
    trashed = sorted(file.name for file in trash.glob("*/outputs/*"))
    if trashed != OUTPUTS or any((house.output_folder / name).exists() for name in OUTPUTS):
        yield f"in the trash are {trashed}"


def rehearse(flow: Flow, given: dict[str, Any], place: Place) -> tuple[list[str], list[str | None]]:
    """Go through the flow unharmed; return its points, and how the store looks at each."""

    def work(say: Callable[..., None]) -> None:
        picture: list[str | None] = [None]
        other = Database(place.url)
        if flow.name != FIRST_START:
            picture[0] = take_picture(other)

        def note(name: str) -> None:
            if name == "after COMMIT" and flow.name != FIRST_START:
                picture[0] = take_picture(other)
            say("point", name, picture[0])

        points = Points(note)
        go_through(flow, given, place, points)(say)
        points.stop()
        look_and_go_on(flow, given, place, [], picture[0])(lambda *_: None)
        say("loaded", sorted(sys.modules))

    said, code = in_child(place, work)
    assert code == 0, f"{flow.name} does not end well by itself: {said[-1:]}"
    warm_up(next(line[1] for line in said if line[0] == "loaded"))
    passed = [line for line in said if line[0] == "point"]
    return [name for _, name, _ in passed], [picture for _, _, picture in passed]


def warm_up(modules: list[str]) -> None:
    """Load what a child has loaded for itself, so that those after it need not."""
    for name in modules:
        if name not in sys.modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def choose(count: int, most: int) -> list[int]:
    """Return at most so many of the points: each run of the short form tries others."""
    return sorted(secrets.SystemRandom().sample(range(count), min(most, count)))


def kill_at(points_to_live: int) -> Callable[[str], None]:
    left = [points_to_live]

    def pass_or_die(_name: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return pass_or_die


def make_tables(place: Place) -> None:
    _, code = in_child(place, lambda _: migrate(Database(place.url)))
    assert code == 0, "the tables could not be made"


@cache
def open_places(url: str | None, folder: Path) -> tuple[Places, Place]:
    """Return where stores of this kind lie, and one that has its tables and nobody in them."""
    places = PostgreSQLPlaces(url, folder, make_tables) if url else SQLitePlaces(folder)
    empty = places.make()
    make_tables(empty)
    return places, empty


def answer(request: dict[str, Any]) -> dict[str, Any]:
    flow = FLOWS[request["flow"]]
    places, empty = open_places(request.get("url"), Path(request["folder"]))
    template = places.make() if flow.name == FIRST_START else places.copy(empty)
    given = prepare(flow, template)
    rehearsal = places.copy(template)
    points, pictures = rehearse(flow, given, rehearsal)
    places.remove(rehearsal)
    chosen = choose(len(points), request["most_kills"])
    problems: list[str] = []
    for number in chosen:
        place = places.copy(template)
        said, code = in_child(place, go_through(flow, given, place, Points(kill_at(number))))
        where = f"{flow.name}, killed {points[number]} (point {number + 1} of {len(points)})"
        if code != -signal.SIGKILL:
            problems.append(f"{where}: it was not killed but ended with {code}: {said[-1:]}")
        found, code = in_child(place, look_and_go_on(flow, given, place, said, pictures[number]))
        problems += [f"{where}: {line[1]}" for line in found]
        places.remove(place)
    places.remove(template)
    return {"points": len(points), "kills": len(chosen), "problems": problems}


def main() -> None:
    estimate("what is read once, is read before")
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception:  # noqa: BLE001  # the test is told, and goes on with the next flow
            result = {"points": 0, "kills": 0, "problems": [traceback.format_exc()]}
        out.write(f"{json.dumps(result)}\n")


if __name__ == "__main__":
    main()
