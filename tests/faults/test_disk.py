"""The disk is full or read-only, the database is cut short, overwritten or has lost its log."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.storage.database import DATABASE_FILE, Database, sqlite_url
from passport.storage.migration import migrate
from passport.tests.faults.wholeness import find_damage

PAGE_BYTES = 4096
DISK_KIB = 3072


def call(*command: object) -> bool:
    return subprocess.run([str(each) for each in command], check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of three megabytes."""
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("Only root can mount a small disk: full and read-only disks are NOT tested")
    folder = tmp_path / "disk"
    folder.mkdir()
    if not call("mount", "-t", "tmpfs", "-o", f"size={DISK_KIB}k,mode=700", "tmpfs", folder):
        pytest.skip("A small disk cannot be mounted here: full and read-only disks are NOT tested")
    yield folder
    call("umount", "--lazy", folder)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass
    return filler


async def assert_comfyui_goes_on(browser):
    assert (await browser.get("/unrelated")).status == 200
    assert (await browser.post("/prompt", {"prompt": {}})).status == 200


async def test_a_full_disk_is_named_loses_nothing_and_is_recovered_from(small_disk, start_server):
    server = await start_server(data_folder=small_disk)
    browser = server.browser()
    assert (await browser.register("ada@example.org")).status == 201
    filler, refused = fill(small_disk), None
    acknowledged = ["ada@example.org"]
    for number in range(200):  # the log may have room left for some
        answer = await server.browser().register(email := f"{number}@example.org")
        if answer.status != 201:
            refused = answer
            break
        acknowledged.append(email)
    assert refused is not None
    assert (refused.status, refused.code) == (507, "disk_full")
    assert refused.cookies == []
    assert (await browser.status())["signed_in"] is True
    server.clock.advance(minutes=2)
    assert (await browser.status())["signed_in"] is True, "though its use cannot be noted"
    await assert_comfyui_goes_on(browser)

    filler.unlink()
    assert (await server.browser().register("eve@example.org")).status == 201
    for email in (*acknowledged, "eve@example.org"):
        assert (await server.browser().log_in_by_mail(email)).status == 201
    assert list(find_damage(server.services.database)) == []


async def test_a_full_disk_at_the_start(small_disk, start_server):
    filler = fill(small_disk)
    server = await start_server(data_folder=small_disk)
    browser = server.browser()
    answer = await browser.get("status")
    assert (answer.status, answer.code) in {
        (507, "disk_full"),
        (503, "data_folder_not_writable"),
        (503, "storage_failed"),
    }
    await assert_comfyui_goes_on(browser)
    filler.unlink()
    server.clock.advance(seconds=6)
    assert (await browser.log_in(PRACTICE_KEY)).status == 201


async def test_a_read_only_disk(small_disk, start_server):
    server = await start_server(data_folder=small_disk)
    assert (await server.browser().register("ada@example.org")).status == 201
    server.services.database.close()
    server.composition.services = None
    assert call("mount", "-o", "remount,ro", small_disk)

    browser = server.browser()
    answer = await browser.register("ben@example.org")
    assert (answer.status, answer.code) == (503, "data_folder_not_writable")
    await assert_comfyui_goes_on(browser)

    assert call("mount", "-o", "remount,rw", small_disk)
    server.clock.advance(seconds=6)
    assert (await browser.register("ben@example.org")).status == 201
    assert (await server.browser().log_in_by_mail("ada@example.org")).status == 201


def make_store(folder: Path) -> bytes:
    """A store with a few pages, in which nobody works; return its bytes."""
    folder.mkdir(mode=0o700)
    database = Database(sqlite_url(folder))
    migrate(database)
    database.empty_log()
    database.close()
    return (folder / DATABASE_FILE).read_bytes()


def overwrite_page(content: bytes, number: int) -> bytes:
    begin = number * PAGE_BYTES
    return content[:begin] + secrets.token_bytes(PAGE_BYTES) + content[begin + PAGE_BYTES :]


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
async def test_a_file_that_was_cut_short(tmp_path, start_server, part):
    content = make_store(tmp_path / "data")
    await assert_damage_is_named(
        tmp_path / "data", start_server, content[: int(len(content) * part)]
    )


