"""Fixtures of the tiny server, of the stores, and of what is reported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from passport.tests.backend.fixtures import (  # noqa: F401
    clock,
    comfy,
    database,
    mailing,
    open_sqlite,
    post_office,
    postgresql,
)
from passport.tests.faults.flows import FLOWS
from passport.tests.faults.results import Results
from passport.tests.length import FULL
from passport.tests.server_routes.fixtures import (  # noqa: F401
    api,
    browser,
    comfyui_modules,
    migrated_store,
    no_proxy,
    server,
    start_server,
)


@pytest.fixture(scope="session")
def results(pytestconfig: pytest.Config) -> Iterator[Results]:
    """What the kills show; a run at full length over all flows writes it down."""
    results = Results()
    yield results
    if not FULL:
        return
    terminal = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        terminal.write_line("")
        for line in results.table():
            terminal.write_line(line)
    if {flow for flow, _ in results.lines} == FLOWS.keys():
        results.write()
