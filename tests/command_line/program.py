"""The command line as people run it, at a terminal or without one.

A process of its own takes half a second to import what it needs. So most commands are called in
this one, by the function that the process calls; where the process matters, it is one.
"""

from __future__ import annotations

import fcntl
import io
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from passport.command_line.main import run
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
    """Call it with arguments, or with keys to type at a terminal.

    `is_a_process` makes each call a process: two in this one would take each other's output.
    """

    def __init__(self, folder: Path = ROOT, **environment: str) -> None:
        self.folder = folder
        self.is_a_process = folder != ROOT
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
        typed = typed if isinstance(typed, bytes) else typed.encode()
        if not (self.is_a_process or python or cwd or called):
            with ThreadPoolExecutor(1) as thread:  # where no event loop of a test runs
                return thread.submit(self._run_here, arguments, typed, environment).result()
        done = subprocess.run(
            [sys.executable, *python, called or str(self.folder), *arguments],
            input=typed,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            cwd=cwd,
            env={**self.environment, **environment},
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _run_here(
        self, arguments: Sequence[str], typed: bytes, environment: dict[str, str]
    ) -> Said:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with (
            mock.patch.dict(os.environ, {**self.environment, **environment}, clear=True),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8")),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code = run(arguments, str(self.folder))
            except SystemExit as ended:  # argparse has said what is wrong with the arguments
                code = int(ended.code or 0)
        return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

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
                # Python may be on its way into the call that reads: a signal would be noted there,
                # and the call go on for ever. No person is as quick.
                time.sleep(0.3 if typed == CTRL_C else 0)
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
