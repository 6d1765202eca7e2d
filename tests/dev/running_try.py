"""A running `dev try --json`, for the tests of it."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping

from passport.dev.environment import ROOT


class Try:
    """`facts` is what its first line tells; None when there is none."""

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None):
        command = [sys.executable, str(ROOT / "dev"), "try", "--json", "--no-browser", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self.facts = json.loads(self.process.stdout.readline() or b"null")

    def end(self, number: int = signal.SIGTERM) -> tuple[float, int]:
        """Seconds from the signal to the end, and the exit code."""
        started = time.monotonic()
        self.process.send_signal(number)
        _, self.errors = self.process.communicate(timeout=10)
        return time.monotonic() - started, self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.end()
        self.process.stdout.close()
        self.process.stderr.close()


def is_listening(url: str) -> bool:
    with socket.socket() as probe:
        host, port = url.removeprefix("http://").split(":")
        return probe.connect_ex((host, int(port.split("/")[0]))) == 0
