"""The command line: python3 custom_nodes/ComfyUI-Passport COMMAND."""

from __future__ import annotations

import importlib
import os
import sys
import types

PACKAGE = "comfy_passport"
OLDEST_PYTHON = (3, 10)
INTERRUPTED = 130  # what shells say of a program that Ctrl+C has ended


def make_package(folder: str) -> None:
    """Make this folder a package by a fixed name, whatever it and its parents are called.

    Python has put the folder on sys.path, where our `errors` and `nodes` would hide others' of the
    same name.
    """
    here = os.path.realpath(folder)
    sys.path = [entry for entry in sys.path if os.path.realpath(entry) != here]
    package = types.ModuleType(PACKAGE)
    package.__path__ = [folder]
    sys.modules[PACKAGE] = package


def main() -> int:
    """Run the command that sys.argv names; return the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        sys.stderr.write("Passport needs Python 3.10 or newer: run this with ComfyUI's Python.\n")
        return 1
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # a link stays one
    make_package(folder)
    return importlib.import_module(f"{PACKAGE}.command_line.main").run(sys.argv[1:], folder)


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
