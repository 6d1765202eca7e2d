"""What the code never does, whatever it is asked to: read from its syntax trees."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from passport.backups import encryption
from passport.storage.tables import metadata
from passport.tests.architecture.source import PRODUCT, absolute_imports_of, name_of, parse
from passport.tests.conftest import ROOT

if sys.version_info >= (3, 11):
    from re import _constants as constants
    from re import _parser as parser
else:
    import sre_constants as constants
    import sre_parse as parser

every_file = pytest.mark.parametrize("path", PRODUCT, ids=name_of)

STARTS_PROGRAMS = ("subprocess", "os.system", "os.popen", "os.exec", "os.spawn", "pty")
UNPACKS_CODE = ("pickle", "marshal", "shelve", "dill", "jsonpickle", "yaml", "xml", "plistlib")
WEAK_SOURCES = ("random", "uuid1", "numpy")
CONNECTS = (
    "socket",
    "smtplib",
    "http.client",
    "http.server",
    "urllib.request",
    "requests",
    "httpx",
    "ftplib",
    "telnetlib",
)
# The floor that speaks to other machines, and what ends a connection of the database's driver;
# nothing else does.
MAY_CONNECT = ("providers/", "storage/server_watch.py")
PATTERN_CALLS = {"compile", "match", "fullmatch", "search", "sub", "findall", "split", "finditer"}
# A BroadcastChannel, which the panel has, reaches windows of our own origin alone.
OTHER_WINDOWS = re.compile(
    r"(window|globalThis|self|parent|opener)\.(addEventListener\(\s*'message'|onmessage|postMessage)"
)
PANEL = sorted((ROOT / "web" / "js").rglob("*.*js"))


def used_names(path) -> Iterator[str]:
    imported = set(absolute_imports_of(path))
    yield from imported
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            written = ast.unparse(node)
            if written.partition(".")[0] in imported:  # a variable may have the name of a module
                yield written


def uses(path, names: tuple[str, ...]) -> list[str]:
    """Which of these modules or functions the file uses."""
    return [
        used
        for used in used_names(path)
        if any(used == name or used.startswith(f"{name}.") for name in names)
    ]


@pytest.mark.asvs("1.2.5")
@every_file
def test_no_program_is_started(path):
    assert uses(path, STARTS_PROGRAMS) == []


@pytest.mark.asvs("1.5.2")
@every_file
def test_nothing_is_unpacked_that_could_run_code(path):
    assert uses(path, UNPACKS_CODE) == []


@pytest.mark.asvs("6.5.3", "11.5.1")
@every_file
def test_randomness_comes_from_the_system_alone(path):
    assert uses(path, WEAK_SOURCES) == []


@pytest.mark.asvs("13.2.4", "13.1.1")
@every_file
def test_nothing_else_speaks_to_other_machines(path):
    if not name_of(path).startswith(MAY_CONNECT):
        assert uses(path, (*CONNECTS, "aiohttp.ClientSession", "aiohttp.request")) == []
        assert "open_connection" not in path.read_text(encoding="utf-8")


def patterns() -> Iterator[tuple[str, str]]:
    """Every regular expression that stands in the code as one text."""
    for path in PRODUCT:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of_re = ast.unparse(node.func.value) == "re" and node.func.attr in PATTERN_CALLS
                if of_re and node.args and isinstance(node.args[0], ast.Constant):
                    pattern = node.args[0].value
                    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
                    yield f"{name_of(path)}:{node.lineno}", text


def begins_with_a_character(items: Any) -> bool:
    kind, value = items[0]
    if kind is constants.SUBPATTERN:
        return begins_with_a_character(value[-1])
    return kind is constants.LITERAL


def can_go_back(items: Any, inside_a_loop: bool = False) -> bool:
    """Whether a loop without end stands in another one, with nothing fixed beside it.

    Such an expression can take a time that doubles with each character: (a+)+. One that begins
    each round with a character of its own, (\\.[a-z]+)*, has one way to match.
    """
    return any(leads_back(kind, value, inside_a_loop) for kind, value in items)


def leads_back(kind: Any, value: Any, inside_a_loop: bool) -> bool:
    if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT):
        _, most, inner = value
        endless = most == constants.MAXREPEAT
        ambiguous = endless and not begins_with_a_character(inner)
        return (endless and inside_a_loop) or can_go_back(inner, ambiguous)
    if kind is constants.SUBPATTERN:
        return can_go_back(value[-1], inside_a_loop)
    return kind is constants.BRANCH and any(can_go_back(each, inside_a_loop) for each in value[1])


@pytest.mark.asvs("1.3.12")
@pytest.mark.parametrize(("place", "pattern"), list(patterns()))
def test_no_regular_expression_takes_ever_longer(place, pattern):
    assert not can_go_back(parser.parse(pattern)), place


@pytest.mark.parametrize("pattern", ["(a+)+", "(?:a*b?)*", "([a-z]+)*x", "((?:a|b+))*"])
def test_the_search_finds_such_expressions(pattern):
    assert can_go_back(parser.parse(pattern))


@pytest.mark.parametrize("path", PANEL, ids=lambda path: path.name)
def test_no_module_listens_to_other_windows(path):
    assert not OTHER_WINDOWS.search(path.read_text("utf-8"))


@pytest.mark.asvs("14.1.1")
def test_the_document_of_what_is_stored_has_every_column():
    text = (ROOT / "docs" / "stored-data.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)
    documented = {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in rows}
    stored = {
        table.name: {column.name for column in table.columns} for table in metadata.sorted_tables
    }
    assert documented == stored


@pytest.mark.asvs("11.4.4")
def test_a_key_is_made_of_a_passphrase_at_the_cost_that_rfc_9106_recommends():
    assert (encryption.MEMORY_KIB, encryption.PASSES, encryption.LANES) == (64 * 1024, 3, 4)
    assert encryption.KEY_LENGTH_BYTES == 32
    assert encryption.SALT_LENGTH_BYTES == 16
