"""The socket: who is connected, and what each client can do."""

import json
import logging
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from comfy_api import feature_flags


async def _greet(server: Any, sid: str) -> None:
    await server.send("status", {"status": server.get_queue_info(), "sid": sid}, sid)
    if server.client_id == sid and server.last_node_id is not None:
        await server.send("executing", {"node": server.last_node_id}, sid)


async def _hear(server: Any, sid: str, text: str) -> None:
    try:
        message = json.loads(text)
    except json.JSONDecodeError:
        logging.warning("Invalid JSON received from client %s", sid)
        return
    if isinstance(message, dict) and message.get("type") == "feature_flags":  # pyright: ignore[reportUnknownMemberType]
        server.sockets_metadata[sid]["feature_flags"] = message.get("data", {})  # pyright: ignore[reportUnknownMemberType]
        await server.send("feature_flags", feature_flags.get_server_features(), sid)


def add_socket_route(server: Any, routes: web.RouteTableDef) -> None:
    @routes.get("/ws")
    async def websocket_handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        # As in ComfyUI, a client id belongs to whoever named it last.
        sid = request.query.get("clientId") or uuid.uuid4().hex
        server.sockets[sid] = socket
        server.sockets_metadata[sid] = {"feature_flags": {}}
        try:
            await _greet(server, sid)
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await _hear(server, sid, message.data)
        finally:
            server.sockets.pop(sid, None)
            server.sockets_metadata.pop(sid, None)
        return socket
