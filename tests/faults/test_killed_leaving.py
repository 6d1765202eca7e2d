"""kill -9 while people make keys, leave and are purged: what was acknowledged is there, and every
account is whole or gone, with its files.

PASSPORT_KILLS says how often; it is 24, or 240 at full length.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from passport.accounts.new_api_key import NewApiKey
from passport.accounts.trash import PLAN
from passport.clock import utc_now
from passport.network.host_facts import HostFacts
from passport.storage.account_rows import add_account, add_identity, change_account
from passport.storage.database import Database, sqlite_url
from passport.storage.migration import migrate
from passport.storage.tables import accounts, api_keys, metadata
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import HERE, House
from passport.tests.conftest import ROOT
from passport.tests.faults.full_length import at_full_length
from sqlalchemy import select

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")

KILLS = int(os.environ.get("PASSPORT_KILLS", "240" if at_full_length() else "24"))
IN_ONE_STORE = 8
LONGEST_LIFE_SECONDS = 0.25
LONGEST_START_SECONDS = 30
TABLES_OF_AN_ACCOUNT = [table for table in metadata.sorted_tables if "account_id" in table.c]

NURSERY = f"""
import os, sys, types
package = types.ModuleType("passport"); package.__path__ = [{str(ROOT)!r}]
sys.modules["passport"] = package
from passport.tests.faults.test_killed_leaving import live
for folder in map(str.strip, sys.stdin):
    child = os.fork()
    if not child:
        live(folder)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""
SAID = "said.jsonl"


def open_house(folder: Path) -> House:
    (folder / "output").mkdir(exist_ok=True)
    facts = HostFacts(output_folder=str(folder / "output"))
    return House(
        Database(sqlite_url(folder)),
        ComfyInMemory(),
        utc_now,
        trash_folder=folder / "trash",
        host_facts=facts,
    )


def live(path: str) -> None:
    """Be one person after the other, until killed."""
    folder = Path(path)
    said = os.open(folder / SAID, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    house = open_house(folder)
    say("ready", "")
    while True:
        life = Life(house, folder)
        life.make_keys()
        life.make_outputs()
        life.leave()
        house.accounts.departure.tidy()


def say(what: str, *about: str) -> None:
    """Tell the test what was acknowledged."""
    os.write(1, f"{json.dumps([what, *about])}\n".encode())


class Life:
    """What one person does."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.services, self.folder = house, house.accounts, folder
        self.name = secrets.token_hex(8)
        with house.database.transaction() as connection:
            account = add_account(connection, self.name, f"{self.name}@example.org", utc_now())
            add_identity(connection, account.id, "password", account.email or "", utc_now())
        self.id = account.id
        say("made", self.id)

    def make_keys(self) -> None:
        keys = self.services.api_keys
        made = [keys.make(self.id, NewApiKey(f"{number}"), HERE)[0] for number in range(3)]
        for row in made:
            say("key", self.id, row.id, row.shown)
        row, _ = keys.rotate(self.id, made[0].id, timedelta(hours=1), HERE)
        say("key", self.id, row.id, row.shown)
        keys.delete(self.id, [made[1].id], HERE)
        say("key deleted", self.id, made[1].id)

    def make_outputs(self) -> None:
        names = names_of(self.id)
        for name in names:
            (self.folder / "output" / name).write_text(self.name)
        self.services.belongings.note_outputs(self.id, names)
        say("outputs", self.id)

    def leave(self) -> None:
        leaving = self.services.leaving
        leaving.cancel(self.id, "no session", HERE)
        say("cancelled", self.id)
        choice = secrets.randbelow(4)
        if choice == 0:
            leaving.reactivate(self.id, HERE)
            say("reactivated", self.id)
        elif choice == 1:
            with self.house.database.transaction() as connection:
                change_account(connection, self.id, purge_at=utc_now())
            self.services.purge.run()
            say("purged", self.id)
        elif choice == 2:
            say("departing", self.id)
            self.services.departure.delete(self.id, ["outputs"], HERE)
            say("departed", self.id)


def names_of(account_id: str) -> list[str]:
    return [f"{account_id}-{number}.png" for number in range(2)]


@pytest.fixture(scope="module")
def nursery():
    """A process that has loaded everything, and forks whoever is to be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        yield process
        process.stdin.close()


def kill_one(nursery: subprocess.Popen[str], folder: Path) -> list[list[str]]:
    """Start somebody on the store, kill them after a random while; return what they have said."""
    (folder / SAID).unlink(missing_ok=True)
    nursery.stdin.write(f"{folder}\n")
    child = int(nursery.stdout.readline())
    deadline = time.monotonic() + LONGEST_START_SECONDS
    while not (folder / SAID).exists() or not (folder / SAID).read_bytes():
        assert time.monotonic() < deadline, "it did not begin"
        time.sleep(0.005)
    time.sleep(LONGEST_LIFE_SECONDS * secrets.randbelow(1000) / 1000)
    os.kill(child, signal.SIGKILL)
    assert int(nursery.stdout.readline()) == signal.SIGKILL, "it ended by itself"
    lines = (folder / SAID).read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines[1:] if line.endswith("\n")]


