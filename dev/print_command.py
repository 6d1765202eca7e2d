"""python3 dev openapi, python3 dev sbom: print what is found out of the code and its packages."""

import importlib
import json
import sys
import types
from typing import Any

from .child_process import run_in_foreground
from .environment import ROOT, Missing, ready_python, say

PACKAGE = "passport"
INSIDE = "--in-the-environment"
WRITTEN_BY = {
    "openapi": ("api_description", "describe"),
    "sbom": ("bill_of_materials", "write_bill"),
}


def main() -> int:
    name = sys.argv[0].split()[-1]
    if INSIDE in sys.argv:
        return _print(*WRITTEN_BY[name])
    try:
        python = ready_python()
    except Missing as missing:
        say(str(missing))
        return 1
    return run_in_foreground([str(python), str(ROOT / "dev"), name, INSIDE], ROOT, {})


def _print(module: str, function: str) -> int:
    package: Any = types.ModuleType(PACKAGE)
    package.__path__ = [str(ROOT)]
    sys.modules[PACKAGE] = package
    write = getattr(importlib.import_module(f".{module}", __package__), function)
    print(json.dumps(write(PACKAGE), indent=2, ensure_ascii=False))
    return 0
