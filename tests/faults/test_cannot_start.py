"""Passport cannot start: it says why, ComfyUI goes on, and it recovers once the cause is gone."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.storage.database import DATABASE_FILE
from passport.tests.server_routes.every_route import CALLS

GIVEAWAYS = ("Traceback", "site-packages", "SELECT ", "INSERT ", "sqlite3.", "Error:")


@dataclass
class Fault:
    """How to bring about a fault on a folder and environment, and what takes it away again."""

    code: str
    break_it: Callable
    mend_it: Callable


def _miss_dependency(server):
    server.composition._build = _fail(
        ImportError("No module named 'cryptography'", name="cryptography")
    )


def _fail_unforeseen(server):
    server.composition._build = _fail(RuntimeError(f"{PRACTICE_KEY} in /home/somebody"))


def _fail(error):
    def build():
        raise error

    return build


def _mend_build(server):
    server.composition._build = server._compose


def _block_folder(server):
    """A file in the folder's place: this stops even the superuser that tests may run as."""
    server.data_folder.rename(_aside(server))
    server.data_folder.write_text("not a folder")


def _unblock_folder(server):
    server.data_folder.unlink()
    _aside(server).rename(server.data_folder)


def _aside(server) -> Path:
    return server.data_folder.with_name("aside")


def _damage(server):
    database(server).rename(_aside(server))
    database(server).write_bytes(b"This is no database. " * 1000)


def _undamage(server):
    assert database(server).read_bytes().startswith(b"This is no database."), "left as it was"
    _aside(server).rename(database(server))


def _make_newer(server):
    server.version = _execute(server, "SELECT version_num FROM alembic_version")
    _execute(server, "UPDATE alembic_version SET version_num = '9999'")


def _make_older(server):
    _execute(server, "UPDATE alembic_version SET version_num = ?", server.version)


def _execute(server, statement, *values):
    connection = sqlite3.connect(database(server))
    row = connection.execute(statement, values).fetchone()
    connection.commit()
    connection.close()
    return row and row[0]


def database(server) -> Path:
    return server.data_folder / DATABASE_FILE


def _lock(server):
    server.locker = sqlite3.connect(database(server), isolation_level=None)
    server.locker.execute("PRAGMA locking_mode=EXCLUSIVE")
    server.locker.execute("BEGIN EXCLUSIVE")


def _unlock(server):
    server.locker.close()


def _setting(name: str, value: str):
    return (
        lambda server: server.environment.update({name: value}),
        lambda server: server.environment.pop(name),
    )


def _write_toml(text: str):
    def write(server):
        (server.data_folder / "passport.toml").write_text(text)

    return write, lambda server: (server.data_folder / "passport.toml").unlink()


FAULTS = {
    "dependency": Fault("dependency_missing", _miss_dependency, _mend_build),
    "unforeseen": Fault("passport_unavailable", _fail_unforeseen, _mend_build),
    "folder": Fault("data_folder_not_writable", _block_folder, _unblock_folder),
    "damaged": Fault("database_damaged", _damage, _undamage),
    "newer": Fault("database_too_new", _make_newer, _make_older),
    "locked": Fault("database_busy", _lock, _unlock),
    "proxies": Fault("settings_invalid", *_setting("PASSPORT_TRUSTED_PROXIES", "not a network")),
    "number": Fault("settings_invalid", *_setting("PASSPORT_SESSION_IDLE_SECONDS", "soon")),
    "key file": Fault("settings_invalid", *_setting("PASSPORT_MASTER_KEY_FILE", "/no/such/file")),
    "sender": Fault("settings_invalid", *_setting("PASSPORT_SMTP_HOST", "mail.example")),
    "choice": Fault("settings_invalid", *_setting("PASSPORT_REGISTRATION", "everybody")),
    "toml": Fault("settings_invalid", *_write_toml("this = is = no toml")),
    "name": Fault("settings_invalid", *_write_toml('no_such_setting = "x"')),
}


@pytest.fixture(params=FAULTS, ids=str)
def fault(request):
    return FAULTS[request.param]


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    monkeypatch.setattr("passport.storage.sqlite_engine.LOCK_WAIT_SECONDS", 0.2)


@pytest.fixture
async def broken(server, fault):
    fault.break_it(server)
    server.is_broken = True
    yield server
    if server.is_broken:
        fault.mend_it(server)


