"""Habits of the code that each would cost somebody if they slipped."""

from __future__ import annotations

import ast
import re
import sys

import pytest
from passport.storage.migration import HEAD_REVISION, SCRIPTS
from passport.tests.architecture.source import PRODUCT, name_of, parse
from passport.tests.conftest import ROOT
from passport.version import VERSION

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LONGEST_FILE = 250
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|DROP\s)",
    re.IGNORECASE,
)
NAMES_OF_SECRETS = re.compile(
    r"(^|_)(token|secret|password|api_key|master_key|handle|sha256|hash|digest|fingerprint)$"
)
BANNED_CALLS = {
    "print",
    "eval",
    "exec",
    "datetime.utcnow",
    "datetime.now",
    "datetime.today",
    "datetime.utcfromtimestamp",
    "time.time",
    "os.system",
    "pickle.loads",
    "random.random",
}
MAY_CALL = {"clock.py": {"datetime.now"}}
BANNED_NAMES = ("utils", "helpers", "manager", "misc", "core")

every_file = pytest.mark.parametrize("path", PRODUCT, ids=name_of)


@every_file
def test_no_file_grows_past_a_few_screens(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@every_file
def test_files_are_nouns_of_the_field(path):
    assert not any(name in path.stem.split("_") for name in BANNED_NAMES)


@every_file
def test_the_first_line_says_in_a_sentence_what_the_file_is(path):
    text = ast.get_docstring(parse(path))
    assert text
    assert text.splitlines()[0].rstrip().endswith((".", "?"))


@pytest.mark.asvs("1.3.2")
@every_file
def test_no_print_no_eval_no_naive_time_no_weak_randomness(path):
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            allowed = MAY_CALL.get(name_of(path), set())
            assert called not in BANNED_CALLS - allowed, f"line {node.lineno}: {called}"
            if called in allowed:
                assert node.args or node.keywords, "an aware instant names its zone"


@pytest.mark.asvs("1.2.4")
@every_file
def test_sql_is_never_put_together_from_text(path):
    for node in ast.walk(parse(path)):
        pieces = []
        if isinstance(node, ast.JoinedStr):
            pieces = [part.value for part in node.values if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
            pieces = [
                each.value for each in (node.left, node.right) if isinstance(each, ast.Constant)
            ]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format"):
            pieces = [each.value for each in ast.walk(node.func) if isinstance(each, ast.Constant)]
        for piece in pieces:
            assert not (isinstance(piece, str) and SQL.search(piece)), f"line {node.lineno}"


@pytest.mark.asvs("11.2.4")
@every_file
def test_secrets_are_not_compared_by_equality(path):
    """`==` tells by its time where two texts differ. A look-up by hash or in a set does not."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Compare) and any(
            isinstance(operator, (ast.Eq, ast.NotEq)) for operator in node.ops
        ):
            sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
            if "storage/" in name_of(path) and any(".c." in side for side in sides):
                continue  # an SQL expression: the index compares
            for written in sides:
                name = written.rpartition(".")[2]
                assert not NAMES_OF_SECRETS.search(name), f"line {node.lineno}: {written}"
                assert "reveal()" not in written, f"line {node.lineno}: {written}"


@every_file
def test_no_error_is_swallowed_whole(path):
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
            broad = ast.unparse(node.type) in ("Exception", "BaseException")
            silent = all(isinstance(line, ast.Pass) for line in node.body)
            assert not (broad and silent), f"line {node.lineno}: swallows everything"


def read_pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_requirements_are_those_of_the_project():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line.strip() and not line.startswith("#")]
    assert wanted == read_pyproject()["project"]["dependencies"]


def test_the_version_is_that_of_the_project():
    assert read_pyproject()["project"]["version"] == VERSION


def test_head_revision_is_the_last_of_one_chain_of_migrations():
    revisions = {}
    for path in (SCRIPTS / "versions").glob("*.py"):
        found = re.findall(
            r"^(revision|down_revision) = (.+)$", path.read_text("utf-8"), re.MULTILINE
        )
        values = {name: ast.literal_eval(value) for name, value in found}
        assert path.name.startswith(values["revision"] + "_")
        revisions[values["revision"]] = values["down_revision"]
    assert max(revisions) == HEAD_REVISION
    assert set(revisions) - set(revisions.values()) == {HEAD_REVISION}


@pytest.mark.asvs("3.5.7", "13.4.1", "13.4.7")
@pytest.mark.threat(11)
def test_what_comfyui_serves_of_us_is_scripts_and_styles_alone():
    """WEB_DIRECTORY is open to everybody who reaches the server."""
    (folder,) = re.findall(
        r'^WEB_DIRECTORY = "(.+)"', (ROOT / "__init__.py").read_text("utf-8"), re.MULTILINE
    )
    served = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert served
    assert {path.suffix for path in served} <= {".js", ".mjs", ".css"}


@pytest.mark.threat(11)
def test_git_takes_no_store_and_no_key():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"*.sqlite", "*.sqlite-*", "master.key", "passport.toml"} <= set(ignored)
