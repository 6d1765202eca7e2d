"""doctor: what is wrong with the store, and what to do, without a browser and without ComfyUI."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from passport.command_line.doctor import check_packages
from passport.network.checks import FAIL, OK
from passport.tests.backend.comfy_in_memory import KEY
from passport.tests.backend.fixtures import House
from passport.tests.backend.people import log_in_with_key, register
from passport.version import VERSION

from .program import Program

ROWS = ["versions", "packages", "data_folder", "database", "master_key", "owner", "mail"]


async def test_all_is_well(program: Program, house: House) -> None:
    await register(house)
    document = program("doctor", "--json").json
    states = {check["id"]: check["state"] for check in document["checks"]}
    assert states == {**dict.fromkeys(ROWS, "ok"), "mail": "skipped"}
    assert document["most_important"] is None
    said = program("doctor")
    assert (said.code, said.err) == (0, "")
    assert [line.split()[1] for line in said.out.splitlines() if line[0] != " "] == ROWS
    assert f"Passport {VERSION} on Python {sys.version.split()[0]}." in said.out


def row(program: Program, name: str, **environment: str) -> dict[str, object]:
    said = program("doctor", "--json", **environment)
    (found,) = [check for check in said.json["checks"] if check["id"] == name]
    assert said.code == (1 if found["state"] == FAIL else 0)
    return found


def test_the_packages_are_told_by_version(program: Program) -> None:
    import sqlalchemy

    details = row(program, "packages")["details"]
    assert details["SQLAlchemy"] == sqlalchemy.__version__  # type: ignore[index]


def test_an_open_folder_warns(program: Program, store: Path) -> None:
    # Opening the store closes it again to others; what it cannot close it tells.
    store.chmod(0o755)
    assert row(program, "data_folder")["state"] == OK
    assert store.stat().st_mode & 0o077 == 0


def test_a_server_without_an_owner_is_told(program: Program) -> None:
    assert "no owner yet" in str(row(program, "owner")["cause"])


async def test_a_lost_master_key_fails(program: Program, house: House) -> None:
    await log_in_with_key(house)  # a key is sealed, with a master key that is not in the folder
    found = row(program, "master_key")
    assert found["state"] == FAIL
    assert "The master key is missing from the file master.key" in str(found["cause"])
    said = program("doctor")
    assert said.code == 1
    assert KEY not in said.out


def test_letters_that_wait_are_counted(program: Program, house: House) -> None:
    with house.database.transaction() as connection:
        house.accounts.outbox.put(connection, "test", "ada@example.org", None)
    settings = {"PASSPORT_SMTP_HOST": "127.0.0.1", "PASSPORT_MAIL_FROM": "p@example.org"}
    assert row(program, "mail", **settings)["details"] == {"waiting": 1}


def test_a_default_key_that_cannot_be_used_fails(program: Program) -> None:
    secret = "not-a-whole-key"
    found = row(program, "machine_credential", COMFY_API_KEY=secret)
    assert found["state"] == FAIL
    assert secret not in str(found)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"PASSPORT_DATA_FOLDER": "/nowhere/at/all"}, "store_missing"),
        ({"PASSPORT_SMTP_PORT": "post"}, "settings_invalid"),
        ({"PASSPORT_DATABASE_URL": "nonsense://user:pass-in-the-url@host"}, "settings_invalid"),
    ],
)
def test_a_store_that_cannot_be_opened_is_a_row_among_others(
    program: Program, environment: dict[str, str], code: str
) -> None:
    found = row(program, "store", **environment)
    assert found["state"] == FAIL
    assert found["details"]["code"] == code  # type: ignore[index]
    said = program("doctor", **environment)
    assert said.out.splitlines()[0].startswith("ok      versions")
    assert "pass-in-the-url" not in said.out + said.err


def test_a_package_that_is_missing_or_old_fails(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        "pytest>=1.0\nSQLAlchemy>=99.0\nno-such-package>=1.2\n"
        'only-for-the-oldest>=1.0; python_version < "3.11"\n',
        encoding="utf-8",
    )
    check = check_packages(requirements)
    assert check.state == FAIL
    assert "no-such-package is missing" in check.cause
    assert "is older than 99.0" in check.cause
    assert "pytest" not in check.cause
    assert ("only-for-the-oldest" in check.cause) == (sys.version_info < (3, 11))
    assert "pip install -r requirements.txt" in str(check.remedy)
