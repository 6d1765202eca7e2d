"""python3 dev test [--full] [pytest arguments]: every check and every test.

Without arguments: ruff, bandit, pyright, the JavaScript checks (where npm is), then pytest over
tests/, a file at a time on each core. With arguments: pytest alone, with these. The exit code is
the worst of all; pytest comes last, so its closing line is the last one. With --full the tests of
security, faults and the browser go through all they know, which takes them many minutes more.
"""

import json
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .child_process import Stopped, run_in_foreground, stop_on_signals
from .chromium import VARIABLE, ready_chromium
from .environment import ROOT, Missing, dev_folder, only_one_at_a_time, ready_python, say
from .frontend_package import ready_frontend
from .peers.firebase_tools import VARIABLE as FIREBASE_VARIABLE
from .peers.firebase_tools import ready_firebase_tools
from .scratch import scratch_folder

# The files in their order, so that the browser's come last in each process. More processes than
# there are cores: many tests wait for a page, a process or a lock. Beyond four they help little.
IN_PARALLEL = [
    *("--numprocesses", str(min(4, (os.cpu_count() or 1) + 2))),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
]
FULL = "--full"
NOT_THE_PRODUCT = ("dev", "tests", "benchmarks")
FRONTENDS_TESTED = ("1.18.10", None)  # the oldest supported, and the newest
# `-P` came with Python 3.11: without it the root would stand on sys.path and hide ComfyUI's names.
PYTEST = "import sys; sys.path.pop(0); import pytest; sys.exit(pytest.console_main())"


def _run(title: str, command: list[str], **environment: str) -> int:
    say(f"--- {title}")
    started = time.monotonic()
    code = run_in_foreground(command, ROOT, environment)
    say(f"--- {title}: {'passed' if code == 0 else 'FAILED'}, {time.monotonic() - started:.0f} s")
    return code


def _module(python: Path, name: str, *arguments: str) -> list[str]:
    """`python -m name`, without the current folder on sys.path where Python knows how."""
    safe = ["-P"] if sys.version_info >= (3, 11) else []
    return [str(python), *safe, "-m", name, *arguments]


def _node_modules(npm: str) -> int:
    """Install what package.json wants, unless it is there already."""
    wanted = (ROOT / "package.json").read_text(encoding="utf-8")
    stamp = dev_folder() / "npm-installed"
    is_ready = stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted
    if is_ready and (ROOT / "node_modules").is_dir():
        return 0
    how = "ci" if (ROOT / "package-lock.json").is_file() else "install"
    code = _run(f"npm {how}", [npm, how, "--no-audit", "--no-fund", "--ignore-scripts"])
    if code == 0:
        stamp.write_text(wanted, encoding="utf-8")
    return code


def _node_modules_where_npm_is() -> tuple[str, int]:
    """npm, or "" where it is not, and the exit code of installing."""
    npm = shutil.which("npm")
    if npm is None:
        say("--- npm is not here: the JavaScript checks, and the tests that need it, are left out")
        return "", 0
    with only_one_at_a_time():
        return npm, _node_modules(npm)


def _javascript_checks() -> int:
    package = ROOT / "package.json"
    npm, code = _node_modules_where_npm_is()
    if not npm:
        return 0
    scripts = json.loads(package.read_text(encoding="utf-8")).get("scripts", {})
    if code or "check" not in scripts:
        return code
    return _run("npm run check", [npm, "run", "--silent", "check"])


def _product() -> list[str]:
    """What ComfyUI runs: the files of the root and the packages beside them."""
    packages = (path.parent for path in ROOT.glob("*/__init__.py"))
    folders = sorted(each.name for each in packages if each.name not in NOT_THE_PRODUCT)
    return [*sorted(path.name for path in ROOT.glob("*.py")), *folders]


def _bandit(python: Path) -> list[str]:
    return _module(python, "bandit", "-q", "-c", "pyproject.toml", "-r", *_product())


def _static_checks(python: Path) -> int:
    codes = [
        _run("ruff check", _module(python, "ruff", "check", ".")),
        _run("ruff format", _module(python, "ruff", "format", "--check", ".")),
        _run("bandit", _bandit(python)),
        _run("pyright", _module(python, "pyright", "--pythonpath", str(python))),
        _javascript_checks(),
    ]
    return max(abs(code) for code in codes)


def _firebase_tools() -> dict[str, str]:
    """Tell the tests where it is; "" when it cannot be had, so that no worker tries again."""
    try:
        return {FIREBASE_VARIABLE: str(ready_firebase_tools())}
    except Missing as missing:
        say(f"--- The tests of Comfy's log-in are left out: {missing}")
        return {FIREBASE_VARIABLE: ""}


def _pytest(python: Path, arguments: list[str], more: dict[str, str]) -> int:
    chromium = ready_chromium(python)
    found = [ready_frontend(python, version) for version in FRONTENDS_TESTED]
    oldest, newest = (str(frontend.static_folder) for frontend in found)
    command = [str(python), "-c", PYTEST, *arguments]
    if sys.version_info >= (3, 11):
        command = _module(python, "pytest", *arguments)
    environment = {
        VARIABLE: str(chromium),
        "PASSPORT_FRONTEND_OLDEST": oldest,
        "PASSPORT_FRONTEND_NEWEST": newest,
    }
    with scratch_folder() as folder:
        return run_in_foreground(command, ROOT, environment | more | folder)


def _test(arguments: list[str]) -> int:
    if FULL in arguments:
        os.environ["PASSPORT_TESTS"] = "full"
        arguments = [each for each in arguments if each != FULL]
    python = ready_python(for_tests=True)
    if arguments:
        _node_modules_where_npm_is()  # a test that needs them and has them not is skipped, aloud
        return abs(_pytest(python, arguments, {}))  # and installs firebase-tools if it wants them
    with ThreadPoolExecutor(1) as meanwhile:
        firebase_tools = meanwhile.submit(_firebase_tools)
        static_code = _static_checks(python)
        more = firebase_tools.result()
    if static_code:
        say("--- Some checks FAILED (above); the tests run all the same.")
    return max(static_code, abs(_pytest(python, IN_PARALLEL, more)))


def main() -> int:
    stop_on_signals()
    try:
        return _test(sys.argv[1:])
    except Missing as missing:
        say(str(missing))
        return 1
    except Stopped:
        return 130