@pytest.mark.threat(15)
async def test_every_route_says_why_in_the_envelope(broken, fault):
    browser = broken.browser()
    for method, path, _ in CALLS:
        answer = await browser.call(method, path, {"api_key": PRACTICE_KEY})

        assert (answer.status, answer.code) == (503, fault.code), path
        assert answer.headers["Cache-Control"] == "no-store"
        text = answer.body.decode()
        assert not [giveaway for giveaway in (*GIVEAWAYS, PRACTICE_KEY) if giveaway in text]


async def test_comfyui_goes_on(broken, fault):
    browser = broken.browser(cookies=False)
    for cookie in (None, {"Cookie": f"passport_00000000={'A' * 43}"}):
        assert (await browser.get("/unrelated", headers=cookie)).status == 200
        answer = await browser.post("/prompt", {"prompt": {}}, headers=cookie)
        assert (answer.status, answer.json["runs_with"]) == (200, None)


@pytest.mark.threat(15)
async def test_what_the_client_brings_is_still_kept_out_of_the_queue(broken, fault):
    body = {"prompt": {}, "extra_data": {"api_key_comfy_org": PRACTICE_KEY}}
    answer = await broken.browser().post("/prompt", body)
    assert answer.json["runs_with"] == "brought"
    assert PRACTICE_KEY not in answer.body.decode()


async def test_it_recovers_by_itself_once_the_cause_is_gone(broken, fault):
    browser = broken.browser()
    assert (await browser.get("status")).status == 503

    fault.mend_it(broken)
    broken.is_broken = False
    broken.clock.advance(seconds=6)

    assert (await browser.get("status")).status == 200
    assert (await browser.log_in(PRACTICE_KEY)).status == 201


async def test_it_tries_again_after_some_seconds_and_not_at_each_request(broken, fault):
    builds = []
    build = broken.composition._build
    broken.composition._build = lambda: builds.append(1) or build()
    browser = broken.browser()

    for _ in range(5):
        await browser.get("status")
    assert len(builds) == 1
    broken.clock.advance(seconds=6)
    await browser.get("status")
    assert len(builds) == 2


async def test_the_log_says_it_without_secrets(broken, fault, caplog):
    await broken.browser().get("status")
    said = [r for r in caplog.records if r.name == "passport" and r.levelname == "ERROR"]
    assert any("Passport cannot start" in record.getMessage() for record in said)
    if fault.code != "passport_unavailable":  # there the traceback is the only help
        assert not any(record.exc_info for record in said)


async def test_the_missing_package_is_named(server):
    _miss_dependency(server)
    error = (await server.browser().get("status")).json["error"]
    assert error["details"] == {"package": "cryptography"}
    assert "pip install -r requirements.txt" in error["message"]


class TestAStoreThatIsSlowToFail:
    """A locked store takes seconds to say so; ComfyUI must not wait along."""

    @pytest.fixture
    def slow(self, server):
        def build():
            server.builds += 1
            time.sleep(0.5)
            raise ImportError(name="x")

        server.builds = 0
        server.composition._build = build
        return server

    async def test_many_that_wait_take_one_thread(self, slow):
        browsers = [slow.browser() for _ in range(40)]
        asking = asyncio.gather(*(browser.get("status") for browser in browsers))
        await asyncio.sleep(0.1)

        began = time.perf_counter()
        await asyncio.to_thread(lambda: None)  # as ComfyUI does for each file that it sends
        assert time.perf_counter() - began < 0.3

        assert {answer.status for answer in await asking} == {503}
        assert slow.builds == 1

    async def test_pages_of_comfyui_do_not_wait_for_the_next_attempt(self, slow):
        browser = slow.browser(cookies=False)
        await browser.get("status")
        slow.clock.advance(seconds=6)

        began = time.perf_counter()
        cookie = {"Cookie": f"passport_00000000={'A' * 43}"}
        assert (await browser.get("/unrelated", headers=cookie)).status == 200
        assert time.perf_counter() - began < 0.4
        assert slow.builds == 1

    async def test_a_failure_that_lasts_keeps_no_requests_in_memory(self, slow):
        browser = slow.browser()
        for _ in range(20):
            await browser.get("status")
        trace, depth = slow.composition._failure.__traceback__, 0
        while trace:
            trace, depth = trace.tb_next, depth + 1
        assert depth < 20
