"""pytest fixtures round the host and the fake service.

A conftest.py takes them with `pytest_plugins = ["passport.dev.fixtures"]`.
"""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from .data_folder import furnish
from .fakes.comfy_api_thread import ComfyApiThread
from .host.process import HostOptions, HostProcess

StartHost = Callable[..., HostProcess]

UNTRUSTED_PACKS = Path(__file__).parent / "packs"


@pytest.fixture
def comfy_api() -> Generator[ComfyApiThread, None, None]:
    """The fake service in the `up` mode."""
    with ComfyApiThread() as service:
        yield service


@pytest.fixture(scope="session")
def blank_frontend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty page, for tests that need no frontend."""
    folder = tmp_path_factory.mktemp("frontend")
    (folder / "index.html").write_text("<!doctype html><title>blank</title>", encoding="utf-8")
    return folder


@pytest.fixture(params=["oldest", "newest"])
def frontend(request: pytest.FixtureRequest) -> Path:
    """The oldest and the newest supported frontend; `dev test` fetches them."""
    variable = f"PASSPORT_FRONTEND_{request.param.upper()}"
    if variable not in os.environ:
        pytest.fail(f"{variable} is not set: run the tests by `python3 dev test`.")
    return Path(os.environ[variable])


@pytest.fixture
def start_host(
    tmp_path: Path, comfy_api: ComfyApiThread, blank_frontend: Path
) -> Generator[StartHost, None, None]:
    """`start_host(**HostOptions fields)`: a running host, ended after the test.

    Without options: data in a temporary folder, the fake service, no real frontend, Passport
    loaded. `furnished=True` puts the demo graph and quiet settings there for a browser.
    """
    started: list[HostProcess] = []

    def start(furnished: bool = False, **options: Any) -> HostProcess:
        data: Path = options.setdefault("data_folder", tmp_path / "host data")
        options.setdefault("static_folder", blank_frontend)
        options.setdefault("service_url", comfy_api.url)
        if furnished and not data.exists():
            data.mkdir(parents=True)
            furnish(data, "1.18.0")
        host = HostProcess(HostOptions(**options), log=tmp_path / f"host-{len(started)}.log")
        started.append(host)
        host.start()
        return host

    yield start
    for host in started:
        host.stop()
