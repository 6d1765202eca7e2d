"""kill -9 at one point after another of a migration, a rotation, a restore and a move: the next
start finishes it or finds it undone, and nothing is lost.

PASSPORT_TEST_KILLS says how many points of each; a rotation is killed at all of them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from passport.backups.contents import write_backup
from passport.storage.database import Database, sqlite_url
from passport.storage.instance_rows import add_store_id
from passport.storage.migration import HEAD_REVISION, migrate, read_revision
from passport.storage.whole_store import summarize
from passport.tests.backend.clock import SettableClock
from passport.tests.backend.full_store import fill, make_at, read_tables
from passport.tests.backend.sealed import (
    FIRST,
    SECOND,
    keep_key,
    keep_secret,
    loader,
    open_all,
    open_rotation,
)
from passport.vault.encryption import name_key_version

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")

POINTS = int(os.environ.get("PASSPORT_TEST_KILLS", "12"))
LONGEST = 400
NURSERY = Path(__file__).with_name("killed_at.py")
SECRETS = ["secret of Ada", "secret of Ben"]


@pytest.fixture(scope="module")
def nursery():
    with subprocess.Popen(
        [sys.executable, NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def kill(what, folder, point):
            process.stdin.write(json.dumps([what, str(folder), point]) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield kill
        process.stdin.close()


@pytest.fixture
def made(tmp_path):
    """The data folder as it is before."""
    folder = tmp_path / "made"
    folder.mkdir()
    keep_key(folder, FIRST)
    return folder


def open_in(folder):
    return Database(sqlite_url(folder))


def kills(nursery, what, made, tmp_path, step):
    """Yield a copy of the folder after each kill, until the process comes to its end."""
    for point in range(1, LONGEST, step):
        folder = tmp_path / f"{what} {point}"
        shutil.copytree(made, folder)
        code = nursery(what, folder, point)
        if code == 0:
            assert point > step, "it was killed at least once"
            return
        assert code == -signal.SIGKILL
        yield folder
        shutil.rmtree(folder)
    raise AssertionError("it has no end")


def count_points(nursery, what, made, tmp_path):
    """Return at about how many points it can be killed: enough to spread the kills over all."""
    low, high = 1, LONGEST
    while low < high:
        middle = (low + high) // 2
        folder = tmp_path / f"probe {middle}"
        shutil.copytree(made, folder)
        if nursery(what, folder, middle) == 0:
            high = middle
        else:
            low = middle + 1
        shutil.rmtree(folder)
    return low


def spread(nursery, what, made, tmp_path):
    step = max(1, count_points(nursery, what, made, tmp_path) // POINTS)
    yield from kills(nursery, what, made, tmp_path, step)


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_a_migration_is_finished_by_the_next_start(nursery, made, tmp_path, revision):
    store = open_in(made)
    before = make_at(store, revision)
    store.close()
    for folder in spread(nursery, "migrate", made, tmp_path):
        again = open_in(folder)
        with again.reading() as connection:
            if read_revision(connection) != HEAD_REVISION:
                assert read_tables(connection) == before, "all of it, or nothing"
        migrate(again)
        with again.reading() as connection:
            after = read_tables(connection)
        for name, ((row), *_) in before.items():
            assert {column: after[name][0][column] for column in row} == row
        again.close()


def test_a_rotation_loses_nothing_at_any_point_and_is_finished_by_the_next(nursery, made, tmp_path):
    store = open_in(made)
    migrate(store)
    with store.transaction() as connection:
        add_store_id(connection)
    for name in ("Ada", "Ben"):
        keep_secret(store, loader(made)(), name)
    store.close()
    for folder in kills(nursery, "rotate", made, tmp_path, step=1):
        again, ring = open_in(folder), loader(folder)()
        assert open_all(again, ring) == SECRETS
        rotated = open_rotation(again, folder, SettableClock()).rotate(SECOND)
        assert rotated.version == name_key_version(SECOND)
        assert open_all(again, loader(folder)()) == SECRETS
        again.close()


@pytest.fixture
def full(made):
    """A store with something in each table."""
    store = open_in(made)
    migrate(store)
    fill(store, made)
    return store


def sums(store):
    with store.reading() as connection:
        return summarize(connection)


def test_a_restore_is_there_whole_or_not_at_all(nursery, made, full, tmp_path):
    with full.reading() as connection:
        write_backup(connection, made / "backup", None, loader(made), SettableClock())
    keep_secret(full, loader(made)(), "came after the backup")
    before = sums(full)
    full.close()
    seen = set()
    for folder in spread(nursery, "restore", made, tmp_path):
        again = open_in(folder)
        now = sums(again)
        seen.add(now == before)
        assert now == before or (now["accounts"].rows, now["sessions"].rows) == (3, 0)
        again.close()
    assert True in seen


def test_a_move_is_there_whole_or_not_at_all_and_can_be_done_again(nursery, made, full, tmp_path):
    before = sums(full)
    full.close()
    for folder in spread(nursery, "move", made, tmp_path):
        again = open_in(folder)
        assert sums(again) == before
        again.close()
        there = Database(f"sqlite:///{folder / 'there.sqlite'}")
        migrate(there)
        assert sums(there) == before or not sums(there)["accounts"].rows
        there.close()
        assert nursery("move", folder, LONGEST) == 0
        there = Database(f"sqlite:///{folder / 'there.sqlite'}")
        assert sums(there) == before
        there.close()
