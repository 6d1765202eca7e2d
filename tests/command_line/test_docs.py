"""The document and the help name the commands and options that there are."""

from __future__ import annotations

import re
import shlex

import pytest
from passport.command_line.arguments import parse
from passport.command_line.main import COMMANDS
from passport.tests.conftest import ROOT

START = "python3 custom_nodes/ComfyUI-Passport "
TEXT = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
EXAMPLES = [
    line.removeprefix(START).partition(" < ")[0]
    for line in TEXT.splitlines()
    if line.startswith(START) and not line.endswith("COMMAND")
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_one(example: str) -> None:
    assert parse(shlex.split(example), "passport").command == example.split(maxsplit=1)[0]


def test_each_command_has_an_example() -> None:
    assert {example.split()[0] for example in EXAMPLES} == {*COMMANDS, "doctor"}


def test_messages_of_the_product_name_commands_that_there_are() -> None:
    for path in ROOT.glob("accounts/*.py"):
        for command in re.findall(r"ComfyUI-Passport ([a-z-]+)", path.read_text(encoding="utf-8")):
            assert command in COMMANDS, path.name
