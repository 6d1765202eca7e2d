"""rotate-master-key, with the ComfyUI of the same store running all the while."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from passport.clock import utc_now
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.backend.sealed import FIRST, SECOND
from passport.tests.server_routes.fixtures import StartServer
from passport.tests.server_routes.passport_server import Browser, PassportServer
from passport.vault.encryption import encode_key, name_key_version

from .program import Program, Said


@pytest.fixture
async def running(start_server: StartServer, store: Path) -> PassportServer:
    """A server on that store, with a clock that goes."""
    server = await start_server(data_folder=store)
    server.clock = utc_now  # type: ignore[assignment]
    return server


@pytest.fixture
async def browser(running: PassportServer) -> Browser:
    """Somebody whose key is stored."""
    browser = running.browser()
    assert (await browser.log_in(PRACTICE_KEY)).status == 201
    return browser


async def run(program: Program, *arguments: str, code: int = 0, **environment: str) -> Said:
    said = await asyncio.to_thread(lambda: program("rotate-master-key", *arguments, **environment))
    assert said.code == code, said
    return said


async def state_of(browser: Browser) -> str:
    return (await browser.status())["credential"]["state"]


async def test_a_running_comfyui_goes_on_and_seals_under_the_new_key(
    program: Program, running: PassportServer, browser: Browser, store: Path
) -> None:
    said = await run(program)
    assert said.out.startswith("The new master key ")
    assert "1 credential is sealed under it." in said.out
    assert (await browser.post("credentials/comfy/check")).status == 200
    assert await browser.run_uses() == "account"
    other = running.browser()
    assert (await other.log_in(PRACTICE_KEY_2)).status == 201
    assert [row[:2] for row in (await run(program, "--status")).rows] == [
        ["newest", "2"],
        ["older", "0"],
    ]
    assert PRACTICE_KEY not in said.out
    assert (store / "master.key").read_text().split()[0] not in said.out


async def test_a_lost_key_costs_the_stored_keys_and_nothing_else(
    program: Program, running: PassportServer, browser: Browser, start_server: StartServer,
    store: Path,
) -> None:  # fmt: skip
    account = (await browser.status())["account"]
    assert (await browser.put("node-packs/some-pack", {"decision": "always"})).status in (200, 204)
    (store / "master.key").unlink()
    restarted = await start_server(data_folder=store)
    restarted.clock = utc_now  # type: ignore[assignment]
    again = restarted.browser(cookies=False)
    again.session.headers["Cookie"] = await browser_cookie(browser)
    status = await again.status()
    assert (status["signed_in"], status["credential"]["state"]) == (True, "unreadable")
    assert [each["code"] for each in status["warnings"]] == ["master_key_missing"]
    assert (await asyncio.to_thread(lambda: program("doctor"))).code == 1
    said = await run(program, "--json", code=1)
    assert said.json["error"]["code"] == "master_key_missing"
    assert "--lost" in said.json["error"]["message"]

    assert "enter those API keys again" in (await run(program, "--lost")).out
    status = await again.status()
    assert (status["credential"]["state"], status["warnings"]) == ("unreadable", [])
    answer = await again.put("credentials/comfy", {"secret": PRACTICE_KEY})
    assert answer.status == 200
    assert await state_of(again) == "accepted"
    assert await again.run_uses() == "account"
    assert (await again.status())["account"] == account
    packs = (await again.get("node-packs")).body.decode()
    assert "some-pack" in packs
    assert (await asyncio.to_thread(lambda: program("doctor"))).code in (0, 1)
    assert (await run(program, "--lost", code=1)).err.startswith("The master key is not lost")


async def browser_cookie(browser: Browser) -> str:
    jar = browser.session.cookie_jar
    return "; ".join(f"{each.key}={each.value}" for each in jar)


async def test_a_key_can_be_brought(program: Program, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(encode_key(SECOND) + "\n")
    said = await run(program, "--key-file", str(tmp_path / "key"), "--json")
    version = name_key_version(SECOND)
    assert said.json == {
        "rotation": {"version": version, "is_new": True, "sealed_anew": 1, "unreadable": 0}
    }
    again = await run(program, "--key-file", str(tmp_path / "key"))
    assert "No other key was made." in again.out


def test_a_file_that_holds_no_key_changes_nothing(
    program: Program, store: Path, tmp_path: Path
) -> None:
    program("accounts")
    before = (store / "master.key").read_bytes()
    for content, code in (
        (b"", "master_key_invalid"),
        (b"\xff\xfe", "master_key_invalid"),
        (encode_key(FIRST)[:-8].encode(), "master_key_invalid"),
        (f"{encode_key(FIRST)}\n{encode_key(SECOND)}".encode(), "master_key_invalid"),
        (None, "key_file_not_readable"),
    ):
        (tmp_path / "key").unlink(missing_ok=True)
        if content is not None:
            (tmp_path / "key").write_bytes(content)
        said = program("rotate-master-key", "--key-file", str(tmp_path / "key"), "--json")
        assert (said.code, said.json["error"]["code"]) == (1, code)
        assert (store / "master.key").read_bytes() == before


def test_one_thing_at_a_time(program: Program) -> None:
    said = program("rotate-master-key", "--status", "--drop-old")
    assert (said.code, said.out) == (2, "")


def test_a_key_in_the_environment_is_the_environments(program: Program, store: Path) -> None:
    one, both = encode_key(FIRST), f"{encode_key(SECOND)},{encode_key(FIRST)}"
    said = program("rotate-master-key", PASSPORT_MASTER_KEY=one)
    assert said.code == 1
    assert "PASSPORT_MASTER_KEY=NEW,PRESENT" in said.err
    assert one not in said.err
    said = program("rotate-master-key", "--drop-old", PASSPORT_MASTER_KEY=both)
    assert "behind the first comma" in said.err
    assert not (store / "master.key").exists()


async def test_the_old_key_is_dropped_later(program: Program, browser: Browser) -> None:
    await run(program)
    assert "within the last hour" in (await run(program, "--drop-old", code=1)).err
    assert (await browser.post("credentials/comfy/check")).status == 200
