"""What docs/asvs.md and docs/threats.md say, from tests/security/*.toml and the tests' markers."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
REQUIREMENTS = TESTS / "security" / "asvs.toml"
THREATS = TESTS / "security" / "threats.toml"
MOST_NAMED = 3
STATES = ("tested", "by design", "not applicable", "not met")
HEAD = """# {title}

{text}

`python3 dev tables` writes this page from `tests/security/{source}` and the markers of the tests.

"""
OF_ASVS = (
    "The requirements of OWASP ASVS 5.0.0 that concern Passport, in our own words, with their "
    "numbers and levels there, and how each is held."
)
OF_THREATS = (
    "Who could attack what, what stands against it, and which tests attack it. What we promise "
    "and what we do not stands in [the threat model](threat-model.md)."
)


def read_table(path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a TOML file by their name."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def find_marked(marker: str) -> dict[str, list[str]]:
    """Return the tests that have `@pytest.mark.<marker>(NAME, …)`, by name; read, not run."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test, decorator in _decorated_tests(tree):
            if ast.unparse(decorator.func) == f"pytest.mark.{marker}":
                for argument in decorator.args:
                    name = str(ast.literal_eval(argument))
                    found[name].append(f"{path.relative_to(TESTS).as_posix()}::{test}")
    return dict(found)


def _decorated_tests(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            calls = (each for each in node.decorator_list if isinstance(each, ast.Call))
            yield from ((node.name, call) for call in calls if node.name.startswith("test_"))


def write_asvs() -> str:
    """Return docs/asvs.md."""
    rows, tests = read_table(REQUIREMENTS), find_marked("asvs")
    counts = {state: sum(row["state"] == state for row in rows.values()) for state in STATES}
    summary = ", ".join(f"{count} {state}" for state, count in counts.items())
    text = f"{OF_ASVS}\n\n{len(rows)} rows: {summary}."
    lines = ["| | level | requirement | state | how |", "|---|---|---|---|---|"]
    for name, row in rows.items():
        how = _name_tests(tests.get(name, [])) if row["state"] == "tested" else row["why"]
        lines.append(f"| {name} | {row['level']} | {row['line']} | {row['state']} | {how} |")
    return _page("ASVS", text, REQUIREMENTS, lines)


def write_threats() -> str:
    """Return docs/threats.md."""
    rows, tests = read_table(THREATS), find_marked("threat")
    lines = ["| | threat | defence | attacked by |", "|---|---|---|---|"]
    for name, row in rows.items():
        how = _name_tests(tests.get(name, []))
        lines.append(f"| {name} | {row['threat']} | {row['defence']} | {how} |")
    return _page("Threats", OF_THREATS, THREATS, lines)


def _page(title: str, text: str, source: Path, lines: list[str]) -> str:
    return HEAD.format(title=title, text=text, source=source.name) + "\n".join(lines) + "\n"


def _name_tests(tests: list[str]) -> str:
    named = [f"`{test.removesuffix('.py')}`" for test in tests[:MOST_NAMED]]
    more = len(tests) - len(named)
    return "<br>".join(named + [f"and {more} more"] * (more > 0))


PAGES = {ROOT / "docs" / "asvs.md": write_asvs, ROOT / "docs" / "threats.md": write_threats}
