"""backup, restore and move, as people run them."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest
from passport.accounts.errors import EmailOrPasswordWrongError
from passport.clock import utc_now
from passport.storage.database import Database
from passport.tests.backend.comfy_in_memory import KEY, ComfyInMemory
from passport.tests.backend.fixtures import House
from passport.tests.backend.people import (
    ADA,
    BEN,
    OTHER_PASSWORD,
    PASSWORD,
    knows,
    log_in,
    log_in_with_key,
    make_key,
    recognize,
    register,
)
from passport.tests.backend.postgresql import PostgreSQL
from passport.tests.server_routes.fixtures import StartServer

from .program import Program

PASSPHRASE = "a few words of ours"
ENCRYPTED = {"PASSPORT_BACKUP_PASSPHRASE": PASSPHRASE}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "passport.backup"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Program:
    """The command line on another machine, where Passport has never been."""
    return Program(PASSPORT_DATA_FOLDER=str(tmp_path / "elsewhere"), HOME=str(tmp_path))


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def content_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


async def test_what_was_backed_up_while_it_ran_is_there_on_another_machine(
    program: Program, elsewhere: Program, house: House, comfy: ComfyInMemory, file: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    ada = await register(house)
    _, key = make_key(house, ada)
    said = program("backup", str(file), **ENCRYPTED)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"The backup {file} is written: 1 account, ")
    assert mode_of(file) == 0o600
    assert ADA not in content_of(file)

    said = elsewhere("restore", str(file), **ENCRYPTED)
    assert said.code == 0, said
    assert "Everybody logs in again" in said.out
    database = Database(f"sqlite:///{tmp_path / 'elsewhere' / 'passport.sqlite'}")
    there = House(database, comfy, utc_now)
    assert await knows(there, ada) == [False]
    assert (await log_in(there)).account.id == ada.account.id
    principal = await recognize(there, key)
    assert principal is not None
    assert principal.account_id == ada.account.id
    assert await log_in_with_key(there)
    database.close()


async def test_without_secrets_people_come_back_by_a_new_password(
    program: Program, elsewhere: Program, house: House, comfy: ComfyInMemory, file: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    ada = await register(house)
    _, key = make_key(house, ada)
    said = program("backup", str(file), "--without-secrets")
    assert "holds no secrets" in said.out
    text = content_of(file)
    assert ADA in text
    assert "argon2" not in text
    assert elsewhere("restore", str(file)).code == 0
    assert elsewhere("reset-password", ADA, "--set", "--yes", typed=OTHER_PASSWORD).code == 0
    database = Database(f"sqlite:///{tmp_path / 'elsewhere' / 'passport.sqlite'}")
    there = House(database, comfy, utc_now)
    assert await recognize(there, key) is None
    with pytest.raises(EmailOrPasswordWrongError):
        await log_in(there, ADA, PASSWORD)
    assert (await log_in(there, ADA, OTHER_PASSWORD)).account.role == "owner"
    database.close()


def test_a_bad_backup_makes_no_store(
    program: Program, elsewhere: Program, file: Path, tmp_path: Path
) -> None:
    program("backup", str(file), **ENCRYPTED)
    good = file.read_bytes()
    for content, passphrase, code in (
        (good, "another one of ours", "backup_passphrase_wrong"),
        (good[:-1], PASSPHRASE, "backup_damaged"),
        (good[:-9] + b"x" + good[-8:], PASSPHRASE, "backup_passphrase_wrong"),
        (good.replace(b'p": 1', b'p": 2', 1), PASSPHRASE, "backup_too_new"),
    ):
        file.write_bytes(content)
        said = elsewhere("restore", str(file), "--json", PASSPORT_BACKUP_PASSPHRASE=passphrase)
        assert (said.code, said.json["error"]["code"]) == (1, code)
        assert not (tmp_path / "elsewhere").exists()
        assert passphrase not in said.out


async def test_accounts_are_replaced_with_a_yes_alone(
    program: Program, house: House, file: Path, store: Path
) -> None:
    await register(house)
    program("backup", str(file), **ENCRYPTED)
    await register(house, BEN)
    house.database.engine.dispose()
    said = program("restore", str(file), "--json", **ENCRYPTED)
    assert (said.code, said.json["error"]["code"]) == (1, "store_not_empty")
    said = program("restore", str(file), "--replace", "--json", **ENCRYPTED)
    assert (said.code, said.json["error"]["code"]) == (2, "confirmation_needed")
    said = program("restore", str(file), "--replace", "--yes", "--json", **ENCRYPTED)
    assert said.code == 0, said
    assert [row[0] for row in program("accounts").rows] == [ADA]
    former = Path(said.json["restored"]["former"])
    assert former.parent == store
    with sqlite3.connect(former) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (2,)
    connection.close()


async def test_a_running_comfyui_is_noticed(
    program: Program, start_server: StartServer, store: Path, file: Path, tmp_path: Path
) -> None:
    server = await start_server(data_folder=store)
    assert (await server.browser().register(ADA, PASSWORD)).status == 201

    def call(*arguments: str) -> str:
        said = program(*arguments, "--json", **ENCRYPTED)
        return "" if said.code == 0 else said.json["error"]["code"]

    def act() -> list[str]:
        return [
            call("backup", str(file)),
            call("restore", str(file), "--replace", "--yes"),
            call("move", "--to", f"sqlite:///{tmp_path / 'there.sqlite'}"),
        ]

    assert await asyncio.to_thread(act) == ["", "store_in_use", "store_in_use"]
    assert (await server.browser().post("session/email", {"email": ADA, "password": PASSWORD})
            ).status == 201  # fmt: skip


async def test_of_two_at_once_one_wins(
    program: Program, elsewhere: Program, house: House, file: Path
) -> None:
    await register(house)
    program("backup", str(file), **ENCRYPTED)
    elsewhere.environment.update(ENCRYPTED)
    assert elsewhere("accounts").code == 1
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [elsewhere.start("restore", str(file), **pipes) for _ in range(2)]
    said = [each.communicate(timeout=60) for each in both]
    assert sorted(each.returncode for each in both) == [0, 1], said
    assert [row[0] for row in elsewhere("accounts").rows] == [ADA]


def test_at_a_terminal_the_passphrase_is_asked_for_twice_and_once(
    program: Program, elsewhere: Program, file: Path
) -> None:
    keys = [("New passphrase: ", f"{PASSPHRASE}\n"), ("The same again: ", f"{PASSPHRASE}\n")]
    said = program.at_a_terminal("backup", str(file), keys=keys)
    assert said.code == 0
    assert PASSPHRASE not in said.out
    said = elsewhere.at_a_terminal("restore", str(file), keys=[("Passphrase: ", f"{PASSPHRASE}\n")])
    assert said.code == 0


@pytest.mark.parametrize(
    ("typed", "code"), [("", "passphrase_missing"), ("too short\n", "backup_passphrase_wrong")]
)
def test_a_passphrase_that_is_none_writes_no_file(
    program: Program, file: Path, typed: str, code: str
) -> None:
    said = program("backup", str(file), "--json", typed=typed)
    assert said.json["error"]["code"] == code
    assert not file.exists()
    file.write_text("precious")
    said = program("backup", str(file), "--json", **ENCRYPTED)
    assert said.json["error"]["code"] == "backup_file"
    assert file.read_text() == "precious"


async def test_moved_to_postgresql_and_back_everything_works_there(
    program: Program, house: House, postgresql: PostgreSQL, store: Path, tmp_path: Path,
    comfy: ComfyInMemory,
) -> None:  # fmt: skip
    ada = await register(house)
    await log_in_with_key(house, KEY)
    house.database.engine.dispose()
    url = postgresql.make_database()
    said = program("move", "--to", "-", typed=f"{url}\n")
    assert said.code == 0, said
    assert "Set PASSPORT_DATABASE_URL to that address" in said.out
    moved = {"PASSPORT_DATABASE_URL": url}
    assert program("accounts", **moved).rows[0][0]
    database = Database(url)
    there = House(database, comfy, utc_now)
    assert await knows(there, ada) == [True], "sessions move along"
    assert (await log_in(there)).account.id == ada.account.id
    database.close()

    home = f"sqlite:///{store / 'passport.sqlite'}"
    said = program("move", "--to", home, **moved)
    assert said.code == 1
    assert "--replace" in said.err
    said = program("move", "--to", home, "--replace", "--yes", **moved)
    assert said.code == 0, said
    assert "Take PASSPORT_DATABASE_URL out of the settings" in said.out
    assert "is kept for 30 days" in said.out
    assert len(program("activity").rows) == len(program("activity", **moved).rows)


def test_an_address_to_move_to_never_shows_its_password(program: Program) -> None:
    for url in ("postgresql://a:canary@127.0.0.1:1/b", "nonsense:canary", ""):
        said = program("move", "--to", url)
        assert said.code in (1, 2)
        assert "canary" not in said.err + said.out
        assert len(said.err.splitlines()) == 1
