"""The fixtures of the back end, and a store that has something in each table."""

from __future__ import annotations

from pathlib import Path

import pytest
from passport.storage.database import Database
from passport.tests.backend.fixtures import (  # noqa: F401
    OpenStore,
    clock,
    comfy,
    database,
    house,
    mailing,
    open_chosen,
    open_house,
    open_sqlite,
    open_store,
    post_office,
    postgresql,
    store_url,
)
from passport.tests.backend.full_store import fill
from passport.tests.backend.sealed import FIRST, keep_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a master key."""
    keep_key(tmp_path, FIRST)
    return tmp_path


@pytest.fixture
def store(open_chosen: OpenStore, folder: Path) -> Database:  # noqa: F811
    """A store with two people in it and something of theirs in each table."""
    opened = open_chosen()
    fill(opened, folder)
    return opened
