"""A store that several machines share: nothing is looked for in the data folder but settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from passport.clock import utc_now
from passport.storage.database import Database
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import House
from passport.tests.backend.people import ADA, PASSWORD, knows, log_in
from passport.tests.backend.postgresql import PostgreSQL

from .program import Program

MASTER_KEY = "A" * 43 + "="


@pytest.fixture
def url(postgresql: PostgreSQL) -> str:
    return postgresql.make_database()


async def test_every_command_works_on_postgresql(
    url: str, tmp_path: Path, comfy: ComfyInMemory
) -> None:
    program = Program(PASSPORT_DATABASE_URL=url, PASSPORT_DATA_FOLDER=str(tmp_path / "data"))
    assert program("create-owner", ADA, typed=PASSWORD).code == 0
    assert program("invite").code == 0
    database = Database(url)
    try:
        house = House(database, comfy, utc_now)
        signed_in = await log_in(house)
        assert [row[0] for row in program("accounts").rows] == [ADA]
        assert len(program("sessions", ADA).rows) == 1
        assert len(program("activity").rows) == 4
        assert program("revoke-sessions", ADA, "--yes").code == 0
        house.sessions.forget(signed_in.account.id)
        assert await knows(house, signed_in) == [False]
    finally:
        database.close()
    assert program("doctor").code == 0
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"master.key"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs two users")
def test_another_users_folder_is_no_obstacle_where_nothing_is_written_to_it(
    url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    program = Program(PASSPORT_DATABASE_URL=url, PASSPORT_DATA_FOLDER=str(folder))
    refused = program("accounts", "--json")
    assert refused.json["error"]["code"] == "wrong_user", "a master key would be root's alone"
    assert list(folder.iterdir()) == []
    assert program("accounts", PASSPORT_MASTER_KEY=MASTER_KEY).code == 0
    assert list(folder.iterdir()) == []


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = "postgresql://passport:pass-in-the-url@127.0.0.1:1/none"
    said = Program(PASSPORT_DATABASE_URL=url, PASSPORT_DATA_FOLDER=str(tmp_path))("accounts")
    assert (said.code, said.out) == (1, "")
    assert "pass-in-the-url" not in said.err
    assert len(said.err.splitlines()) == 1
