"""npm's firebase-tools, installed at the first use into `.dev/firebase`: 220 MB, half a minute."""

import os
import shutil
import subprocess
from pathlib import Path

from ..environment import Missing, dev_folder, only_one_at_a_time, say

WANTED = Path(__file__).parent / "firebase"
VARIABLE = "PASSPORT_FIREBASE_TOOLS"
"""Where `dev test` found it; empty when it could not be installed, so that no test tries again."""

# Its native parts, which the emulator does not need, cannot be built everywhere.
NPM_CI = ("ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")


def ready_firebase_tools() -> Path:
    """The folder with its node_modules. Missing, in one line, when it cannot be installed."""
    known = os.environ.get(VARIABLE)
    if known is not None:
        if not known:
            raise Missing("npm could not install firebase-tools; `dev test` said why.")
        return Path(known)
    with only_one_at_a_time():
        return _installed(dev_folder() / "firebase")


def _installed(folder: Path) -> Path:
    lock = (WANTED / "package-lock.json").read_text(encoding="utf-8")
    stamp = folder / "installed-for"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == lock:
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not here: install Node.js 20 or newer to test Comfy's log-in.")
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(WANTED / name, folder / name)
    say("Installing firebase-tools for the tests of Comfy's log-in: 220 MB, once")
    ended = subprocess.run([npm, *NPM_CI], cwd=folder, check=False, capture_output=True, text=True)
    if ended.returncode:
        lines = (ended.stderr + ended.stdout).strip().splitlines()
        (folder / "npm.log").write_text("\n".join(lines), encoding="utf-8")
        reason = lines[0] if lines else f"exit code {ended.returncode}"
        raise Missing(f"npm could not install firebase-tools: {reason} (see {folder}/npm.log)")
    stamp.write_text(lock, encoding="utf-8")
    return folder
