"""The fixtures of these tests: the same test runs in the stand-in and in a real ComfyUI."""

import os
import secrets
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from passport.dev.practice import Person

from .client import Client
from .hosts import Host, run_host
from .service import Service

NO_COMFYUI = (
    "NOT TRIED IN A REAL COMFYUI: set COMFYUI_PATH to a checkout of it, and COMFYUI_PYTHON to the "
    "Python that runs it."
)
KINDS = ["stand-in", pytest.param("comfyui", marks=pytest.mark.comfyui)]


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which host: `stand-in` or `comfyui`."""
    if request.param == "comfyui" and not os.environ.get("COMFYUI_PATH"):
        pytest.skip(NO_COMFYUI)
    return request.param


@pytest.fixture(scope="session")
def service() -> Generator[Service, None, None]:
    with Service() as running:
        yield running


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("host") / "data folder"


@pytest.fixture(scope="session")
def host(
    kind: str, service: Service, new_folder: Callable[[], Path]
) -> Generator[Host, None, None]:
    """One host for all tests: they differ in their persons, not in their servers."""
    with run_host(kind, new_folder(), service.url) as running:
        yield running


@pytest.fixture
def new_client(host: Host) -> Generator[Callable[[], Client], None, None]:
    """`new_client()`: somebody who is not logged in."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(host.client())


@pytest.fixture
def ada(service: Service) -> Person:
    """A person with an account at the service, and a key that occurs nowhere else."""
    return service.new_person("Ada Canary")


@pytest.fixture
def ben(service: Service) -> Person:
    return service.new_person("Ben Canary")


@pytest.fixture
def browser(new_client: Callable[[], Client], ada: Person) -> Client:
    """Ada's browser, logged in."""
    return new_client().log_in(ada)


@pytest.fixture
def stranger(new_client: Callable[[], Client]) -> Client:
    """Somebody who is not logged in."""
    return new_client()


@pytest.fixture
def text() -> str:
    """What this test asks the service, and no other."""
    return f"a picture of {secrets.token_hex(8)}"


__all__: list[Any] = [
    "ada",
    "ben",
    "browser",
    "host",
    "kind",
    "new_client",
    "new_folder",
    "service",
    "stranger",
    "text",
]
