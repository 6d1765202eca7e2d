"""The registry of node classes, and the loading of node packs by ComfyUI's rules."""

import importlib.util
import inspect
import logging
import os
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import comfy.model_management
import folder_paths
from comfy.cli_args import args
from comfy_api.latest import ComfyExtension

NODE_CLASS_MAPPINGS: dict[str, Any] = {}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}
EXTENSION_WEB_DIRS: dict[str, str] = {}
LOADED_MODULE_DIRS: dict[str, str] = {}


def before_node_execution() -> None:
    comfy.model_management.throw_exception_if_processing_interrupted()


def interrupt_processing(value: bool = True) -> None:
    comfy.model_management.interrupt_current_processing(value)


def get_module_name(module_path: str) -> str:
    path = Path(module_path)
    return path.stem if path.is_file() else path.name


def _import(module_path: str) -> tuple[ModuleType, str, Path]:
    """Import a pack; give its module, the name it is known by and its folder."""
    path = Path(module_path)
    if path.is_file():
        name = registered_as = str(path.with_suffix(""))
        source, folder = path, path.parent
    else:
        name, registered_as = path.name, module_path.replace(".", "_x_")
        source, folder = path / "__init__.py", path
    spec = importlib.util.spec_from_file_location(registered_as, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"nothing to import in {module_path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[registered_as] = module
    spec.loader.exec_module(module)
    return module, name, folder


def _register_web_folder(module: ModuleType, name: str, folder: Path) -> None:
    declared = getattr(module, "WEB_DIRECTORY", None)
    if declared is None:
        return
    web_folder = os.path.abspath(folder / declared)  # noqa: PTH100  (keeps a symbolic link)
    if Path(web_folder).is_dir():
        EXTENSION_WEB_DIRS[name] = web_folder


def _register(name: str, node_class: Any, origin: str) -> None:
    NODE_CLASS_MAPPINGS[name] = node_class
    node_class.RELATIVE_PYTHON_MODULE = origin


async def _v3_classes(entrypoint: Any) -> list[Any] | None:
    """Node classes of a V3 extension, or None when the entry point breaks the rules."""
    extension = entrypoint()
    if inspect.isawaitable(extension):
        extension = await extension
    if not isinstance(extension, ComfyExtension):
        return None
    await extension.on_load()
    return await extension.get_node_list()


async def _register_nodes(module: ModuleType, taken: set[str], origin: str) -> bool:
    mappings = getattr(module, "NODE_CLASS_MAPPINGS", None)
    if mappings is not None:
        for name, node_class in mappings.items():
            if name not in taken:
                _register(name, node_class, origin)
        NODE_DISPLAY_NAME_MAPPINGS.update(getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", None) or {})
        return True
    classes = await _v3_classes(getattr(module, "comfy_entrypoint", lambda: None))
    for node_class in classes or []:
        schema = node_class.GET_SCHEMA()
        if schema.node_id not in taken:
            _register(schema.node_id, node_class, origin)
        if schema.display_name is not None:
            NODE_DISPLAY_NAME_MAPPINGS[schema.node_id] = schema.display_name
    return classes is not None


async def load_custom_node(
    module_path: str, ignore: set[str] | None = None, module_parent: str = "custom_nodes"
) -> bool:
    """Load one pack; False, with the reason in the log, when it cannot be used."""
    try:
        module, name, folder = _import(module_path)
        LOADED_MODULE_DIRS[name] = str(folder.absolute())
        _register_web_folder(module, name, folder)
        origin = f"{module_parent}.{get_module_name(module_path)}"
        if await _register_nodes(module, ignore or set(), origin):
            return True
        logging.warning(
            "Skip %s: it has neither NODE_CLASS_MAPPINGS nor a proper comfy_entrypoint.",
            module_path,
        )
    except Exception as error:  # noqa: BLE001  (a broken pack must not stop the server)
        logging.warning(traceback.format_exc())
        logging.warning("Cannot import %s module for custom nodes: %s", module_path, error)
    return False


def _candidates() -> list[str]:
    found: list[str] = []
    for folder in folder_paths.get_folder_paths("custom_nodes"):
        names = sorted(entry.name for entry in Path(folder).iterdir())
        found += [os.path.join(folder, name) for name in names if name != "__pycache__"]  # noqa: PTH118
    return [
        path
        for path in found
        if not path.endswith(".disabled") and (Path(path).is_dir() or path.endswith(".py"))
    ]


async def init_external_custom_nodes() -> None:
    # While packs are imported `comfy/` comes first, so `import utils` is ComfyUI's.
    sys.path.insert(0, str(Path(folder_paths.base_path, "comfy")))
    taken = set(NODE_CLASS_MAPPINGS)
    times: list[tuple[float, str, bool]] = []
    for module_path in _candidates():
        started = time.perf_counter()
        loaded = await load_custom_node(module_path, taken)
        times.append((time.perf_counter() - started, module_path, loaded))
    if times:
        logging.info("\nImport times for custom nodes:")
    for seconds, module_path, loaded in sorted(times):
        remark = "" if loaded else " (IMPORT FAILED)"
        logging.info("%6.1f seconds%s: %s", seconds, remark, module_path)


async def init_builtin_api_nodes() -> list[str]:
    files = sorted(Path(folder_paths.base_path, "comfy_api_nodes").glob("nodes_*.py"))
    return [
        file.name
        for file in files
        if not await load_custom_node(str(file), module_parent="comfy_api_nodes")
    ]


async def init_extra_nodes() -> None:
    failed = [] if args.disable_api_nodes else await init_builtin_api_nodes()
    if args.disable_all_custom_nodes:
        logging.info("Skipping loading of custom nodes")
    else:
        await init_external_custom_nodes()
    for name in failed:
        logging.warning("IMPORT FAILED: %s", name)
