"""The virtual environment that `try` and `test` run in; made with nothing but Python.

It lives in `.dev/` of the checkout, which git does not see, one per Python version.
"""

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

# Not resolved: a checkout may stand in custom_nodes by a link.
ROOT = Path(os.path.abspath(__file__)).parent.parent  # noqa: PTH100
DEV_FOLDER = ROOT / ".dev"
READ_DEV_GROUP = """
import json, sys
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
with open(sys.argv[1], "rb") as file:
    print("\\n".join(tomllib.load(file).get("dependency-groups", {}).get("dev", [])))
"""
SIGNS_OF_NO_NETWORK = (
    "NewConnectionError",
    "name resolution",
    "ConnectTimeout",
    "ProxyError",
    "(from versions: none)",
)


class Missing(Exception):  # noqa: N818  (what is missing is said in one line, it is no traceback)
    """Something is missing; the message is one line that says what, and what to do."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def dev_folder() -> Path:
    try:
        DEV_FOLDER.mkdir(exist_ok=True)
        (DEV_FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise Missing(f"Cannot write in {ROOT}: {error.strerror}.") from error
    return DEV_FOLDER


@contextlib.contextmanager
def only_one_at_a_time() -> Generator[None, None, None]:
    """Hold the lock of the `.dev` folder, so that two first runs do not mix."""
    with (dev_folder() / "lock").open("w", encoding="utf-8") as lock:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _environment_folder() -> Path:
    major, minor = sys.version_info[:2]
    return dev_folder() / f"python-{major}.{minor}"


def python_of(environment: Path) -> Path:
    windows = os.name == "nt"
    return environment / ("Scripts/python.exe" if windows else "bin/python")


def _make(environment: Path) -> Path:
    """Give the environment's Python, making the environment when it is not there."""
    python = python_of(environment)
    if python.exists():
        return python
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Missing(
            "Python's venv module is missing: install it (Debian and Ubuntu: apt install "
            "python3-venv), then run this again."
        )
    say(f"Making an environment for Python {sys.version.split()[0]} in {environment}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(environment)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode or not python.exists():
        raise Missing(f"Python could not make an environment: {_last_line(made)}")
    return python


def _last_line(ended: "subprocess.CompletedProcess[str]") -> str:
    lines = (ended.stderr + ended.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {ended.returncode}"


def pip(python: Path, *arguments: str) -> None:
    """Run pip with its progress shown in short lines."""
    command = [str(python), "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
    output: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        for line in process.stdout or ():
            output.append(line.strip())
            if line.startswith(("Collecting", "Installing")):
                say(f"  {line.strip()[:96]}")
    if process.returncode:
        raise Missing(_explain("\n".join(output)))


def _explain(output: str) -> str:
    (dev_folder() / "pip.log").write_text(output, encoding="utf-8")
    log = DEV_FOLDER / "pip.log"
    if any(sign in output for sign in SIGNS_OF_NO_NETWORK):
        return f"pip cannot reach the package index: is there a network? (see {log})"
    if "No module named pip" in output:
        return (
            f"pip is missing in {DEV_FOLDER}: install python3-pip, delete that folder, try again."
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return f"pip failed: {errors[-1] if errors else 'no reason given'} (see {log})"


def runtime_requirements() -> list[str]:
    """The lines of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _dev_requirements(python: Path) -> list[str]:
    """The `dev` group of pyproject.toml, read by the environment's Python: it has a parser."""
    read = subprocess.run(
        [str(python), "-c", READ_DEV_GROUP, str(ROOT / "pyproject.toml")],
        check=False,
        capture_output=True,
        text=True,
    )
    if read.returncode:
        raise Missing(f"pyproject.toml cannot be read: {_last_line(read)}")
    return read.stdout.splitlines()


def _install(environment: Path, name: str, wanted: list[str]) -> None:
    """Install, unless the environment's stamp says that just this was installed before."""
    stamp = environment / f"installed-for-{name}"
    digest = hashlib.sha256("\n".join(sorted(wanted)).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return
    say(f"Installing for {name}: {len(wanted)} packages and what they need")
    pip(python_of(environment), "install", *wanted)
    stamp.write_text(digest, encoding="utf-8")


def ready_python(for_tests: bool = False) -> Path:
    """Python with everything installed that Passport (and its tests) need."""
    with only_one_at_a_time():
        environment = _environment_folder()
        python = _make(environment)
        _install(environment, "try", runtime_requirements())
        if for_tests:
            _install(environment, "test", _dev_requirements(python))
    return python
