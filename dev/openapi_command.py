"""python3 dev openapi: print the OpenAPI description of our routes; no server serves it."""

import json
import sys
import types

from .api_description import describe
from .child_process import run_in_foreground
from .environment import ROOT, Missing, ready_python, say

PACKAGE = "passport"
INSIDE = "--in-the-environment"


def main() -> int:
    if INSIDE in sys.argv:
        return _print()
    try:
        python = ready_python()
    except Missing as missing:
        say(str(missing))
        return 1
    return run_in_foreground([str(python), str(ROOT / "dev"), "openapi", INSIDE], ROOT, {})


def _print() -> int:
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(ROOT)]
    sys.modules[PACKAGE] = package
    print(json.dumps(describe(PACKAGE), indent=2, ensure_ascii=False))
    return 0
