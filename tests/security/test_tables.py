"""Every requirement and every threat is accounted for, and the documents say what is true."""

from __future__ import annotations

import re

import pytest
from passport.dev.requirements_tables import (
    PAGES,
    REQUIREMENTS,
    STATES,
    THREATS,
    find_marked,
    read_table,
)
from passport.tests.conftest import ROOT

ROWS = read_table(REQUIREMENTS)
MARKED = find_marked("asvs")
ATTACKED = find_marked("threat")
LEVELS = (1, 2, 3)
SOURCE = re.compile(r"\b[\w/-]+\.(?:py|mjs|md|txt)\b")


def test_there_are_198_requirements_and_23_threats():
    assert len(ROWS) == 198
    assert list(read_table(THREATS)) == [str(number) for number in range(1, 24)]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_is_asked_and_how_it_is_held(name):
    row = ROWS[name]
    assert re.fullmatch(r"\d+\.\d+\.\d+", name)
    assert row["level"] in LEVELS
    assert row["state"] in STATES
    assert row["line"].endswith(".")
    assert ("why" in row) == (row["state"] != "tested")
    assert row.get("why", ".").endswith(".")


def test_rows_stand_in_their_order():
    numbers = [tuple(map(int, name.split("."))) for name in ROWS]
    assert numbers == sorted(numbers)


def test_what_is_called_tested_has_a_test_and_what_a_test_names_is_called_tested():
    assert {name for name, row in ROWS.items() if row["state"] == "tested"} == set(MARKED)


@pytest.mark.parametrize("name", [name for name in ROWS if ROWS[name]["state"] == "by design"])
def test_what_holds_by_design_says_where(name):
    why = ROWS[name]["why"]
    sources = SOURCE.findall(why)
    for source in sources:
        assert (ROOT / source).is_file(), source
    assert sources or "Passport serves no folder" in why


def test_every_threat_is_attacked():
    assert set(ATTACKED) == set(read_table(THREATS))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_not_stale(path):
    assert path.read_text(encoding="utf-8") == PAGES[path](), "Run `python3 dev tables`."
