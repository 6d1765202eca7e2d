"""Hooks Passport into the running ComfyUI: routes, middleware, prompt hook, wrappers.

Nothing heavy is imported and nothing is opened here; services are composed after the server is
up, or at the first use.
"""

from __future__ import annotations

import importlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..composition import Composition
from ..server_routes.live_sockets import LiveSockets
from ..server_routes.middleware import make_middleware
from ..server_routes.table import register_routes
from ..vault.claims import Claims
from .background import Background
from .execution_binding import ExecutionBinding
from .live_secrets import LiveSecrets
from .prompt_answer import wrap_prompt
from .prompt_hook import PromptHook
from .prompt_queue import find_queued_handles
from .redaction import Redaction

if TYPE_CHECKING:
    from ..services import Services

logger = logging.getLogger("passport")

COPIES = "passport_copies"
"""The folders of Passport that were imported; stands at ComfyUI's server, where each copy looks."""


def install() -> bool:
    """Take our place in ComfyUI; called once, as ComfyUI imports the extension.

    Return False, and take none, where another copy of Passport has: with two, each takes the keys
    of the other's runs out.
    """
    server: Any = importlib.import_module("server").PromptServer.instance
    copies = _note_copy(server, Path(__file__).parents[1])
    if len(copies) > 1:
        logger.error(
            "Passport is installed twice. The copy in %s is not loaded, the one in %s is. Remove "
            "one of the two folders and restart ComfyUI.",
            *(copies[-1], copies[0]),
        )
        return False
    execution: Any = importlib.import_module("execution")
    claims = Claims(lambda: find_queued_handles(server))
    redaction = Redaction(LiveSecrets())
    redaction.install(execution, type(server))
    composition = Composition(lambda: _build(binding, redaction, copies))
    binding = ExecutionBinding(composition, claims, redaction, execution)
    binding.install()
    if not binding.guarded:
        logger.warning(
            "This ComfyUI runs prompts in a way that Passport does not know: API keys travel in "
            "extra_data as ComfyUI documents it. Update Passport."
        )
    register_routes(server.routes, composition)
    live_sockets = LiveSockets(composition)
    middleware = make_middleware(composition, live_sockets, wrap_prompt(composition, claims))
    server.app.middlewares.insert(0, middleware)
    server.add_on_prompt_handler(PromptHook(composition, claims, binding))
    server.app.on_startup.append(Background(composition, live_sockets).start)
    return True


def _note_copy(server: Any, folder: Path) -> list[str]:
    """Note that the copy in this folder is imported; return all of them, the first one first."""
    if not hasattr(server, COPIES):
        setattr(server, COPIES, [])
    copies: list[str] = getattr(server, COPIES)
    copies.append(str(folder))
    return copies


def _build(binding: ExecutionBinding, redaction: Redaction, copies: list[str]) -> Services:
    from ..services import compose
    from .host_facts import read_host_facts
    from .user_folder import find_data_folder

    arguments: Any = importlib.import_module("comfy.cli_args").args
    base = getattr(arguments, "comfy_api_base", "")  # since 0.3.32
    return compose(
        os.environ,
        find_data_folder(),
        base,
        lambda: read_host_facts(binding, redaction, tuple(copies[1:])),
    )
