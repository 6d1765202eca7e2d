"""Which output folder a file lies in: several machines may have one, or each its own."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from pathlib import Path

MARK = ".passport-folder"
NAME_LENGTH = 16
_NAME = re.compile(r"[0-9a-f]{16}")


def name_folder(folder: Path) -> str | None:
    """Return the name that stands in the folder, for which one is made at the first time.

    A folder that several machines share has one name for all of them. None where nothing can be
    written: then nobody can say whose its files are.
    """
    mark = folder / MARK
    with suppress(OSError, ValueError):
        if not mark.exists():
            with suppress(FileExistsError), mark.open("x", encoding="ascii") as file:
                file.write(secrets.token_hex(NAME_LENGTH // 2))
        name = mark.read_text(encoding="ascii").strip()
        return name if _NAME.fullmatch(name) else None
    return None
