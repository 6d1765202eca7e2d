"""Child processes that never outlive this one."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import IO

GRACE_SECONDS = 1.0
CLEAN_UP_SECONDS = 10.0


class Stopped(BaseException):
    """SIGINT or SIGTERM came: stop the children and end."""


def _raise_stopped(_number: int, _frame: FrameType | None) -> None:
    # Further signals must not interrupt the stopping itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def stop_on_signals() -> None:
    signal.signal(signal.SIGINT, _raise_stopped)
    signal.signal(signal.SIGTERM, _raise_stopped)


def run_in_foreground(command: list[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Run to the end; a signal that ends us lets the command clean up before it ends, too."""
    with subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}) as process:
        try:
            return process.wait()
        except Stopped:
            process.send_signal(getattr(signal, "CTRL_C_EVENT", signal.SIGINT))
            try:
                process.wait(CLEAN_UP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


class Child:
    """A process in a group of its own; the pipe to its standard input tells it when we are gone."""

    def __init__(
        self,
        command: list[str],
        *,
        output: int | IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output not in (None, subprocess.PIPE) else None,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=os.name != "nt",
        )

    def exit_code(self) -> int | None:
        return self.process.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self._signal(signal.SIGTERM)

    def make_sure_it_stopped(self, deadline: float) -> None:
        """Wait until the deadline (time.monotonic), then kill."""
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _signal(self, number: int) -> None:
        try:
            if os.name == "nt":
                self.process.terminate()
            else:
                os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass


def stop_all(children: list[Child]) -> None:
    """Stop every child, all at the same time, within about GRACE_SECONDS."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.make_sure_it_stopped(deadline)
