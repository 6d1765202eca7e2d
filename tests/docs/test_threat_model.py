"""What the threat model names as a proof is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", TEXT)))


def test_tests_are_named() -> None:
    assert len(NAMED) > 10


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_it_names_is_there(file: str, name: str) -> None:
    found = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob(file)]
    assert found, f"There is no {file}."
    assert not name or any(re.search(rf"\b(def|class) {name}\b", text) for text in found)
