"""Which pack a node is of: where its code stands, not what it says of itself."""

from __future__ import annotations

import sys
from enum import Enum
from types import ModuleType, SimpleNamespace

import pytest
from passport.comfyui.node_packs import find_pack, find_wanting_packs, wants_credential


@pytest.fixture
def make_class(adapter, tmp_path):
    """`make_class(file, **attributes)`: a class that stands in this file under ComfyUI."""

    def make(file: str, **attributes) -> type:
        module = ModuleType(f"stub.{file}")
        module.__file__ = str(adapter.folder / file)
        module.Node = type("Node", (), {"__module__": module.__name__, **attributes})
        adapter.modules.setitem(sys.modules, module.__name__, module)
        return module.Node

    return make


@pytest.mark.parametrize(
    ("file", "pack"),
    [
        ("comfy_api_nodes/nodes_openai.py", None),
        ("comfy_api_nodes/deep/er/nodes.py", None),
        ("custom_nodes/ComfyUI-Friend/__init__.py", "ComfyUI-Friend"),
        ("custom_nodes/ComfyUI-Friend/src/nodes/api.py", "ComfyUI-Friend"),
        ("custom_nodes/with.dots/nodes.py", "with.dots"),
        ("custom_nodes/single_file.py", "single_file"),
        ("custom_nodes/comfy_api_nodes/nodes.py", "comfy_api_nodes"),
        ("comfy_api_nodes_evil/nodes.py", "comfy_api_nodes_evil"),
        ("comfy_api_nodes/../custom_nodes/evil/nodes.py", "evil"),
        ("comfy_extras/nodes_x.py", "comfy_extras"),
        ("elsewhere/nodes.py", "elsewhere"),
    ],
)
def test_the_place_of_the_code_decides(make_class, file, pack):
    assert find_pack(make_class(file)) == pack


@pytest.mark.parametrize(
    "claim",
    ["comfy_api_nodes.nodes_openai", "comfy_api_nodes", "custom_nodes.ComfyUI-Friend", "", 1, None],
)
def test_a_spoofed_relative_python_module_borrows_nobodys_permission(make_class, claim):
    node_class = make_class("custom_nodes/evil/nodes.py", RELATIVE_PYTHON_MODULE=claim)
    assert find_pack(node_class) == "evil"


def test_a_spoofed_module_is_not_believed(adapter, make_class):
    own = make_class("comfy_api_nodes/nodes_openai.py")
    evil = type("Evil", (), {"__module__": own.__module__})
    evil.RELATIVE_PYTHON_MODULE = "custom_nodes.evil"  # as ComfyUI sets it on what it loads
    assert find_pack(evil) == "evil"
    nobody = type("Nobody", (), {"__module__": own.__module__})
    assert find_pack(nobody) is not None


def test_a_class_that_inherits_from_an_api_node_is_its_own_packs(make_class):
    own = make_class("comfy_api_nodes/nodes_openai.py", RELATIVE_PYTHON_MODULE="comfy_api_nodes.x")
    child = make_class("custom_nodes/heir/nodes.py")
    heir = type("Heir", (own,), {"__module__": child.__module__})
    sys.modules[child.__module__].Heir = heir
    assert find_pack(heir) == "heir"


@pytest.mark.parametrize("module", ["no.such.module", "builtins", "__main__"])
def test_a_class_without_a_file_is_what_comfyui_says_it_is(adapter, module):
    node_class = type("Made", (), {"__module__": module})
    node_class.RELATIVE_PYTHON_MODULE = "custom_nodes.maker"
    assert find_pack(node_class) == "maker"
    assert find_pack(type("Bare", (), {"__module__": module})) is not None


class TestWanting:
    @pytest.mark.parametrize(
        ("hidden", "wanted"),
        [
            ({"api_key": "API_KEY_COMFY_ORG"}, True),
            ({"any name": "AUTH_TOKEN_COMFY_ORG"}, True),
            ({"id": "UNIQUE_ID", "p": "PROMPT", "key": "API_KEY_COMFY_ORG"}, True),
            ({"id": "UNIQUE_ID"}, False),
            ({"API_KEY_COMFY_ORG": "UNIQUE_ID"}, False),
            ({}, False),
            (None, False),
        ],
    )
    def test_v1_nodes_by_their_hidden_inputs(self, make_class, hidden, wanted):
        types = classmethod(lambda cls: {"required": {}, "hidden": hidden})
        assert wants_credential(make_class("a.py", INPUT_TYPES=types)) is wanted

    def test_v3_nodes_by_their_schema(self, make_class):
        kinds = Enum("Hidden", {"api_key": "API_KEY_COMFY_ORG", "unique_id": "UNIQUE_ID"})
        for hidden, wanted in (([kinds.api_key], True), ([kinds.unique_id], False), (None, False)):
            schema = SimpleNamespace(hidden=hidden)
            get = classmethod(lambda cls, schema=schema: schema)
            assert wants_credential(make_class("a.py", GET_SCHEMA=get)) is wanted

    def test_a_class_is_asked_once(self, make_class):
        calls = []
        types = classmethod(lambda cls: calls.append(1) or {"hidden": {}})
        node_class = make_class("a.py", INPUT_TYPES=types)
        for _ in range(3):
            wants_credential(node_class)
        assert calls == [1]

    def test_a_prompt_names_the_packs_and_their_node_types(self, adapter):
        adapter.add_node("A", "one")
        adapter.add_node("B", "one")
        adapter.add_node("Plain", "two", hidden={})
        kinds = ("Own", "A", "B", "A", "Plain", "Unknown")
        prompt = {str(n): {"class_type": kind} for n, kind in enumerate(kinds)}
        assert find_wanting_packs(prompt) == (True, {"one": {"A", "B"}})
        assert find_wanting_packs({"1": {"class_type": "Plain"}}) == (False, {})

    @pytest.mark.parametrize("prompt", [None, [], "x", {}, {"1": None}, {"1": {"class_type": []}}])
    def test_what_is_no_prompt_wants_nothing(self, adapter, prompt):
        assert find_wanting_packs(prompt) == (False, {})
