"""What importing the extension costs over what ComfyUI has loaded already.

Runs in a process of its own and prints one line of JSON: CPU milliseconds and MiB.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = ROOT / "dev" / "host" / "comfy_stand_in"
LOADED_BY_COMFYUI = ("aiohttp.web", "sqlalchemy", "sqlalchemy.orm", "alembic.command", "yaml")


def resident_mebibytes() -> float:
    """Return what this process has in memory now; Linux only, elsewhere 0."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0.0
    pages = int(statm.read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def load_comfyui() -> None:
    """Import what ComfyUI has imported before its custom nodes, and make its server."""
    import asyncio
    from contextlib import suppress

    sys.path.insert(0, str(STAND_IN))
    for name in LOADED_BY_COMFYUI:
        with suppress(ImportError):
            importlib.import_module(name)
    importlib.import_module("comfy.options").enable_args_parsing()
    for name in ("execution", "nodes", "app.logger"):
        importlib.import_module(name)
    server = importlib.import_module("server")
    server.PromptServer(asyncio.new_event_loop())


def load_extension() -> None:
    """Import the extension as ComfyUI does: under its path, from its file."""
    name = str(ROOT).replace(".", "_x_")
    spec = importlib.util.spec_from_file_location(name, ROOT / "__init__.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Measure once."""
    load_comfyui()
    gc.collect()
    memory, cpu = resident_mebibytes(), time.process_time()
    load_extension()
    cpu = time.process_time() - cpu
    print(json.dumps({"milliseconds": cpu * 1000, "mebibytes": resident_mebibytes() - memory}))


if __name__ == "__main__":
    main()