STATES = {
    "made": "active",
    "cancelled": "cancelled",
    "reactivated": "active",
    "purged": "gone",
    "departing": "departing",
    "departed": "departed",
}


class Expected:
    """What must be there, as far as it was acknowledged.

    What the killed process was at may be done or not; it is read from the store, and holds then.
    """

    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        self.keys: dict[str, dict[str, str]] = {}
        self.last = ""

    def hear(self, said: list[list[str]]) -> None:
        for what, account_id, *about in said:
            self.last = account_id
            self.state[account_id] = STATES.get(what, self.state.get(account_id, ""))
            keys = self.keys.setdefault(account_id, {})
            if what == "key":
                keys[about[0]] = about[1]
            elif what == "key deleted":
                del keys[about[0]]

    def check(self, house: House, folder: Path) -> None:
        with house.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            there = {row.id: row for row in connection.execute(select(accounts))}
            stored = list(connection.execute(select(api_keys)))
            about = {
                account_id
                for table in TABLES_OF_AN_ACCOUNT
                for (account_id,) in connection.execute(select(table.c.account_id))
            }
        assert about - {None} <= there.keys(), "something is left of an account that has gone"
        kept: dict[str, dict[str, str]] = {account_id: {} for account_id in self.state}
        for key in stored:
            kept.setdefault(key.account_id, {})[key.id] = key.shown
        for account_id in self.state.keys() - {self.last}:
            self.check_one(account_id, there.get(account_id), kept[account_id])
        self.check_files(there.keys(), folder)
        self.settle(there, kept)

    def check_one(self, account_id: str, row: Any, kept: dict[str, str]) -> None:
        state = self.state[account_id]
        if row is None:
            assert state in ("gone", "departed", "due")
        else:
            assert row.state == {"due": "cancelled"}.get(state, state)
            assert kept == self.keys[account_id]

    def check_files(self, there: Collection[str], folder: Path) -> None:
        trashed = {file.name for file in folder.glob("trash/*/outputs/*.png")}
        lying = {file.name for file in folder.glob("output/*.png")}
        assert not trashed & lying
        assert list(folder.glob(f"trash/*/{PLAN}")) == [], "a plan waits though it was tidied"
        for account_id, state in self.state.items():
            names = set(names_of(account_id))
            if account_id in there:
                assert not names & trashed, "files of somebody who is there were moved"
            elif state in ("departing", "departed"):
                assert names <= trashed, "they are gone, and not all their files with them"
            else:
                assert names <= lying, "files were moved of somebody who only was purged"

    def settle(self, there: Mapping[str, Any], kept: Mapping[str, dict[str, str]]) -> None:
        """Take what the killed process was at as the store has it."""
        for account_id in {self.last, *there} - {""}:
            row = there.get(account_id)
            if account_id in self.state and account_id != self.last:
                continue
            before = self.keys.get(account_id, {})
            now = kept.get(account_id, {})
            assert row is None or len(set(before.items()) ^ set(now.items())) <= 3
            self.keys[account_id] = now
            if row is None:
                departed = self.state[account_id] in ("departing", "departed")
                self.state[account_id] = "departed" if departed else "gone"
            elif row.purge_at is not None and row.purge_at <= utc_now():
                self.state[account_id] = "due"
            else:
                self.state[account_id] = row.state


@pytest.mark.parametrize("number", range(-(-KILLS // IN_ONE_STORE)))
def test_every_account_is_whole_or_gone_however_often_the_process_is_killed(
    tmp_path, nursery, number
):
    database = Database(sqlite_url(tmp_path))
    migrate(database)
    database.close()
    open_house(tmp_path).database.close()  # gives the store its name
    expected, steps = Expected(), 0
    for _ in range(min(IN_ONE_STORE, KILLS - number * IN_ONE_STORE)):
        said = kill_one(nursery, tmp_path)
        steps += len(said)
        expected.hear(said)
        house = open_house(tmp_path)
        house.accounts.departure.tidy()
        expected.check(house, tmp_path)
        house.database.close()
    assert steps > 0
