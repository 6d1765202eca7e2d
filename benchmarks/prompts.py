"""What the prompt hook costs beside reading the prompt at all."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import alias  # noqa: F401  # first: it makes `passport` importable
from measuring import Comparison, compare
from passport.accounts.admission import Application
from passport.audit.clients import Client
from passport.comfyui.prompt_hook import PromptHook
from passport.composition import Composition
from passport.dev.practice import PRACTICE_KEY
from passport.providers.errors import ServiceUnreachableError
from passport.server_routes.request_context import PRINCIPAL, current_request
from passport.services import Services, compose
from passport.vault.claims import Claims

NODES = 200
TYPES = 25
REPEATS = 50  # both warm; the first call after something else takes about twice as long
ROUNDS = 31


class SomeNode:
    """STUB of a node of ComfyUI."""

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802  # ComfyUI's name for it
        """Declare inputs; every fifth type asks for the key."""
        return {"required": {}, "hidden": {"key": "API_KEY_COMFY_ORG"} if cls.asks else {}}

    asks = False


def make_prompt() -> str:
    """Return a prompt of 200 nodes as the frontend posts it, without the workflow beside it."""
    prompt = {
        str(number): {
            "inputs": {
                "text": "a photograph of a lighthouse at dusk, long exposure, highly detailed",
                "seed": 156680208700286 + number,
                "steps": 20,
                "cfg": 8.0,
                "sampler_name": "euler",
                "model": [str(max(number - 1, 0)), 0],
                "positive": [str(max(number - 2, 0)), 1],
            },
            "class_type": f"Type{number % TYPES}",
            "_meta": {"title": f"Node number {number}"},
        }
        for number in range(NODES)
    }
    return json.dumps({"client_id": "c" * 32, "prompt": prompt, "extra_data": {}})


def stub_comfyui(folder: Path) -> None:
    """Put STUBS of ComfyUI's modules in place."""
    nodes: Any = ModuleType("nodes")
    nodes.NODE_CLASS_MAPPINGS = {
        f"Type{number}": type(f"Type{number}", (SomeNode,), {"asks": number % 5 == 0})
        for number in range(TYPES)
    }
    own: Any = ModuleType("comfy_api_nodes.nodes")
    own.__file__ = str(folder / "comfy_api_nodes" / "nodes.py")
    for node_class in nodes.NODE_CLASS_MAPPINGS.values():
        node_class.__module__ = own.__name__
        setattr(own, node_class.__name__, node_class)
    folder_paths: Any = ModuleType("folder_paths")
    folder_paths.__file__ = str(folder / "folder_paths.py")
    folder_paths.get_folder_paths = lambda _: [str(folder / "custom_nodes")]
    sys.modules |= {"nodes": nodes, own.__name__: own, "folder_paths": folder_paths}


class Request(dict[Any, Any]):
    """STUB of a request from loopback, with a session."""

    remote = "127.0.0.1"
    scheme = "http"
    transport = None
    headers = {"Host": "127.0.0.1:8188"}  # noqa: RUF012


async def sign_in(services: Services) -> Any:
    """Return the principal of an account that stores a key."""

    async def identify(_: object) -> Any:
        raise ServiceUnreachableError("", "connect", "")

    services.comfy_api.identify = identify  # type: ignore[method-assign]
    application = Application(on_the_machine=True)
    client = Client("127.0.0.1", "benchmark")
    signed_in = await services.accounts.sign_in.with_api_key(
        PRACTICE_KEY, False, client, application
    )
    return await services.accounts.sessions.recognize(signed_in.token.reveal())


async def measure(folder: Path) -> Comparison:
    """Compare reading the prompt with hooking it."""
    stub_comfyui(folder)
    composition = Composition(lambda: compose({}, folder / "data", "http://127.0.0.1:9"))
    services = composition.get()
    binding: Any = SimpleNamespace(guarded=True)
    claims = Claims()
    hook = PromptHook(composition, claims, binding)
    request: Any = Request({PRINCIPAL: await sign_in(services)})
    current_request.set(request)
    text = make_prompt()
    posted = json.loads(text)

    def read() -> float:
        began = time.process_time()
        for _ in range(REPEATS):
            json.loads(text)
        return time.process_time() - began

    def bind() -> float:
        began = time.process_time()
        for _ in range(REPEATS):
            hook(posted)
            claims.take(posted["extra_data"]["passport"])  # as the run would, sooner or later
        return time.process_time() - began

    hook(posted)
    if "passport" not in posted["extra_data"]:
        raise RuntimeError("The hook has bound nothing: there is nothing to measure.")
    try:
        return compare(read, bind, ROUNDS)
    finally:
        services.database.close()
