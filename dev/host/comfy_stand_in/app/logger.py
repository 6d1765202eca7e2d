"""The console, and the last lines of it that `/internal/logs` shows."""

import logging
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

Entry = dict[str, str]

_entries: deque[Entry] = deque(maxlen=300)
_listeners: list[Callable[[list[Entry]], None]] = []


class LogInterceptor:
    """A console stream that also keeps what is written to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, data: str) -> int:
        entry = {"t": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "m": data}
        _entries.append(entry)
        for listener in _listeners:
            listener([entry])
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def get_logs() -> deque[Entry]:
    return _entries


def on_flush(callback: Callable[[list[Entry]], None]) -> None:
    _listeners.append(callback)


def setup_logger(log_level: str = "INFO") -> None:
    sys.stdout = LogInterceptor(sys.stdout)
    sys.stderr = LogInterceptor(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.setLevel(log_level)
    root.addHandler(handler)
