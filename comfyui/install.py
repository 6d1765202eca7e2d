"""Hooks Passport into the running ComfyUI: routes, middleware, prompt hook, wrappers.

Nothing heavy is imported and nothing is opened here; services are composed after the server is
up, or at the first use.
"""

from __future__ import annotations

import importlib
import logging
import os
from typing import TYPE_CHECKING, Any

from ..composition import Composition
from ..server_routes.live_sockets import LiveSockets
from ..server_routes.middleware import make_middleware
from ..server_routes.table import register_routes
from ..vault.claims import Claims
from .background import Background
from .execution_binding import ExecutionBinding
from .live_secrets import LiveSecrets
from .prompt_hook import PromptHook
from .prompt_middleware import make_prompt_middleware
from .prompt_queue import find_queued_handles
from .redaction import Redaction

if TYPE_CHECKING:
    from ..services import Services

logger = logging.getLogger("passport")


def install() -> None:
    """Take our place in ComfyUI; called once, as ComfyUI imports the extension."""
    server: Any = importlib.import_module("server").PromptServer.instance
    execution: Any = importlib.import_module("execution")
    claims = Claims(lambda: find_queued_handles(server))
    redaction = Redaction(LiveSecrets())
    redaction.install(execution, type(server))
    composition = Composition(lambda: _build(binding, redaction))
    binding = ExecutionBinding(composition, claims, redaction, execution)
    binding.install()
    if not binding.guarded:
        logger.warning(
            "This ComfyUI runs prompts in a way that Passport does not know: API keys travel in "
            "extra_data as ComfyUI documents it. Update Passport."
        )
    register_routes(server.routes, composition)
    live_sockets = LiveSockets(composition)
    server.app.middlewares.insert(0, make_prompt_middleware(composition, claims))
    server.app.middlewares.insert(0, make_middleware(composition, live_sockets))
    server.add_on_prompt_handler(PromptHook(composition, claims, binding))
    server.app.on_startup.append(Background(composition, live_sockets).start)


def _build(binding: ExecutionBinding, redaction: Redaction) -> Services:
    from ..services import compose
    from .host_facts import read_host_facts
    from .user_folder import find_data_folder

    arguments: Any = importlib.import_module("comfy.cli_args").args
    base = getattr(arguments, "comfy_api_base", "")  # since 0.3.32
    return compose(
        os.environ, find_data_folder(), base, lambda: read_host_facts(binding, redaction)
    )
