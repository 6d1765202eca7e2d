"""Where ComfyUI lets an extension keep data that HTTP cannot reach."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

NAME = "passport"


def find_data_folder() -> Path:
    """Return `user/__passport`, or the folder that PASSPORT_DATA_FOLDER names.

    ComfyUI serves nothing of a user folder whose name begins with two underscores; since 0.3.76
    it has a function for it.
    """
    if chosen := os.environ.get("PASSPORT_DATA_FOLDER", "").strip():
        return Path(chosen).expanduser().absolute()
    folder_paths: Any = importlib.import_module("folder_paths")
    official = getattr(folder_paths, "get_system_user_directory", None)
    if official is not None:
        return Path(official(NAME))
    return Path(folder_paths.get_user_directory()) / f"__{NAME}"
