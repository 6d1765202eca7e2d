"""A store with people in it, and the command line that is run on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from passport.clock import utc_now
from passport.storage.database import Database, sqlite_url
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import (  # noqa: F401
    House,
    clock,
    comfy,
    database,
    mailing,
    open_sqlite,
    post_office,
    postgresql,
)
from passport.tests.backend.fixtures import house as settable_house  # noqa: F401
from passport.tests.server_routes.fixtures import (  # noqa: F401
    api,
    comfyui_modules,
    migrated_store,
    no_proxy,
    start_server,
)

from .program import Program


@pytest.fixture
def store(tmp_path: Path, migrated_store: Path) -> Path:  # noqa: F811
    """A data folder with an empty store in it, as ComfyUI's first start leaves it."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_store, folder)
    return folder


@pytest.fixture
def program(store: Path, tmp_path: Path) -> Program:
    """The command line on that store."""
    return Program(PASSPORT_DATA_FOLDER=str(store), HOME=str(tmp_path))


@pytest.fixture
def house(store: Path, comfy: ComfyInMemory) -> Iterator[House]:  # noqa: F811
    """What a running ComfyUI has open on that store."""
    opened = Database(sqlite_url(store))
    yield House(opened, comfy, utc_now)
    opened.close()
