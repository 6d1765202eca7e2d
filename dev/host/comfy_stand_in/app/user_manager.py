"""The users of the interface (no authentication, as in ComfyUI) and their files."""

import json
import re
import shutil
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web

import folder_paths
from app.app_settings import AppSettings
from comfy.cli_args import args


def _info(file: Path, root: Path) -> dict[str, Any]:
    status = file.stat()
    return {
        "path": file.relative_to(root).as_posix(),
        "size": status.st_size,
        "modified": int(status.st_mtime * 1000),
        "created": int(status.st_ctime * 1000),
    }


class UserManager:
    def __init__(self) -> None:
        self.settings = AppSettings(self)
        Path(folder_paths.get_user_directory()).mkdir(parents=True, exist_ok=True)
        self.users: dict[str, str] = {} if args.multi_user else {"default": "default"}
        if args.multi_user and self._users_file().is_file():
            self.users = json.loads(self._users_file().read_text(encoding="utf-8"))

    def _users_file(self) -> Path:
        return Path(folder_paths.get_user_directory(), "users.json")

    def get_request_user_id(self, request: web.Request) -> str:
        user = "default"
        if args.multi_user and "comfy-user" in request.headers:
            user = request.headers["comfy-user"]
        if user.startswith(folder_paths.SYSTEM_USER_PREFIX) or user not in self.users:
            raise KeyError(f"Unknown user: {user}")
        return user

    def get_request_user_filepath(
        self,
        request: web.Request,
        file: str | None,
        type: str = "userdata",  # noqa: A002  (ComfyUI's signature)
        create_dir: bool = True,
    ) -> str | None:
        """Absolute path of a user's file, or None when it would leave the user's folder."""
        if type != "userdata":
            raise KeyError(f"Unknown filepath type: {type}")
        root = Path(folder_paths.get_user_directory(), self.get_request_user_id(request))
        path = root
        if file is not None:
            path = Path(root, unquote(file) if "%" in file else file).resolve()
            if not path.is_relative_to(root.resolve()):
                return None
            path = Path(root, path.relative_to(root.resolve()))
        if create_dir:
            path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def add_user(self, name: str) -> str:
        name = name.strip()
        if not name or name.startswith(folder_paths.SYSTEM_USER_PREFIX):
            raise ValueError("not a user name")
        user_id = re.sub(r"[^a-zA-Z0-9-_]+", "-", name) + f"_{uuid.uuid4()}"
        self.users[user_id] = name
        self._users_file().write_text(json.dumps(self.users), encoding="utf-8")
        return user_id

    def _path(self, request: web.Request, parameter: str = "file", exists: bool = False) -> Path:
        found = self.get_request_user_filepath(request, request.match_info[parameter])
        if found is None:
            raise web.HTTPForbidden
        if exists and not Path(found).exists():
            raise web.HTTPNotFound
        return Path(found)

    def _listed(self, request: web.Request, parameter: str) -> tuple[Path, list[Path]]:
        folder = request.query.get(parameter, "")
        found = self.get_request_user_filepath(request, folder)
        if found is None:
            raise web.HTTPForbidden
        root = Path(found)
        if not root.is_dir():
            raise web.HTTPNotFound
        recurse = request.query.get("recurse", "").lower() == "true"
        return root, sorted(root.rglob("*") if recurse else root.iterdir())

    def add_routes(self, routes: web.RouteTableDef) -> None:
        self.settings.add_routes(routes)
        self._add_user_routes(routes)
        self._add_listing_routes(routes)
        self._add_file_routes(routes)

    def _add_user_routes(self, routes: web.RouteTableDef) -> None:
        @routes.get("/users")
        async def get_users(request: web.Request) -> web.Response:
            if args.multi_user:
                return web.json_response({"storage": "server", "users": self.users})
            folder = self.get_request_user_filepath(request, None, create_dir=False)
            migrated = Path(folder or "").exists()
            return web.json_response({"storage": "server", "migrated": migrated})

        @routes.post("/users")
        async def post_users(request: web.Request) -> web.Response:
            name = (await request.json())["username"]
            if name in self.users.values():
                return web.json_response({"error": "Duplicate username."}, status=400)
            return web.json_response(self.add_user(name))

    def _add_listing_routes(self, routes: web.RouteTableDef) -> None:
        @routes.get("/userdata")
        async def list_user_data(request: web.Request) -> web.Response:
            if not request.query.get("dir"):
                return web.Response(status=400, text="Directory not provided")
            root, entries = self._listed(request, "dir")
            files = [entry for entry in entries if entry.is_file()]
            if request.query.get("full_info", "").lower() == "true":
                return web.json_response([_info(file, root) for file in files])
            names = [file.relative_to(root).as_posix() for file in files]
            if request.query.get("split", "").lower() == "true":
                return web.json_response([[name, *name.split("/")] for name in names])
            return web.json_response(names)

        @routes.get("/v2/userdata")
        async def list_user_data_v2(request: web.Request) -> web.Response:
            root, entries = self._listed(request, "path")
            base = Path(self.get_request_user_filepath(request, None) or "")
            kinds = [(entry, "file" if entry.is_file() else "directory") for entry in entries]
            listed = [_info(entry, base) | {"name": entry.name, "type": k} for entry, k in kinds]
            return web.json_response(listed if root.is_dir() else [])

    def _add_file_routes(self, routes: web.RouteTableDef) -> None:
        def answer(request: web.Request, file: Path) -> web.Response:
            root = Path(self.get_request_user_filepath(request, None) or "")
            full = request.query.get("full_info", "").lower() == "true"
            known = _info(file, root)
            return web.json_response(known if full else known["path"])

        def refuse_to_overwrite(request: web.Request, file: Path) -> None:
            if request.query.get("overwrite") == "false" and file.exists():
                raise web.HTTPConflict(text="File already exists")

        @routes.get("/userdata/{file}")
        async def get_user_data(request: web.Request) -> web.FileResponse:
            headers = {
                "Content-Disposition": "attachment",
                "X-Content-Type-Options": "nosniff",
            }
            return web.FileResponse(self._path(request, exists=True), headers=headers)

        @routes.post("/userdata/{file}")
        async def post_user_data(request: web.Request) -> web.Response:
            file = self._path(request)
            refuse_to_overwrite(request, file)
            file.write_bytes(await request.read())
            return answer(request, file)

        @routes.delete("/userdata/{file}")
        async def delete_user_data(request: web.Request) -> web.Response:
            self._path(request, exists=True).unlink()
            return web.Response(status=204)

        @routes.post("/userdata/{file}/move/{dest}")
        async def move_user_data(request: web.Request) -> web.Response:
            source, target = self._path(request, exists=True), self._path(request, "dest")
            refuse_to_overwrite(request, target)
            shutil.move(source, target)
            return answer(request, target)
