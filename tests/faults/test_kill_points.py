"""kill -9 at every point of every flow at which something is written.

Before and after each statement that writes, before and after each COMMIT, and around what happens
to files and letters, the process of the flow ends. The store must then be what the last
transaction left, whole; all that was acknowledged must be there, nothing by half, and the person
who was cut off must get to the end. As a rule a few points of each flow are tried; a full run
tries all of them and writes docs/faults.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from passport.tests.faults.flows import FLOWS
from passport.tests.length import FULL

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and SIGKILL are POSIX")

NURSERY = Path(__file__).with_name("flow_nursery.py")
SAMPLES = {"sqlite": 2, "postgresql": 1}
EVERY_POINT = 10_000


@pytest.fixture(scope="module")
def nursery():
    """A process that has loaded everything, and forks whoever is to be killed."""
    with subprocess.Popen(
        [sys.executable, NURSERY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Where the stores of each kind lie; one place for all flows."""
    return {kind: str(tmp_path_factory.mktemp(kind)) for kind in SAMPLES}


@pytest.fixture(params=SAMPLES)
def store(request, folders):
    """A place for the flow's stores, of each kind in turn; and how many kills are enough."""
    place = {"folder": folders[request.param], "most_kills": SAMPLES[request.param]}
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        place["url"] = f"postgresql://passport@/postgres?host={server.folder}"
    if FULL:
        place["most_kills"] = EVERY_POINT
    return request.param, place


@pytest.mark.parametrize("name", FLOWS)
def test_whoever_is_killed_has_lost_nothing_and_can_begin_again(nursery, store, results, name):
    kind, place = store
    nursery.stdin.write(f"{json.dumps({'flow': name, **place})}\n")
    result = json.loads(nursery.stdout.readline())
    results.note(name, kind, result)
    assert result["problems"] == []
    assert result["kills"] > 0
