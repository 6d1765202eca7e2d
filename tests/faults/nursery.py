"""Forks processes that work on a store, or look at one, for `test_killed`.

Everything is imported once, and each child begins with a thread and a connection to nobody. Lines
on stdin are commands, `work` or `look`; what is answered are lines of JSON.
"""

# ruff: noqa: E402  # the package has its name first

from __future__ import annotations

import asyncio
import json
import os
import sys
import types
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
package = types.ModuleType("passport")
package.__path__ = [str(ROOT)]
sys.modules["passport"] = package

from passport.accounts.password_strength import estimate
from passport.accounts.sessions import _hash
from passport.audit.clients import Client
from passport.storage.database import Database
from passport.storage.migration import migrate
from passport.storage.password_rows import find_by_email_key
from passport.storage.session_rows import find_session
from passport.tests.backend.clock import START, SettableClock
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import House
from passport.tests.backend.people import log_in, register
from passport.tests.faults.facts import fits
from passport.tests.faults.wholeness import find_damage

LONG_SECONDS = 10**9


def say(*words: object) -> None:
    """Write one line at once: whatever is in it was done, or was about to be."""
    os.write(1, (json.dumps(words) + "\n").encode())


def open_house(url: str, number: int) -> House:
    database = Database(url)
    migrate(database)
    limits = {
        "session_idle_seconds": LONG_SECONDS,
        "session_lifetime_seconds": LONG_SECONDS,
    }
    clock = SettableClock(START + timedelta(days=number))
    house = House(database, ComfyInMemory(), clock, **limits)
    house.clock = clock
    return house


async def work(url: str, number: int) -> None:
    house = open_house(url, number)
    count = 0
    while True:
        count += 1
        house.clock.advance(minutes=5)
        email, client = f"{number}-{count}@example.org", Client(f"10.{number}.{count % 256}.1", "")
        old, new = (f"{word} horse {number} battery {count}" for word in ("correct", "another"))
        say("registering", email, old)
        here = await register(house, email, old, client=client)
        say("registered", email, old, here.token.reveal())
        there = await log_in(house, email, old, client)
        say("logged in", email, there.token.reveal())
        say("changing", email, new, there.token.reveal())
        await house.accounts.profile.change_password(here.session, old, new, client)
        say("changed", email, new, there.token.reveal())
        say("revoking", here.token.reveal())
        house.sign_out.revoke(here.account.id, here.session.id, client)
        say("revoked", here.token.reveal())


def look(url: str, expected: Path) -> None:
    """Say what is missing of what was acknowledged, and what is there by half."""
    database, wanted = Database(url), json.loads(expected.read_text())
    migrate(database)  # one may have been killed before it had, or half way
    for problem in find_damage(database):
        say("problem", problem)
    with database.reading() as connection:
        for email, passwords in wanted["passwords"].items():
            found = find_by_email_key(connection, email)
            if found is None or not any(fits(found[1].password_hash, each) for each in passwords):
                say("problem", "password", email)
        for token, states in wanted["sessions"].items():
            living = find_session(connection, _hash(token)) is not None
            if living not in states:
                say("problem", "session", token)
        (accounts,) = connection.exec_driver_sql("SELECT count(*) FROM accounts").one()
    say("looked", accounts)


def main() -> None:
    estimate("what is read once, is read before")
    url, expected = sys.argv[1], Path(sys.argv[2])
    for line in sys.stdin:
        command, number = line.split()
        child = os.fork()
        if child == 0:
            if command == "work":
                asyncio.run(work(url, int(number)))
            look(url, expected)
            os._exit(0)
        say("started", child)
        say("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
