"""Routes that only the frontend uses, served under /internal."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

import folder_paths
from app import logger


def _file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("[!.]*") if path.is_file())


class InternalRoutes:
    def __init__(self, prompt_server: Any) -> None:
        self.prompt_server = prompt_server
        self._subscribers: set[str] = set()
        logger.on_flush(self._send)

    def _send(self, entries: list[logger.Entry]) -> None:
        """Send new console lines to the clients that asked for them."""
        for client_id in self._subscribers & set(self.prompt_server.sockets):
            message = {"entries": entries, "size": None}
            self.prompt_server.send_sync("logs", message, client_id)

    def get_app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/logs", self._logs)
        app.router.add_get("/logs/raw", self._raw_logs)
        app.router.add_patch("/logs/subscribe", self._subscribe)
        app.router.add_get("/folder_paths", self._folder_paths)
        app.router.add_get("/files/{directory_type}", self._files)
        return app

    async def _logs(self, _: web.Request) -> web.Response:
        lines = [f"{entry['t']} - {entry['m']}" for entry in logger.get_logs()]
        return web.json_response("".join(lines))

    async def _raw_logs(self, _: web.Request) -> web.Response:
        size = {"cols": 80, "rows": 24}
        return web.json_response({"entries": list(logger.get_logs()), "size": size})

    async def _subscribe(self, request: web.Request) -> web.Response:
        asked = await request.json()
        change = self._subscribers.add if asked["enabled"] else self._subscribers.discard
        change(asked["clientId"])
        return web.Response()

    async def _folder_paths(self, _: web.Request) -> web.Response:
        known = folder_paths.folder_names_and_paths
        return web.json_response({name: paths for name, (paths, _) in known.items()})

    async def _files(self, request: web.Request) -> web.Response:
        folder = folder_paths.get_directory_by_type(request.match_info["directory_type"])
        if folder is None:
            return web.json_response({"error": "Invalid directory type"}, status=400)
        names = await asyncio.to_thread(_file_names, Path(folder))
        return web.json_response(names)
