"""The folder where a practice run keeps its things, and when it may be emptied."""

import json
import os
import shutil
import sys
from pathlib import Path

from .environment import Missing
from .practice import demo_graph, fresh_settings

MARK = ".passport-practice"
MARK_TEXT = "Made by `python3 dev try` of Passport, which empties this folder when asked --fresh.\n"


def default_data_folder() -> Path:
    """A folder of its own under the person's data, outside the checkout."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "comfy-passport-practice"


def _empty(folder: Path) -> None:
    """Remove what is in the folder; links are removed, never followed."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def ready_data_folder(folder: Path, fresh: bool, frontend_version: str) -> Path:
    """The folder, made or emptied as asked, with the demo graph and settings in a new one."""
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not any(folder.iterdir())
        if fresh and not is_new:
            if not (folder / MARK).is_file():
                raise Missing(f"{folder} was not made by `dev try`: --fresh will not empty it.")
            _empty(folder)
            is_new = True
        if is_new:
            (folder / MARK).write_text(MARK_TEXT, encoding="utf-8")
            furnish(folder, frontend_version)
    except OSError as error:
        raise Missing(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    return folder


def furnish(folder: Path, frontend_version: str) -> None:
    """Put the demo graph and the settings of a quiet first visit into a new data folder."""
    user = folder / "user" / "default"
    workflows = user / "workflows"
    workflows.mkdir(parents=True)
    (user / "subgraphs").mkdir()
    # The frontend asks for these and complains on the console when they are not there.
    (user / "user.css").write_text("", encoding="utf-8")
    (user / "comfy.templates.json").write_text("{}", encoding="utf-8")
    settings = json.dumps(fresh_settings(frontend_version), indent=4)
    (user / "comfy.settings.json").write_text(settings, encoding="utf-8")
    graph = json.dumps(demo_graph(), indent=2)
    (workflows / "Practice.json").write_text(graph, encoding="utf-8")
