"""What stands on the terminal, and what happens when nobody reads it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from passport.command_line.plain_text import cut, escape, measure
from passport.command_line.table import Table, draw
from passport.tests.backend.fixtures import House
from passport.tests.backend.people import ADA, PASSWORD, register

from .program import Program, interrupt

ACCOUNTS = Table(
    ("MAIL", "NAME", "ID"),
    [("ada@example.org", "Ada Lovelace", "a" * 8), ("b@example.org", "Ben", "b" * 8)],
    "There are no accounts.",
)


@pytest.fixture(autouse=True)
def as_a_process(program: Program) -> None:
    program.is_a_process = True


def test_columns_stand_below_each_other() -> None:
    assert draw(ACCOUNTS, None).splitlines() == [
        "MAIL             NAME          ID",
        "ada@example.org  Ada Lovelace  aaaaaaaa",
        "b@example.org    Ben           bbbbbbbb",
    ]


def test_a_narrow_terminal_cuts_the_widest_columns_and_not_the_id() -> None:
    table = Table(("MAIL", "NAME", "ID"), [("m" * 30, "n" * 40, "i" * 8)], "")
    lines = draw(table, 54).splitlines()
    assert lines[1] == f"{'m' * 20}…  {'n' * 20}…  {'i' * 8}"
    assert all(measure(line) <= 54 for line in lines)


def test_a_terminal_that_is_too_narrow_for_all_cuts_the_line() -> None:
    lines = draw(ACCOUNTS, 12).splitlines()
    assert [measure(line) for line in lines] == [12, 12, 12]
    assert lines[1] == "ada@example…"


def test_wide_and_combining_letters_take_the_cells_that_they_take() -> None:
    table = Table(("NAME", "ID"), [("日本語", "1"), ("e\u0301a", "2"), ("abc", "3")], "")
    assert draw(table, None).splitlines() == [
        "NAME    ID",
        "日本語  1",
        "e\u0301a      2",
        "abc     3",
    ]
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 4) == "日…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\u202egro", "\\u202egro"),
        ("Ådä 👩\u200d🔧", "Ådä 👩\u200d🔧"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert escape(text) == shown


async def test_at_a_terminal_a_table_fits_and_in_a_pipe_it_is_whole(
    program: Program, house: House
) -> None:
    signed_in = await register(house, ADA, display_name="A" * 80)
    narrow = program.at_a_terminal("accounts", columns=100).out.splitlines()
    assert max(len(line) for line in narrow) <= 100
    assert narrow[-1] == "Cut to the width of this terminal: “| less -S” or --json shows all."
    wide = program.at_a_terminal("accounts", columns=150).out.splitlines()
    assert wide[1].endswith(signed_in.account.id)
    whole = program("accounts")
    assert "A" * 80 in whole.out
    assert whole.err == ""


async def test_a_terminal_without_our_letters_shows_the_rest(
    program: Program, house: House
) -> None:
    await register(house, ADA, display_name="Ådä 日本")
    said = program("accounts", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert said.code == 0
    assert ADA in said.out
    found = program("accounts", "--json", PYTHONIOENCODING="ascii").json["accounts"]
    assert found[0]["display_name"] == "Ådä 日本"


async def test_a_reader_that_has_read_enough_is_no_error(program: Program, house: House) -> None:
    await register(house, ADA)
    for arguments in (["accounts"], ["--help"], ["accounts", "--json"], ["enable", "nobody"]):
        reading, writing = os.pipe()
        os.close(reading)
        process = program.start(*arguments, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (0, 1 if "enable" in arguments else 0), err
        assert b"rror" not in err
        assert b"Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_an_answer_that_cannot_be_written_is_an_error(program: Program, store: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = program.start("invite", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == b"The answer could not be written: No space left on device.\n"


def test_with_standard_streams_closed_it_still_works(program: Program, house: House) -> None:
    script = f'exec "$0" "$1" create-owner {ADA} >&- 2>&- <<< "{PASSWORD}"'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable, str(program.folder)],
        env=program.environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert len(house.accounts.people.list()) == 1
    nothing = f'exec "$0" "$1" create-owner {ADA} <&-'
    done = subprocess.run(
        ["bash", "-c", nothing, sys.executable, str(program.folder)],
        env=program.environment,
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 1


def test_ctrl_c_while_the_store_is_locked_ends_it(program: Program, house: House) -> None:
    with house.database.transaction():
        process = program.start("invite", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(2)
        assert process.poll() is None, "it waits for its turn"
        interrupt(process)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


def test_a_store_that_stays_locked_is_told(program: Program, house: House) -> None:
    with house.database.transaction():
        said = program("invite", "--json")
    assert said.code == 1
    assert said.json["error"]["code"] == "database_busy"
    assert house.accounts.invitations.list() == []


def test_whoever_only_reads_waits_for_no_writer(program: Program, house: House) -> None:
    with house.database.transaction():
        assert program("accounts").code == 0
