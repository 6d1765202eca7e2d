"""Where the tests put what they write."""

import contextlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
ENOUGH_BYTES = 4 * 2**30


@contextlib.contextmanager
def scratch_folder() -> Generator[dict[str, str], None, None]:
    """Yield the variable that has temporary files kept in memory, or none where there is little.

    A store waits for the disk at each commit, which is half of the time of many tests.
    """
    if "TMPDIR" in os.environ or not _has_room(MEMORY):
        yield {}
        return
    with tempfile.TemporaryDirectory(
        prefix="passport-tests-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user has to pass through
        yield {"TMPDIR": folder}


def _has_room(folder: Path) -> bool:
    if not (hasattr(os, "statvfs") and os.access(folder, os.W_OK | os.X_OK)):
        return False
    found = os.statvfs(folder)
    may_run = not found.f_flag & getattr(os, "ST_NOEXEC", 0)
    return may_run and found.f_bavail * found.f_frsize >= ENOUGH_BYTES
