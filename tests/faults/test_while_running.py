"""Faults that come after the start."""

from __future__ import annotations

import base64
import secrets
import sqlite3

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.storage.database import DATABASE_FILE
from passport.storage.errors import DiskFullError


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    monkeypatch.setattr("passport.storage.sqlite_engine.LOCK_WAIT_SECONDS", 0.2)


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


class TestALockedStore:
    @pytest.fixture
    async def locked(self, server, browser):
        await browser.log_in(PRACTICE_KEY)
        locker = sqlite3.connect(server.data_folder / DATABASE_FILE, isolation_level=None)
        locker.execute("BEGIN IMMEDIATE")
        yield locker
        locker.close()

    @pytest.mark.asvs("16.5.2")
    async def test_reading_goes_on(self, locked, browser):
        assert (await browser.status())["signed_in"] is True
        assert (await browser.get("credentials")).status == 200
        assert await browser.run_uses() == "account"

    async def test_a_session_is_recognized_though_its_use_cannot_be_noted(
        self, locked, server, browser
    ):
        server.clock.advance(minutes=2)
        assert (await browser.status())["signed_in"] is True

    @pytest.mark.asvs("13.2.6")
    async def test_writing_says_so_and_changes_nothing(self, locked, server, browser):
        for answer in (
            await server.browser().log_in(PRACTICE_KEY_2),
            await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2}),
            await browser.delete("credentials/comfy"),
            await browser.put("node-packs/x", {"decision": "always"}),
            await browser.delete("session"),
        ):
            assert (answer.status, answer.code) == (503, "database_busy")
            assert answer.cookies == []
        assert (await browser.status())["signed_in"] is True

    async def test_it_goes_on_as_soon_as_the_lock_is_gone(self, locked, server, browser):
        assert (await browser.delete("credentials/comfy")).status == 503
        locked.close()
        assert (await browser.delete("credentials/comfy")).status == 204


async def test_a_full_disk_is_named(server, browser, monkeypatch):
    await browser.log_in(PRACTICE_KEY)

    def fail(*_):
        raise DiskFullError("The disk of the Passport data folder is full.")

    monkeypatch.setattr(server.services.node_packs, "allow", fail)
    answer = await browser.put("node-packs/x", {"decision": "always"})
    assert (answer.status, answer.code) == (507, "disk_full")


async def test_a_store_whose_tables_are_gone_is_no_fault_of_comfyuis(server, browser):
    await browser.log_in(PRACTICE_KEY)
    with server.services.database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for table in ("sessions", "credentials", "node_packs"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    server.clock.advance(minutes=1)

    assert (await browser.get("/unrelated")).status == 200
    assert await browser.run_uses() is None
    answer = await browser.get("credentials")
    assert (answer.status, answer.code) == (503, "storage_failed"), "not: you are not signed in"
    answer = await browser.log_in(PRACTICE_KEY)
    assert (answer.status, answer.code) == (503, "storage_failed")
    assert "sessions" not in answer.body.decode()


@pytest.mark.asvs("16.5.4")
async def test_whatever_goes_wrong_in_recognizing_pages_of_comfyui_go_on(
    server, browser, monkeypatch, caplog
):
    await browser.log_in(PRACTICE_KEY)

    async def fail(_):
        raise RuntimeError(f"with {PRACTICE_KEY}")

    monkeypatch.setattr(server.services.accounts.sessions, "recognize", fail)
    assert (await browser.get("/unrelated")).status == 200
    assert await browser.run_uses() is None
    assert (await browser.get("credentials")).code == "not_signed_in"
    assert PRACTICE_KEY not in caplog.text


class TestTheMasterKey:
    """Without it sessions go on, nothing that is sealed opens, and nothing is lost."""

    @pytest.fixture
    async def restart(self, server, browser, start_server):
        cookie = (await browser.log_in(PRACTICE_KEY)).cookie

        async def start(**environment):
            restarted = (await start_server(**environment)).browser(cookies=False)
            restarted.session.headers["Cookie"] = cookie
            return restarted

        return start

    async def assert_unreadable(self, browser, code, new_log_in):
        status = await browser.status()
        assert status["signed_in"] is True
        assert status["credential"]["state"] == "unreadable"
        rows = {r["id"]: r for r in (await browser.get("checks")).json["checks"]}
        assert rows["credential"]["state"] == "fail"
        if code:
            assert [warning["code"] for warning in status["warnings"]] == [code]
            assert rows["master_key"]["details"] == {"code": code}
        answer = await browser.post("credentials/comfy/check")
        assert (answer.status, answer.code) == (503, code or "master_key_missing")
        answer = await browser.put("credentials/comfy", {"secret": PRACTICE_KEY_2})
        assert (answer.status, code and answer.code) == (new_log_in, code)
        assert PRACTICE_KEY[8:-4] not in (await browser.get("credentials")).body.decode()

    async def test_a_missing_key_file(self, server, restart):
        file = server.data_folder / "master.key"
        content = file.read_text()
        file.unlink()
        await self.assert_unreadable(await restart(), "master_key_missing", 503)
        assert not file.exists(), "a lost key is not covered up by a new one"

        file.write_text(content)
        assert (await (await restart()).status())["credential"]["state"] == "accepted"

    @pytest.mark.parametrize("text", ["", "nonsense", "AAAA", "\x00" * 44])
    async def test_a_key_file_that_holds_none(self, server, restart, text):
        (server.data_folder / "master.key").write_text(text)
        await self.assert_unreadable(await restart(), "master_key_invalid", 503)

    async def test_another_key(self, server, restart):
        browser = await restart(PASSPORT_MASTER_KEY=new_key())
        await self.assert_unreadable(browser, None, 200)
        assert (await browser.status())["credential"]["state"] == "accepted", "entered again"

    @pytest.mark.asvs("11.1.1")
    async def test_a_key_ring_with_the_old_key_second_opens_what_it_sealed(self, server, restart):
        old = (server.data_folder / "master.key").read_text().strip()
        browser = await restart(PASSPORT_MASTER_KEY=f"{new_key()},{old}")
        assert (await browser.status())["credential"]["state"] == "accepted"
        assert (await browser.post("credentials/comfy/check")).status == 200

    async def test_a_credential_whose_bytes_were_changed(self, server, browser, restart):
        with server.services.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE credentials SET ciphertext = zeroblob(120)")
        answer = await browser.post("credentials/comfy/check")
        assert (answer.status, answer.code) == (409, "credential_unreadable")

    @pytest.mark.asvs("11.3.3")
    @pytest.mark.threat(22)
    async def test_a_credential_moved_to_another_account_does_not_open(self, server, browser):
        """Threat 22: who can write the store swaps rows, and still reads nobody's key."""
        other = server.browser()
        await browser.log_in(PRACTICE_KEY)
        await other.log_in(PRACTICE_KEY_2)
        mine = (await browser.status())["account"]["id"]
        with server.services.database.transaction() as connection:
            connection.exec_driver_sql(
                "UPDATE credentials SET ciphertext = (SELECT ciphertext FROM credentials"
                " WHERE account_id != ?) WHERE account_id = ?",
                (mine, mine),
            )
        answer = await browser.post("credentials/comfy/check")
        assert (answer.status, answer.code) == (409, "credential_unreadable")
