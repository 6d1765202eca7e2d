"""The product's own files, as text and as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from passport.tests.conftest import ROOT

FOLDERS = (
    "accounts",
    "audit",
    "backups",
    "command_line",
    "comfyui",
    "network",
    "nodes",
    "providers",
    "server_routes",
    "storage",
    "vault",
)


def product_files() -> list[Path]:
    """Every Python file that runs inside ComfyUI."""
    files = [*ROOT.glob("*.py")]
    for folder in FOLDERS:
        files += (ROOT / folder).rglob("*.py")
    return sorted(files)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    text = path.read_text(encoding="utf-8")
    try:
        return ast.parse(text)
    except SystemError:  # CPython miscounts once after a RecursionError elsewhere (issue 90378)
        return ast.parse(text)


def imports_of(path: Path) -> Iterator[tuple[str, ...]]:
    """Give each relative import as the path from the root: ("vault", "credentials")."""
    here = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            module = tuple(node.module.split(".")) if node.module else ()
            if module:
                yield (*base, *module)
            else:
                for alias in node.names:
                    yield (*base, alias.name)


def absolute_imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


PRODUCT = product_files()
