"""Nodes that want no credential: one that waits for the test, one that shows, one that saves."""
# ruff: noqa: N802  (ComfyUI's names)

import os
import struct
import threading
import zlib
from pathlib import Path

import folder_paths
from aiohttp import web
from server import PromptServer

LONGEST_WAIT_SECONDS = 60

gates: dict[str, threading.Event] = {}


@PromptServer.instance.routes.get("/plain_pack/process")
async def tell_process(_request):
    return web.Response(text=str(os.getpid()))


@PromptServer.instance.routes.post("/plain_pack/gates/{name}")
async def open_gate(request):
    gates.setdefault(request.match_info["name"], threading.Event()).set()
    return web.Response(status=204)


@PromptServer.instance.routes.post("/plain_pack/markers/{client_id}/{marker}")
async def send_marker(request):
    """A message that comes after all others that are on their way to the client."""
    where = request.match_info
    PromptServer.instance.send_sync(where["marker"], {}, where["client_id"])
    return web.Response(status=204)


class PlainGate:
    """Keeps the queue busy until the test opens the gate."""

    CATEGORY, FUNCTION, OUTPUT_NODE, RETURN_TYPES = "test", "wait", True, ()

    @classmethod
    def INPUT_TYPES(cls):
        after = {"after": ("STRING", {"forceInput": True})}
        return {"required": {"name": ("STRING", {})}, "optional": after}

    def wait(self, name, after=None):
        gates.setdefault(name, threading.Event()).wait(LONGEST_WAIT_SECONDS)
        return ()


class PlainShow:
    """Shows a text, as the preview nodes do."""

    CATEGORY, FUNCTION, OUTPUT_NODE, RETURN_TYPES = "test", "show", True, ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {})}}

    def show(self, text):
        return {"ui": {"text": (str(text),)}, "result": (str(text),)}


class PlainRaise:
    """Fails with its ordinary input, a text that another node made."""

    CATEGORY, FUNCTION, OUTPUT_NODE, RETURN_TYPES = "test", "fail", True, ()

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"forceInput": True})}}

    def fail(self, text):
        raise RuntimeError(f"This cannot be read: {text}")


class PlainPicture:
    """Saves a picture with the workflow in its text chunks, as SaveImage does."""

    CATEGORY, FUNCTION, OUTPUT_NODE, RETURN_TYPES = "test", "save", True, ()

    @classmethod
    def INPUT_TYPES(cls):
        hidden = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}
        return {"required": {"name": ("STRING", {})}, "hidden": hidden}

    def save(self, name, prompt=None, extra_pnginfo=None):
        file = Path(folder_paths.get_output_directory(), f"{name}.png")
        file.write_bytes(_picture({"prompt": prompt, "workflow": extra_pnginfo}))
        shown = {"filename": file.name, "subfolder": "", "type": "output"}
        return {"ui": {"images": [shown]}}


def _picture(texts):
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header)]
    chunks += [(b"tEXt", f"{name}\0{text!r}".encode()) for name, text in texts.items()]
    chunks += [(b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind, data):
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


NODE_CLASS_MAPPINGS = {
    kind.__name__: kind for kind in (PlainGate, PlainShow, PlainRaise, PlainPicture)
}