@pytest.mark.parametrize("number", [0, 1, 2, 5, 20, -1])
async def test_a_page_that_was_overwritten(tmp_path, start_server, number):
    content = make_store(tmp_path / "data")
    number %= len(content) // PAGE_BYTES
    await assert_damage_is_named(tmp_path / "data", start_server, overwrite_page(content, number))


async def assert_damage_is_named(folder, start_server, damaged):
    """Whether or not the damage is where somebody looks: it is named, and nothing crashes."""
    file = folder / DATABASE_FILE
    good = file.read_bytes()
    file.write_bytes(damaged)
    server = await start_server(data_folder=folder)
    browser = server.browser()
    for answer in (
        await browser.get("status"),
        await browser.register("ada@example.org"),
        await browser.log_in(PRACTICE_KEY),
        await browser.get("account"),
    ):
        if answer.status not in (200, 201, 401):
            assert (answer.status, answer.code) == (503, "database_damaged")
        assert answer.status != 401 or answer.code == "not_signed_in"
    await assert_comfyui_goes_on(browser)

    if server.composition.services is not None:
        server.services.database.close()
        server.composition.services = None
    for name in (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"):
        (folder / name).unlink(missing_ok=True)
    file.write_bytes(good)  # as from a backup
    server.clock.advance(seconds=6)
    assert (await server.browser().log_in(PRACTICE_KEY)).status == 201
    assert list(find_damage(server.services.database)) == []


async def test_advisory_a_file_that_was_emptied_is_no_new_store_that_anybody_may_own(
    tmp_path, start_server
):
    server = await start_server()
    assert (await server.browser().register("ada@example.org")).status == 201
    folder = tmp_path / "emptied"
    shutil.copytree(server.data_folder, folder)
    for name in (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"):
        (folder / name).unlink()
    (folder / DATABASE_FILE).write_bytes(b"")

    emptied = await start_server(data_folder=folder)
    answer = await emptied.browser().register("eve@example.org")
    assert (answer.status, answer.code) == (503, "database_damaged")
    await assert_comfyui_goes_on(emptied.browser())

    (folder / DATABASE_FILE).unlink()  # by its owner, as the answer says
    emptied.clock.advance(seconds=6)
    assert (await emptied.browser().register("eve@example.org")).status == 201


async def test_a_log_that_was_removed_takes_what_was_in_it_and_leaves_a_whole_store(
    tmp_path, start_server
):
    server = await start_server()
    assert (await server.browser().register("ada@example.org")).status == 201
    assert await server.services.database.run(server.services.database.empty_log)
    assert (await server.browser().register("ben@example.org")).status == 201
    copy = tmp_path / "copy"
    shutil.copytree(server.data_folder, copy)  # as whoever is killed leaves it
    for name in (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"):
        (copy / name).unlink()

    again = await start_server(data_folder=copy)
    assert (await again.browser().log_in_by_mail("ada@example.org")).status == 201
    assert (await again.browser().register("ben@example.org")).status == 201
    assert list(find_damage(again.services.database)) == []


@pytest.fixture
def holder(server):
    """A process that holds the store locked, once there is one."""
    hold = (
        "import sqlite3, sys, time; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "held.execute('BEGIN EXCLUSIVE'); print('held', flush=True); time.sleep(60)"
    )
    started = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-c", hold, server.data_folder / DATABASE_FILE]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[0].stdout.readline() == "held\n"
        return started[0]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_a_lock_goes_with_the_process_that_was_killed(browser, holder, monkeypatch):
    monkeypatch.setattr("passport.storage.sqlite_engine.LOCK_WAIT_SECONDS", 0.2)
    await browser.log_in(PRACTICE_KEY)
    process = holder()
    answer = await browser.register("ada@example.org")
    assert (answer.status, answer.code) == (503, "database_busy")
    await assert_comfyui_goes_on(browser)
    process.kill()
    process.wait()
    assert (await browser.register("ada@example.org")).status == 201
