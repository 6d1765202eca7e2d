"""It runs from any folder, by any Python that has the packages, and finds the right store."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from passport.settings import PREFIX
from passport.tests.backend.people import ADA, PASSWORD
from passport.tests.conftest import ROOT
from passport.version import VERSION

from .program import Program

LINK = "Comfy UI.Passport (copy)"
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs two users")


@pytest.fixture(autouse=True)
def as_a_process(program: Program) -> None:
    program.is_a_process = True


@pytest.fixture
def comfyui(tmp_path: Path) -> Path:
    """A ComfyUI that was started before, with Passport in it by a link, and no store yet."""
    root = tmp_path / "A ComfyUI"
    (root / "custom_nodes").mkdir(parents=True)
    (root / "user").mkdir()
    (root / "custom_nodes" / LINK).symlink_to(ROOT)
    return root


@pytest.fixture
def linked(comfyui: Path, tmp_path: Path) -> Program:
    """The command line of that ComfyUI."""
    return Program(comfyui / "custom_nodes" / LINK, HOME=str(tmp_path))


def store_of(comfyui: Path) -> Path:
    return comfyui / "user" / "__passport"


@pytest.mark.parametrize(
    ("cwd", "called"),
    [
        ("", f"custom_nodes/{LINK}"),
        ("", f"./custom_nodes/{LINK}/"),
        ("", f"custom_nodes/{LINK}/__main__.py"),
        ("custom_nodes", LINK),
        (f"custom_nodes/{LINK}", "."),
        ("user", f"../custom_nodes/{LINK}"),
    ],
)
def test_from_wherever_it_is_called_the_store_is_that_of_the_comfyui_it_is_linked_in(
    comfyui: Path, linked: Program, cwd: str, called: str
) -> None:
    here = comfyui / cwd
    said = linked("create-owner", ADA, typed=PASSWORD, cwd=here, called=called, PWD=str(here))
    assert said.code == 0
    assert said.err == f"There was no store in {store_of(comfyui)}: a new one was made.\n"
    assert (store_of(comfyui) / "passport.sqlite").is_file()


def test_a_new_store_is_its_owners_alone(comfyui: Path, linked: Program) -> None:
    linked("create-owner", ADA, typed=PASSWORD)
    files = [store_of(comfyui), *store_of(comfyui).iterdir()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o700", "0o600"}
    names = {path.name for path in files[1:]}
    assert names == {"passport.sqlite", "master.key"}, "nothing of SQLite's is left open"


def test_a_comfyui_that_was_never_started_is_known_by_its_source(
    comfyui: Path, linked: Program
) -> None:
    (comfyui / "user").rmdir()
    assert linked("create-owner", ADA, typed=PASSWORD).code == 1
    (comfyui / "folder_paths.py").touch()
    assert linked("create-owner", ADA, typed=PASSWORD).code == 0
    assert store_of(comfyui).is_dir()


def test_names_of_ours_hide_nobody_elses(tmp_path: Path, program: Program) -> None:
    """`secret`, `errors`, `nodes` and more stand in the folder that Python puts on sys.path."""
    program.environment["PYTHONPATH"] = str(tmp_path / "before")
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "def tell():\n"
        "    print([name for name in sys.modules if name in ('errors', 'secret', 'settings')],\n"
        f"          [entry for entry in sys.path if {str(ROOT)!r} == entry], file=sys.stderr)\n"
        "atexit.register(tell)\n"
    )
    assert program("accounts").err == "[] []\n"


@pytest.mark.parametrize("option", ["before", "after"])
def test_a_data_folder_can_be_named(tmp_path: Path, store: Path, option: str) -> None:
    elsewhere = Program(HOME=str(tmp_path), PASSPORT_DATA_FOLDER=str(tmp_path / "nothing"))
    named = ["--data-folder", str(store)]
    arguments = [*named, "accounts"] if option == "before" else ["accounts", *named]
    assert elsewhere(*arguments).out == "There are no accounts.\n"


def test_the_environment_names_it_as_it_does_for_comfyui(tmp_path: Path, store: Path) -> None:
    for name in (str(store), f"  {store} ", "~/data"):
        elsewhere = Program(HOME=str(tmp_path), PASSPORT_DATA_FOLDER=name)
        assert elsewhere("accounts").code == 0


def test_a_named_folder_is_made_for_an_owner(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    said = Program()("create-owner", ADA, "--data-folder", str(folder), typed=PASSWORD)
    assert said.code == 0
    assert str(folder) in said.err
    assert (folder / "passport.sqlite").is_file()


def test_outside_of_a_comfyui_it_asks_for_the_folder(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.symlink_to(ROOT)
    said = Program(alone)("accounts", "--json")
    if ROOT.parent.name != "custom_nodes":
        assert said.code == 1
        assert said.json["error"]["code"] == "data_folder_unknown"
        assert "--data-folder PATH or PASSPORT_DATA_FOLDER" in said.json["error"]["message"]


EACH_BUT_ONE = [
    ["make-owner", ADA], ["accounts"], ["reset-password", ADA], ["disable", ADA, "--yes"],
    ["enable", ADA], ["sessions", ADA], ["revoke-sessions", ADA, "--yes"], ["invite"],
    ["activity"],
]  # fmt: skip


@pytest.mark.parametrize("command", EACH_BUT_ONE, ids=lambda command: command[0])
def test_where_no_store_is_none_is_made(comfyui: Path, linked: Program, command: list[str]) -> None:
    said = linked(*command)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"There is no Passport store in {store_of(comfyui)}: ")
    for way in ("--data-folder PATH", "PASSPORT_DATA_FOLDER", "--user-directory", "--base-dir"):
        assert way in said.err
    assert list((comfyui / "user").iterdir()) == []


def test_where_nothing_is_not_even_an_owner_makes_a_store(comfyui: Path, linked: Program) -> None:
    (comfyui / "user").rmdir()
    said = linked("create-owner", ADA, "--json", typed=PASSWORD)
    assert said.code == 1
    assert said.json["error"]["code"] == "store_missing"
    assert not (comfyui / "user").exists()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = Program()("accounts", "--data-folder", str(tmp_path / "file"))
    assert said.code == 1
    assert len(said.err.splitlines()) == 1


@as_root
@pytest.mark.parametrize("command", [["accounts"], ["create-owner", ADA], ["doctor"]])
def test_another_users_store_is_not_opened(
    store: Path, program: Program, command: list[str]
) -> None:
    """A file that root leaves beside the database would lock the server out."""
    for path in (store / "passport.sqlite", store):
        os.chown(path, 65534, 65534)
    before = {path.name: path.stat().st_mtime_ns for path in store.iterdir()}
    said = program(*command, "--json", typed=PASSWORD)
    assert said.code == 1
    (error,) = said.json.get("checks", [])[2:] or [said.json["error"]]
    message = error.get("message") or error["cause"]
    assert f"The store in {store} belongs to the user nobody, and this runs as root" in message
    assert "sudo -u 'nobody'" in message
    assert {path.name: path.stat().st_mtime_ns for path in store.iterdir()} == before


@as_root
def test_no_store_is_made_where_another_user_is_at_home(comfyui: Path, linked: Program) -> None:
    os.chown(comfyui / "user", 65534, 65534)
    said = linked("create-owner", ADA, "--json", typed=PASSWORD)
    assert said.code == 1
    assert said.json["error"]["code"] == "wrong_user"
    assert list((comfyui / "user").iterdir()) == []


def test_without_the_packages_it_says_which_python_to_use(program: Program) -> None:
    said = program("accounts", python=["-S"])
    assert (said.code, said.out) == (1, "")
    assert re.match(r"The Python package “\w+” is not there for ", said.err)
    assert sys.executable in said.err
    assert "the Python of ComfyUI" in said.err
    assert "pip install -r requirements.txt" in said.err
    assert len(said.err.splitlines()) == 1
    told = program("accounts", "--json", python=["-S"])
    assert told.json["error"]["code"] == "dependency_missing"


def test_help_needs_no_packages(program: Program) -> None:
    said = program("--help", python=["-S"])
    assert (said.code, said.err) == (0, "")
    for command in [*(each[0] for each in EACH_BUT_ONE), "create-owner", "doctor"]:
        assert command in said.out
        assert program(command, "--help", python=["-S"]).code == 0
    assert program("--version", python=["-S"]).out == f"Passport {VERSION}\n"


def test_a_setting_that_cannot_be_read_is_named(program: Program) -> None:
    said = program("accounts", **{f"{PREFIX}REGISTRATION": "sometimes"})
    assert (said.code, said.out) == (1, "")
    assert said.err == "registration must be one of: open, invite, closed.\n"


def test_a_damaged_store_is_left_as_it_is(store: Path, program: Program) -> None:
    (store / "passport.sqlite").write_bytes(b"not a database" * 100)
    said = program("accounts", "--json")
    assert said.code == 1
    assert said.json["error"]["code"] == "database_damaged"
    assert (store / "passport.sqlite").read_bytes() == b"not a database" * 100
