"""A careless host for the leak tests, and the persons in it."""
# ruff: noqa: F811  (pytest hands fixtures over by the names of parameters)

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from passport.tests.comfyui.harness.fixtures import (  # noqa: F401
    ada,
    ben,
    browser,
    kind,
    new_client,
    new_folder,
    service,
    stranger,
    text,
)
from passport.tests.comfyui.harness.hosts import Host, run_host
from passport.tests.comfyui.harness.service import Service

collect_ignore = ["exits.py"]

HABITS = {
    "info": {},
    "debug": {"verbose": "DEBUG"},
    "old": {"verbose": "DEBUG", "old_leaks": True},
}
"""How much the host tells by itself. A real ComfyUI has the habits of its version."""


@pytest.fixture(scope="session", params=list(HABITS))
def host(
    request: pytest.FixtureRequest, kind: str, service: Service, new_folder: Callable[[], Path]
) -> Generator[Host, None, None]:
    if kind == "comfyui" and request.param == "old":
        pytest.skip("A real ComfyUI is as old as it is.")
    with run_host(kind, new_folder(), service.url, **HABITS[request.param]) as running:
        yield running
