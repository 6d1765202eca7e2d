"""The server an extension meets as `server.PromptServer.instance`."""

import asyncio
import errno
import logging
import ssl
import struct
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import ClientError, ClientSession, ClientTimeout, web

import execution
import nodes
from api_server.routes.internal.internal_routes import InternalRoutes
from app.custom_node_manager import CustomNodeManager
from app.frontend_management import FrontendManager
from app.user_manager import UserManager
from comfy.cli_args import args
from middleware.cache_middleware import cache_control
from middleware.origin_middleware import (
    block_external_middleware,
    cors_middleware,
    deprecation_warning,
    origin_only_middleware,
)
from stand_in_routes.description_routes import (
    add_description_routes,
    add_listing_routes,
    add_model_routes,
)
from stand_in_routes.file_routes import add_file_routes
from stand_in_routes.prompt_routes import add_prompt_routes
from stand_in_routes.queue_routes import add_history_routes, add_job_routes, add_queue_routes
from stand_in_routes.socket_route import add_socket_route

PORT_TAKEN_EXIT_CODE = 98

OnPromptHandler = Callable[[dict[str, Any]], dict[str, Any]]


def _middlewares() -> list[Any]:
    """ComfyUI's middlewares in ComfyUI's order; extensions insert theirs before these."""
    cross_origin = cors_middleware if args.enable_cors_header else origin_only_middleware
    chosen: list[Any] = [cache_control, deprecation_warning, cross_origin]
    if args.disable_api_nodes:
        chosen.append(block_external_middleware)
    return chosen


class PromptServer:
    instance: ClassVar["PromptServer"]

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        PromptServer.instance = self
        self.loop = loop
        self.messages: asyncio.Queue[tuple[Any, Any, str | None]] = asyncio.Queue()
        self.client_session: ClientSession | None = None
        self.number = 0
        self.client_id: str | None = None
        self.last_node_id: str | None = None
        self.last_prompt_id: str | None = None
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.sockets_metadata: dict[str, dict[str, Any]] = {}
        self.on_prompt_handlers: list[OnPromptHandler] = []
        self.supports = ["custom_nodes_from_web"]
        self.user_manager = UserManager()
        self.custom_node_manager = CustomNodeManager()
        self.internal_routes = InternalRoutes(self)
        self.prompt_queue = execution.PromptQueue(self)
        self.web_root = args.front_end_root or FrontendManager.init_frontend(args.front_end_version)
        most_bytes = round(args.max_upload_size * 1024 * 1024)
        self.app = web.Application(client_max_size=most_bytes, middlewares=_middlewares())
        self.routes = web.RouteTableDef()
        self._add_own_routes()

    def _add_own_routes(self) -> None:
        add_socket_route(self, self.routes)
        add_description_routes(self, self.routes)
        add_model_routes(self.routes)
        add_listing_routes(self.routes)
        add_file_routes(self.routes)
        add_prompt_routes(self, self.routes)
        add_queue_routes(self, self.routes)
        add_history_routes(self, self.routes)
        add_job_routes(self, self.routes)

        @self.routes.get("/")
        async def get_root(_: web.Request) -> web.FileResponse:
            headers = {"Cache-Control": "no-store, must-revalidate", "Pragma": "no-cache"}
            return web.FileResponse(Path(self.web_root, "index.html"), headers=headers)

        @self.routes.get("/user.css")
        async def get_user_css(_: web.Request) -> web.Response:
            return web.Response(content_type="text/css")

    def add_routes(self) -> None:
        """Put every route of the table into the app, at its own path and under /api."""
        self.user_manager.add_routes(self.routes)
        loaded = nodes.LOADED_MODULE_DIRS.items()
        self.custom_node_manager.add_routes(self.routes, self.app, loaded)
        self.app.add_subapp("/internal", self.internal_routes.get_app())
        twins = web.RouteTableDef()
        for route in self.routes:
            if isinstance(route, web.RouteDef):
                twins.route(route.method, f"/api{route.path}", **route.kwargs)(route.handler)
        self.app.add_routes(twins)
        self.app.add_routes(self.routes)
        for name, folder in nodes.EXTENSION_WEB_DIRS.items():
            self.app.router.add_static(f"/extensions/{name}", folder)
        self.app.router.add_static("/", self.web_root)

    def add_on_prompt_handler(self, handler: OnPromptHandler) -> None:
        self.on_prompt_handlers.append(handler)

    def trigger_on_prompt(self, json_data: dict[str, Any]) -> dict[str, Any]:
        """As in ComfyUI a handler that raises is passed over: the prompt goes on as it was."""
        for handler in self.on_prompt_handlers:
            try:
                json_data = handler(json_data)
            except Exception:  # noqa: BLE001
                logging.warning("[ERROR] An error occurred during the on_prompt_handler processing")
                logging.warning(traceback.format_exc())
        return json_data

    def get_queue_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": self.prompt_queue.get_tasks_remaining()}}

    def queue_updated(self) -> None:
        self.send_sync("status", {"status": self.get_queue_info()})

    def send_sync(self, event: Any, data: Any, sid: str | None = None) -> None:
        """Send from any thread; to every client when no sid is given."""
        self.loop.call_soon_threadsafe(self.messages.put_nowait, (event, data, sid))

    def send_progress_text(self, text: str | bytes, node_id: str, sid: str | None = None) -> None:
        content = text.encode() if isinstance(text, str) else text
        packed = struct.pack(">I", len(node_id)) + node_id.encode() + content
        self.send_sync(3, packed, sid)

    async def send(self, event: Any, data: Any, sid: str | None = None) -> None:
        receivers = list(self.sockets.values()) if sid is None else [self.sockets.get(sid)]
        for socket in receivers:
            if socket is None:
                continue
            try:
                if isinstance(data, (bytes, bytearray)):
                    await socket.send_bytes(struct.pack(">I", event) + data)
                else:
                    await socket.send_json({"type": event, "data": data})
            except (ClientError, ConnectionError) as error:
                logging.warning("send error: %s", error)

    async def publish_loop(self) -> None:
        while True:
            await self.send(*await self.messages.get())

    async def setup(self) -> None:
        self.client_session = ClientSession(timeout=ClientTimeout(total=None))

    async def start_multi_address(self, addresses: list[tuple[str, int]]) -> None:
        """Freeze the app and listen. As in ComfyUI nothing is ever cleaned up."""
        runner = web.AppRunner(self.app, access_log=None)
        await runner.setup()
        tls = None
        if args.tls_keyfile and args.tls_certfile:
            tls = ssl.SSLContext(protocol=ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certfile=args.tls_certfile, keyfile=args.tls_keyfile)
        for address, port in addresses:
            try:
                await web.TCPSite(runner, address, port, ssl_context=tls).start()
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                logging.error("Port %s is already in use on address %s.", port, address)  # noqa: TRY400
                raise SystemExit(PORT_TAKEN_EXIT_CODE) from error
        self.address, self.port = addresses[0]
        scheme = "https" if tls else "http"
        shown = f"[{self.address}]" if ":" in self.address else self.address
        logging.info("To see the GUI go to: %s://%s:%s", scheme, shown, self.port)
