"""Imports run downward only, and ComfyUI's start does not wait for what is heavy.

    nodes → comfyui → server_routes → services, composition
          → accounts, backups → vault → audit → network → providers, storage → the root modules

`accounts`, `vault` and `network` are one floor in the design, and have an order within it: a
log-in stores a credential, and the vault's rows of the Doctor are of the network's kind.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest
from passport.tests.architecture.source import (
    FOLDERS,
    PRODUCT,
    absolute_imports_of,
    imports_of,
    name_of,
)
from passport.tests.conftest import ROOT

GROUND = (
    "clock",
    "errors",
    "secret",
    "setting_values",
    "openid_settings",
    "settings",
    "data_folder",
    "version",
)
FLOORS = {
    **dict.fromkeys(GROUND, 0),
    "providers": 1,
    "storage": 1,
    "network": 2,
    "audit": 3,
    "vault": 4,
    "accounts": 5,
    "backups": 5,
    "services": 6,
    "composition": 7,
    "server_routes": 8,
    "command_line": 8,
    "comfyui": 9,
    "nodes": 10,
    "__init__": 11,
    "__main__": 11,
}
HTTP_AND_COMFYUI = ("aiohttp", "server", "execution", "folder_paths", "comfy", "nodes", "app")
HEAVY = (
    "sqlalchemy",
    "alembic",
    "cryptography",
    "jwt",
    "pydantic",
    "keyring",
    "argon2",
    "psycopg",
    "zxcvbn",
    "email_validator",
    "smtplib",
)


def part_of(*parts: str) -> str:
    return parts[0].removesuffix(".py")


def test_every_part_of_the_product_has_its_floor():
    assert {part_of(*path.relative_to(ROOT).parts) for path in PRODUCT} == set(FLOORS)


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_imports_run_downward_only(path):
    here = part_of(*path.relative_to(ROOT).parts)
    for target in imports_of(path):
        there = part_of(*target)
        assert there in FLOORS, f"{name_of(path)} imports {'.'.join(target)}"
        same = here == there or (here in GROUND and there in GROUND)
        down = FLOORS[there] < FLOORS[here]
        assert same or down, f"{name_of(path)} imports {'.'.join(target)}, which stands above it"


def test_providers_and_storage_do_not_know_each_other():
    for path in PRODUCT:
        here = part_of(*path.relative_to(ROOT).parts)
        for target in imports_of(path):
            assert {here, part_of(*target)} != {"providers", "storage"}


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_the_domain_knows_neither_http_nor_comfyui(path):
    here = part_of(*path.relative_to(ROOT).parts)
    foreign = {name.partition(".")[0] for name in absolute_imports_of(path)}
    if here in ("accounts", "vault", "audit", "network", "storage"):
        assert foreign.isdisjoint(HTTP_AND_COMFYUI)
    if here == "providers" or here in GROUND:
        assert foreign.isdisjoint(set(HTTP_AND_COMFYUI) - {"aiohttp"})


@pytest.mark.asvs("15.2.3")
@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_nothing_of_the_product_needs_what_only_developers_have(path):
    for target in imports_of(path):
        assert target[0] not in ("dev", "tests", "benchmarks")
    foreign = {name.partition(".")[0] for name in absolute_imports_of(path)}
    assert foreign.isdisjoint({*FOLDERS, "passport", "pytest"} - {"nodes"})


IMPORT_THE_DOOR = """
import importlib.util, json, sys, types
from unittest.mock import MagicMock
from aiohttp import web

routes = web.RouteTableDef()
instance = types.SimpleNamespace(
    routes=routes, app=web.Application(), add_on_prompt_handler=lambda handler: None)
class PromptServer: pass
PromptServer.instance = instance
STUBS = {name: MagicMock(name=name) for name in ("execution", "comfy", "comfy.cli_args",
         "folder_paths", "nodes", "app", "app.frontend_management", "comfy_api_nodes")}
STUBS["server"] = types.SimpleNamespace(PromptServer=PromptServer)
sys.modules.update(STUBS)
before = set(sys.modules)
name = sys.argv[1].replace(".", "_x_")
spec = importlib.util.spec_from_file_location(
    name, sys.argv[1] + "/__init__.py", submodule_search_locations=[sys.argv[1]])
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)
print(json.dumps({
    "loaded": sorted({each.partition(".")[0] for each in set(sys.modules) - before}),
    "routes": len(routes),
    "nodes": sorted(module.NODE_CLASS_MAPPINGS),
    "middlewares": len(instance.app.middlewares),
}))
"""


def test_the_door_loads_nothing_heavy_and_opens_nothing(tmp_path):
    """STUBS stand for ComfyUI's modules. It is imported by its path, as ComfyUI does it."""
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IMPORT_THE_DOOR), str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    found = json.loads(said.stdout.splitlines()[-1])
    assert set(HEAVY).isdisjoint(found["loaded"])
    assert (found["nodes"], found["middlewares"]) == (["PassportStatus"], 1)
    assert found["routes"] >= 10
    assert list(tmp_path.iterdir()) == []
