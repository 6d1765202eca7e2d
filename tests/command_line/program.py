"""The command line as people run it: a process of its own, at a terminal or without one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passport.tests.conftest import ROOT

TIMEOUT_SECONDS = 60
CTRL_C, CTRL_D = "\x03", "\x04"
# Makes the terminal that is its standard input its controlling one, as a shell's programs have it.
TAKE_THE_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True)
class Said:
    """What the process said, and how it ended."""

    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        """The one document on standard output; nothing else stands there."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, without its headings."""
        return [
            [cell.strip() for cell in line.split("  ") if cell.strip()]
            for line in self.out.strip().split("\n")[1:]
        ]


class Program:
    """Call it with arguments, or with keys to type at a terminal."""

    def __init__(self, folder: Path = ROOT, **environment: str) -> None:
        self.folder = folder
        kept = {
            name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ
        }
        self.environment = {**kept, "LANG": "C.UTF-8", **environment}

    def __call__(
        self,
        *arguments: str,
        typed: str | bytes = "",
        python: Sequence[str] = (),
        cwd: Path | None = None,
        called: str | None = None,
        **environment: str,
    ) -> Said:
        """Run it without a terminal; `typed` is its standard input."""
        done = subprocess.run(
            [sys.executable, *python, called or str(self.folder), *arguments],
            input=typed if isinstance(typed, bytes) else typed.encode(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            cwd=cwd,
            env={**self.environment, **environment},
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def at_a_terminal(
        self,
        *arguments: str,
        keys: Sequence[tuple[str, str]] = (),
        columns: int = 80,
        out: int | None = None,
    ) -> Said:
        """Run it at a terminal; `keys` are prompts and what is typed at each.

        What the terminal shows is returned as `out`. `out` takes standard output instead.
        """
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = [sys.executable, str(self.folder), *arguments]
        process = subprocess.Popen(
            [sys.executable, "-c", TAKE_THE_TERMINAL, *command],
            stdin=theirs,
            stdout=theirs if out is None else out,
            stderr=theirs,
            env={**self.environment, "TERM": "xterm"},
        )
        os.close(theirs)
        shown = ""
        try:
            for prompt, typed in keys:
                before = len(shown)
                while prompt not in shown[before:]:
                    more = _read(ours)
                    assert more, f"no “{prompt}” in: {shown}"
                    shown += more
                os.write(ours, typed.encode())
            while more := _read(ours):
                shown += more
            code = process.wait(TIMEOUT_SECONDS)
        finally:
            process.kill()
            process.wait()
            os.close(ours)
        assert "Traceback" not in shown, shown
        return Said(code, shown.replace("\r\n", "\n"))

    def start(self, *arguments: str, **pipes: Any) -> subprocess.Popen[bytes]:
        """Start it and leave it running."""
        return subprocess.Popen(
            [sys.executable, str(self.folder), *arguments], env=self.environment, **pipes
        )


def interrupt(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)


def _read(terminal: int) -> str:
    until = time.monotonic() + TIMEOUT_SECONDS
    ready, _, _ = select.select([terminal], [], [], until - time.monotonic())
    assert ready, "nothing more is shown"
    try:
        return os.read(terminal, 65536).decode()
    except OSError:  # Linux says so once the other side has gone
        return ""
