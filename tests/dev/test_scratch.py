"""Where the tests put what they write: in memory where there is room, else where they did."""

from pathlib import Path

import pytest
from passport.dev import scratch


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ENOUGH_BYTES", 1)
    return tmp_path


def test_a_folder_that_others_may_pass_through_is_there_and_gone_afterwards(memory):
    with scratch.scratch_folder() as variables:
        folder = Path(variables["TMPDIR"])
        assert folder.parent == memory
        assert folder.stat().st_mode & 0o777 == 0o711
        (folder / "left behind").write_text("by a test")
    assert list(memory.iterdir()) == []


def test_whoever_chose_a_place_keeps_it(memory, monkeypatch):
    monkeypatch.setenv("TMPDIR", "elsewhere")
    with scratch.scratch_folder() as variables:
        assert variables == {}


@pytest.mark.parametrize(
    ("name", "value"), [("ENOUGH_BYTES", 2**80), ("MEMORY", Path("no such folder"))]
)
def test_where_is_no_room_nothing_changes(memory, monkeypatch, name, value):
    monkeypatch.setattr(scratch, name, value)
    with scratch.scratch_folder() as variables:
        assert variables == {}
    assert list(memory.iterdir()) == []
