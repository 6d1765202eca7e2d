"""The options of `python3 dev try`."""

import argparse
from pathlib import Path

from .data_folder import default_data_folder

DEFAULT_PORT = 8188
DESCRIPTION = """Starts a small stand-in of ComfyUI with the real frontend, Passport, a fake of
api.comfy.org and a demo graph, all on this machine. It is for practice: the keys it prints work
nowhere else, and nothing it does costs anything."""


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python3 dev try", description=DESCRIPTION)
    add = options.add_argument
    add("--frontend", metavar="VERSION", help="version of the frontend (default: the newest)")
    add(
        "--port",
        type=int,
        metavar="N",
        help=f"port (default: {DEFAULT_PORT}, or the next free one; 0: any free one)",
    )
    add("--listen", metavar="ADDRESS", default="127.0.0.1", help="default: %(default)s")
    add(
        "--data",
        type=Path,
        metavar="FOLDER",
        default=default_data_folder(),
        help="folder that keeps accounts and settings between runs (default: %(default)s)",
    )
    add("--fresh", action="store_true", help="empty the data folder first, if `try` made it")
    add("--no-browser", action="store_true", help="do not open a browser")
    add(
        "--json",
        action="store_true",
        help="print one JSON object on the first line: url, practice_key, practice_key_2, "
        "demo_prompt (and service_url, control_url of the fake service, and providers)",
    )
    add("--verbose", nargs="?", const="DEBUG", default="INFO", metavar="LEVEL", help="log level")
    add(
        "--custom-nodes",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="one more folder of node packs to load (may be repeated)",
    )
    add(
        "--old-leaks",
        action="store_true",
        help="treat keys as carelessly as ComfyUI 0.3.34 did, to test against it",
    )
    add(
        "--providers",
        action="store_true",
        help="set up log-in by Google, GitHub and OpenID Connect, with practice servers of this "
        "machine in their place; needs Node.js and `npm ci`",
    )
    _add_comfyui_options(options)
    return options


def _add_comfyui_options(options: argparse.ArgumentParser) -> None:
    real = options.add_argument_group(
        "a real ComfyUI instead of the stand-in",
        "Also chosen when this checkout stands in a ComfyUI's custom_nodes. It runs with the "
        "practice data folder and the fake service, never with your own user folder.",
    )
    real.add_argument("--comfyui", type=Path, metavar="PATH", help="folder of ComfyUI's main.py")
    real.add_argument("--stand-in", action="store_true", help="the stand-in, in any case")
    real.add_argument("--python", type=Path, metavar="FILE", help="the Python of that ComfyUI")
    real.add_argument(
        "--real-service", action="store_true", help="use api.comfy.org; real keys, real costs"
    )
    real.add_argument(
        "comfyui_arguments",
        nargs="*",
        metavar="-- ARGUMENT",
        help="further arguments for that ComfyUI, such as --cpu",
    )
