"""The fake service as a process of its own; says where it is in one line of JSON."""

import asyncio
import json
import os
import threading

from .comfy_api import FakeComfyApi


def _end_with_parent() -> None:
    # Not by sys.stdin: its lock, held by a thread that waits, aborts an orderly exit.
    while os.read(0, 1024):
        pass
    os._exit(0)


async def _serve() -> None:
    async with FakeComfyApi() as api:
        addresses = {
            "url": api.url,
            "control_url": api.control_url,
            "cloud_url": api.cloud_url,
        }
        print(json.dumps(addresses), flush=True)
        await asyncio.Event().wait()


def main() -> int:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        asyncio.run(_serve())
    except KeyboardInterrupt:
        return 0
    return 0
