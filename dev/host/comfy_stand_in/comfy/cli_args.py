"""The options of ComfyUI that an extension meets, under their own names, and three of the host's.

The host's own options begin with `--stand-in`, so that nobody takes them for ComfyUI's.
"""

import argparse
from typing import Any

import comfy.options

VALUE_OPTIONS: dict[str, dict[str, Any]] = {
    "--listen": {"default": "127.0.0.1", "nargs": "?", "const": "0.0.0.0,::"},
    "--port": {"default": 8188, "type": int},
    "--tls-keyfile": {},
    "--tls-certfile": {},
    "--enable-cors-header": {"default": None, "nargs": "?", "const": "*"},
    "--max-upload-size": {"default": 100.0, "type": float},
    "--output-directory": {},
    "--temp-directory": {},
    "--input-directory": {},
    "--user-directory": {},
    "--front-end-version": {"default": "comfyanonymous/ComfyUI@latest"},
    "--front-end-root": {},
    "--comfy-api-base": {"default": "https://api.comfy.org"},
    "--verbose": {"default": "INFO", "nargs": "?", "const": "DEBUG"},
    "--stand-in-custom-nodes": {"action": "append", "default": []},
}
SWITCHES = (
    "--multi-user",
    "--disable-api-nodes",
    "--disable-all-custom-nodes",
    "--stand-in-old-leaks",
    "--stand-in-ends-with-parent",
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A stand-in of the ComfyUI server; not ComfyUI.")
    for flag, settings in VALUE_OPTIONS.items():
        parser.add_argument(flag, **settings)
    for flag in SWITCHES:
        parser.add_argument(flag, action="store_true")
    return parser


args = _parser().parse_args(None if comfy.options.args_parsing else [])
