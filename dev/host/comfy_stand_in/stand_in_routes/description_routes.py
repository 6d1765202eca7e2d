"""What this server is and has: nodes, extensions, features, models, itself."""

import logging
import os
import platform
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

import folder_paths
import nodes
from app.frontend_management import FrontendManager
from comfy_api import feature_flags
from comfy_execution.node_calls import is_v3
from comfyui_version import __version__

STAND_IN = "This is the stand-in of Passport's `python3 dev try`. It is not ComfyUI."
V1_EXTRAS = {
    "output_tooltips": "OUTPUT_TOOLTIPS",
    "deprecated": "DEPRECATED",
    "experimental": "EXPERIMENTAL",
    "api_node": "API_NODE",
}


def node_info(name: str) -> dict[str, Any]:
    """A node as the frontend reads it, V1 form for V1 and V3."""
    node_class = nodes.NODE_CLASS_MAPPINGS[name]
    if is_v3(node_class):
        return node_class.GET_NODE_INFO_V1()
    inputs, outputs = node_class.INPUT_TYPES(), node_class.RETURN_TYPES
    info: dict[str, Any] = {
        "input": inputs,
        "input_order": {category: list(declared) for category, declared in inputs.items()},
        "is_input_list": getattr(node_class, "INPUT_IS_LIST", False),
        "output": outputs,
        "output_is_list": getattr(node_class, "OUTPUT_IS_LIST", [False] * len(outputs)),
        "output_name": getattr(node_class, "RETURN_NAMES", outputs),
        "name": name,
        "display_name": nodes.NODE_DISPLAY_NAME_MAPPINGS.get(name, name),
        "description": getattr(node_class, "DESCRIPTION", ""),
        "python_module": getattr(node_class, "RELATIVE_PYTHON_MODULE", "nodes"),
        "category": getattr(node_class, "CATEGORY", "sd"),
        "output_node": getattr(node_class, "OUTPUT_NODE", False) is True,
    }
    extras = {key: getattr(node_class, source, None) for key, source in V1_EXTRAS.items()}
    return info | {key: value for key, value in extras.items() if value is not None}


def _infos() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in nodes.NODE_CLASS_MAPPINGS:
        try:
            found[name] = node_info(name)
        except Exception:
            logging.exception("[ERROR] The node '%s' cannot be described.", name)
    return found


def _scripts(folder: str, served_at: str) -> list[str]:
    files = sorted(Path(folder).rglob("*.js"))
    return [f"{served_at}/{file.relative_to(folder).as_posix()}" for file in files]


def add_description_routes(server: Any, routes: web.RouteTableDef) -> None:
    @routes.get("/object_info")
    async def get_object_info(_: web.Request) -> web.Response:
        return web.json_response(_infos())

    @routes.get("/object_info/{node_class}")
    async def get_object_info_of_node(request: web.Request) -> web.Response:
        name = request.match_info["node_class"]
        known = name in nodes.NODE_CLASS_MAPPINGS
        return web.json_response({name: node_info(name)} if known else {})

    @routes.get("/extensions")
    async def get_extensions(_: web.Request) -> web.Response:
        found = _scripts(str(Path(server.web_root, "extensions")), "/extensions")
        for name, folder in nodes.EXTENSION_WEB_DIRS.items():
            found += _scripts(folder, f"/extensions/{quote(name)}")
        return web.json_response(found)

    @routes.get("/features")
    async def get_features(_: web.Request) -> web.Response:
        return web.json_response(feature_flags.get_server_features())

    @routes.get("/system_stats")
    async def get_system_stats(_: web.Request) -> web.Response:
        system = {
            "os": sys.platform,
            "ram_total": 0,
            "ram_free": 0,
            "comfyui_version": __version__,
            "stand_in": STAND_IN,
            "stand_in_run": os.environ.get("STAND_IN_RUN", ""),
            "required_frontend_version": FrontendManager.get_required_frontend_version(),
            "python_version": sys.version,
            "pytorch_version": "none",
            "embedded_python": False,
            "argv": sys.argv,
        }
        device = {"name": f"stand-in on {platform.machine()}", "type": "cpu", "index": 0}
        memory = ("vram_total", "vram_free", "torch_vram_total", "torch_vram_free")
        devices = [device | dict.fromkeys(memory, 0)]
        return web.json_response({"system": system, "devices": devices})


def add_model_routes(routes: web.RouteTableDef) -> None:
    @routes.get("/embeddings")
    async def get_embeddings(_: web.Request) -> web.Response:
        names = folder_paths.get_filename_list("embeddings")
        return web.json_response([os.path.splitext(name)[0] for name in names])  # noqa: PTH122

    @routes.get("/models")
    async def get_model_folders(_: web.Request) -> web.Response:
        return web.json_response(list(folder_paths.folder_names_and_paths))

    @routes.get("/models/{folder}")
    async def get_models(request: web.Request) -> web.Response:
        if request.match_info["folder"] not in folder_paths.folder_names_and_paths:
            raise web.HTTPNotFound
        return web.json_response(folder_paths.get_filename_list(request.match_info["folder"]))


def add_listing_routes(routes: web.RouteTableDef) -> None:
    @routes.get("/experiment/models")
    async def get_model_listing(_: web.Request) -> web.Response:
        known = folder_paths.folder_names_and_paths.items()
        return web.json_response([{"name": name, "folders": paths} for name, (paths, _) in known])

    @routes.get("/experiment/models/{folder}")
    async def get_model_files(_: web.Request) -> web.Response:
        return web.json_response([])

    @routes.get("/node_replacements")
    async def get_node_replacements(_: web.Request) -> web.Response:
        return web.json_response({})

    @routes.get("/global_subgraphs")
    async def get_global_subgraphs(_: web.Request) -> web.Response:
        return web.json_response({})
