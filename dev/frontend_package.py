"""The real ComfyUI frontend, each version unpacked into a folder of its own."""

import json
import shutil
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

from .environment import Missing, dev_folder, only_one_at_a_time, pip, say

PACKAGE = "comfyui-frontend-package"
STATIC_PREFIX = "comfyui_frontend_package/static/"
NEWEST_IS_ASKED_AGAIN_AFTER_SECONDS = 7 * 24 * 3600


class Frontend(NamedTuple):
    version: str
    static_folder: Path


def _cache() -> Path:
    folder = dev_folder() / "frontend"
    folder.mkdir(exist_ok=True)
    return folder


def _known(version: str) -> Frontend | None:
    folder = _cache() / version
    return Frontend(version, folder) if (folder / "index.html").is_file() else None


def _download(python: Path, requirement: str) -> Frontend:
    with tempfile.TemporaryDirectory(dir=_cache()) as scratch:
        say(f"Fetching {requirement}")
        binary = ("--no-deps", "--only-binary", ":all:")
        pip(python, "download", *binary, "--dest", scratch, requirement)
        wheel = next(Path(scratch).glob("*.whl"))
        version = wheel.name.split("-")[1]
        unpacked = Path(scratch, "unpacked")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(STATIC_PREFIX)]
            archive.extractall(unpacked, names)
        target = _cache() / version
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(unpacked / STATIC_PREFIX, target)
    return Frontend(version, target)


def _newest_known() -> Frontend | None:
    """The newest version as of the last time the package index was asked, if that is recent."""
    note = _cache() / "newest.json"
    if not note.is_file():
        return None
    noted = json.loads(note.read_text(encoding="utf-8"))
    age_seconds = time.time_ns() / 1e9 - noted["asked_at"]
    return None if age_seconds > NEWEST_IS_ASKED_AGAIN_AFTER_SECONDS else _known(noted["version"])


def _newest(python: Path) -> Frontend:
    frontend = _newest_known() or _download(python, PACKAGE)
    if _newest_known() is None:
        noted = {"version": frontend.version, "asked_at": time.time_ns() / 1e9}
        (_cache() / "newest.json").write_text(json.dumps(noted), encoding="utf-8")
    return frontend


def _any_known() -> Frontend | None:
    versions = [folder.name for folder in _cache().iterdir() if folder.is_dir()]
    found = [frontend for name in versions if (frontend := _known(name)) is not None]
    return max(found, key=_version_key, default=None)


def _version_key(frontend: Frontend) -> list[int]:
    return [int(part) for part in frontend.version.split(".") if part.isdigit()]


def ready_frontend(python: Path, version: str | None = None) -> Frontend:
    """The static files of a frontend version; the newest when none is named."""
    with only_one_at_a_time():
        if version is not None:
            return _known(version) or _download(python, f"{PACKAGE}=={version}")
        try:
            return _newest(python)
        except Missing as missing:
            kept = _any_known()
            if kept is None:
                raise
            say(f"{missing} Going on with frontend {kept.version}.")
            return kept
