"""The settings of the interface, one JSON file per user."""

import json
from pathlib import Path
from typing import Any

from aiohttp import web


class AppSettings:
    def __init__(self, user_manager: Any) -> None:
        self.user_manager = user_manager

    def _file(self, request: web.Request) -> Path:
        return Path(self.user_manager.get_request_user_filepath(request, "comfy.settings.json"))

    def get_settings(self, request: web.Request) -> dict[str, Any]:
        file = self._file(request)
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def save_settings(self, request: web.Request, settings: dict[str, Any]) -> None:
        self._file(request).write_text(json.dumps(settings, indent=4), encoding="utf-8")

    def add_routes(self, routes: web.RouteTableDef) -> None:
        @routes.get("/settings")
        async def get_settings(request: web.Request) -> web.Response:
            return web.json_response(self.get_settings(request))

        @routes.get("/settings/{id}")
        async def get_setting(request: web.Request) -> web.Response:
            return web.json_response(self.get_settings(request).get(request.match_info["id"]))

        @routes.post("/settings")
        async def post_settings(request: web.Request) -> web.Response:
            self.save_settings(request, self.get_settings(request) | await request.json())
            return web.Response()

        @routes.post("/settings/{id}")
        async def post_setting(request: web.Request) -> web.Response:
            changed = {request.match_info["id"]: await request.json()}
            self.save_settings(request, self.get_settings(request) | changed)
            return web.Response()
