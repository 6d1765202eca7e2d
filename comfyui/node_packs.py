"""Which nodes want the credential, and which pack each comes from."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

CREDENTIAL_INPUTS = frozenset({"AUTH_TOKEN_COMFY_ORG", "API_KEY_COMFY_ORG"})
OWN_API_NODES = "comfy_api_nodes"

# Node classes stay as long as ComfyUI does.
_wants: dict[type, bool] = {}
_packs: dict[type, str | None] = {}


def wants_credential(node_class: type) -> bool:
    """Tell whether the node declares a hidden input for the credential.

    Asked once per class: INPUT_TYPES of some nodes lists folders.
    """
    known = _wants.get(node_class)
    if known is None:
        known = _wants[node_class] = not CREDENTIAL_INPUTS.isdisjoint(_hidden_inputs(node_class))
    return known


def find_pack(node_class: type) -> str | None:
    """Return the name of the node pack, or None for ComfyUI's own API nodes.

    The place of the code decides, not what a class says of itself.
    """
    if node_class not in _packs:
        _packs[node_class] = _locate(node_class)
    return _packs[node_class]


def find_wanting_packs(prompt: object) -> tuple[bool, dict[str, set[str]]]:
    """Tell whether a node of the prompt wants the credential; name the packs beside ComfyUI's own
    that do, each with its node types.

    A prompt of any other form than a prompt's wants nothing: ComfyUI will refuse it.
    """
    wanted = False
    packs: dict[str, set[str]] = {}
    mappings = _node_classes()
    for node_type in _node_types(prompt):
        node_class = mappings.get(node_type)
        # Most nodes are known to want nothing: for them not even a call.
        if node_class is None or _wants.get(node_class) is False:
            continue
        if not wants_credential(node_class):
            continue
        wanted = True
        if pack := find_pack(node_class):
            packs.setdefault(pack, set()).add(node_type)
    return wanted, packs


def find_class(node_type: str) -> type | None:
    """Return the class behind a node type, or None."""
    return _node_classes().get(node_type)


def _node_classes() -> dict[str, type]:
    nodes: Any = sys.modules["nodes"]  # ComfyUI's own; it is there as long as prompts run
    return nodes.NODE_CLASS_MAPPINGS


def find_wanting_node(prompt: Mapping[str, Any], pack: str | None) -> str:
    """Return the id of the first node that wants the credential, of this pack if one is named."""
    for node_id, node in prompt.items():
        node_class = find_class(node["class_type"])
        if node_class is None or not wants_credential(node_class):
            continue
        if pack is None or find_pack(node_class) == pack:
            return node_id
    return next(iter(prompt))


def _node_types(prompt: object) -> Iterable[str]:
    try:
        nodes = cast("dict[str, dict[str, str]]", prompt).values()
        return set(map(itemgetter("class_type"), nodes))
    except (AttributeError, KeyError, TypeError):
        return ()


def _hidden_inputs(node_class: Any) -> set[str]:
    schema = getattr(node_class, "GET_SCHEMA", None)
    if schema is not None:
        return {str(getattr(item, "value", item)) for item in schema().hidden or ()}
    hidden = cast("dict[str, Any]", node_class.INPUT_TYPES().get("hidden") or {})
    return {str(kind) for kind in hidden.values()}


def _locate(node_class: Any) -> str | None:
    folder_paths: Any = importlib.import_module("folder_paths")
    file = _find_file(node_class)
    if file is not None:
        # Where its code is: base_path is elsewhere as soon as --base-directory is used.
        if file.resolve().is_relative_to(
            Path(folder_paths.__file__).resolve().parent / OWN_API_NODES
        ):
            return None
        for folder in folder_paths.get_folder_paths("custom_nodes"):
            if file.is_relative_to(folder):
                first, *rest = file.relative_to(folder).parts
                return first if rest else file.stem
    claimed = str(getattr(node_class, "RELATIVE_PYTHON_MODULE", ""))
    return claimed.removeprefix("custom_nodes.") or (file.parent.name if file else "unknown")


def _find_file(node_class: Any) -> Path | None:
    """Return the file of the class's module, if that module really has the class in it."""
    module = sys.modules.get(node_class.__module__)
    file = getattr(module, "__file__", None)
    if not file or all(item is not node_class for item in vars(module).values()):
        return None
    return Path(file)
