"""Texts and example workflows that node packs bring along."""

import json
import logging
from pathlib import Path
from typing import Any

from aiohttp import web

import folder_paths

EXTRA_LOCALE_FILES = ("nodeDefs", "commands", "settings")
WORKFLOW_FOLDERS = ("example_workflows", "example", "examples", "workflow", "workflows")


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        logging.exception("Error loading %s", file)
        return {}


def _merge(base: Any, update: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(update, dict):
        return update
    merged: dict[str, Any] = dict(base)  # pyright: ignore[reportUnknownArgumentType]
    for key, value in update.items():  # pyright: ignore[reportUnknownVariableType]
        merged[key] = _merge(merged[key], value) if key in merged else value
    return merged


def _pack_folders() -> list[Path]:
    return [
        pack
        for folder in folder_paths.get_folder_paths("custom_nodes")
        for pack in sorted(Path(folder).iterdir())
        if pack.is_dir()
    ]


def _texts_of(language_folder: Path) -> dict[str, Any]:
    """main.json, and commands, settings and nodeDefs under their own names."""
    texts = _read(language_folder / "main.json")
    for name in EXTRA_LOCALE_FILES:
        extra = _read(language_folder / f"{name}.json")
        if extra:
            texts[name] = extra
    return texts


def _example_names(pack: Path) -> list[str]:
    files = [file for folder in WORKFLOW_FOLDERS for file in (pack / folder).glob("*.json")]
    return sorted(file.stem for file in files)


class CustomNodeManager:
    def build_translations(self) -> dict[str, Any]:
        translations: dict[str, Any] = {}
        for pack in _pack_folders():
            for language_folder in (pack / "locales").glob("*/"):
                known = translations.get(language_folder.name, {})
                translations[language_folder.name] = _merge(known, _texts_of(language_folder))
        return translations

    def add_routes(
        self, routes: web.RouteTableDef, webapp: web.Application, loaded_modules: Any
    ) -> None:
        @routes.get("/workflow_templates")
        async def get_workflow_templates(_: web.Request) -> web.Response:
            found = {pack.name: _example_names(pack) for pack in _pack_folders()}
            return web.json_response({name: names for name, names in found.items() if names})

        @routes.get("/i18n")
        async def get_i18n(_: web.Request) -> web.Response:
            return web.json_response(self.build_translations())

        for name, module_folder in loaded_modules:
            for folder in WORKFLOW_FOLDERS:
                examples = Path(module_folder, folder)
                if examples.is_dir():
                    webapp.router.add_static(f"/api/workflow_templates/{name}", examples)
