"""A server with real services, and Passport's adapter round a stub of ComfyUI's executor."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from passport.comfyui.execution_binding import ExecutionBinding
from passport.comfyui.live_secrets import LiveSecrets
from passport.comfyui.prompt_hook import PromptHook
from passport.comfyui.redaction import Redaction
from passport.tests.comfyui_adapter.stub_execution import StubServer, make_execution
from passport.tests.server_routes.fixtures import (  # noqa: F401
    api,
    browser,
    comfyui_modules,
    mail_office,
    mailing,
    migrated_store,
    no_proxy,
    server,
    start_server,
)
from passport.tests.server_routes.passport_server import PassportServer


@dataclass
class Adapter:
    """The adapter, and what a test asks of it."""

    passport: PassportServer
    execution: Any
    classes: dict[str, type]
    folder: Path
    modules: pytest.MonkeyPatch
    stub_server: StubServer = field(default_factory=StubServer)

    def install(self) -> None:
        """Wrap what fits, as `comfyui.install` does."""
        passport = self.passport
        self.redaction = Redaction(LiveSecrets())
        self.redaction.install(self.execution, StubServer)
        self.binding = ExecutionBinding(
            passport.composition, passport.claims, self.redaction, self.execution
        )
        self.binding.install()
        passport.hook = PromptHook(passport.composition, passport.claims, self.binding)

    def add_node(self, name: str, pack: str | None, hidden: Any = None, **attributes: Any) -> type:
        """Register a node class of this pack; None: one of ComfyUI's own API nodes."""
        where = "comfy_api_nodes" if pack is None else f"custom_nodes/{pack}"
        module = ModuleType(f"stub.{where}.{name}")
        module.__file__ = str(self.folder / where / "nodes.py")
        kinds = {"api_key": "API_KEY_COMFY_ORG"} if hidden is None else hidden
        node_class = type(
            name,
            (),
            {
                "__module__": module.__name__,
                "INPUT_TYPES": classmethod(lambda cls: {"required": {}, "hidden": kinds}),
                "RELATIVE_PYTHON_MODULE": where.replace("/", "."),
                **attributes,
            },
        )
        setattr(module, name, node_class)
        self.modules.setitem(sys.modules, module.__name__, module)
        self.classes[name] = self.execution.node_classes[name] = node_class
        return node_class

    async def post(self, client: Any, *node_types: str, **fields: Any) -> Any:
        """POST /prompt; returns the json_data that the hook left."""
        body = {"prompt": prompt_of(*node_types), **fields}
        keep = self.passport.claims.take
        self.passport.claims.take = lambda handle: None  # the stub route looks; the run takes
        try:
            return (await client.post("/prompt", body)).json["left"]
        finally:
            self.passport.claims.take = keep

    def execute(self, left: Any, **more: Any) -> Any:
        """Run what was left; returns the executor."""
        executor = self.execution.PromptExecutor(self.stub_server)
        executor.execute(left["prompt"], "id", left.get("extra_data", {}), [], **more)
        return executor

    async def run(self, client: Any, *node_types: str, **fields: Any) -> Any:
        return self.execute(await self.post(client, *node_types, **fields))


def prompt_of(*node_types: str) -> dict[str, Any]:
    return {str(n): {"class_type": kind, "inputs": {}} for n, kind in enumerate(node_types, 1)}


def error_of(executor: Any) -> dict[str, Any]:
    """The one error that the run ended with."""
    (error,) = [data for event, data in executor.status_messages if event == "execution_error"]
    return error


@pytest.fixture
def adapter(
    server: PassportServer,  # noqa: F811
    comfyui_modules: dict[str, type],  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Adapter:
    """The adapter, installed, with one API node of ComfyUI's own: `Own`."""
    monkeypatch.setattr(StubServer, "send_sync", StubServer.send_sync)
    adapter = Adapter(server, make_execution(), comfyui_modules, tmp_path / "ComfyUI", monkeypatch)
    adapter.install()
    adapter.add_node("Own", None)
    return adapter
