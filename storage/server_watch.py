"""Whether the database server answers: found out by one thread, known to all who would wait.

A server that is frozen, or behind a network that swallows packets, refuses nothing. Whoever asks it
waits, and so do all who come after, for as long as the system keeps up a connection: for ever.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event

from .connect_failures import find_cause
from .failures import unreachable

SUSPECTED_AFTER_SECONDS = 0.75
"""Who has waited for so long makes the watch ask for itself."""
PROBE_SECONDS = 1.25
"""A server that has answered nobody for so long is away."""
PROBE_ABANDONED_AFTER_SECONDS = 3
"""The way may be clear again for another one: what was sent into a hole does not come back."""
LOOKS_EVERY_SECONDS = 0.25
LONGEST_STATEMENT_SECONDS = 15
GRACE_SECONDS = 1
"""The server cuts a statement off itself; this is how much later we do, should it not."""
PATIENT = "passport_patient"
"""The execution option of a connection whose statements may take long."""


@dataclass(frozen=True)
class _Wait:
    since: float
    connection: Any
    """The driver's, or None while there is none yet."""
    bounded: bool


class ServerWatch:
    """Looks while somebody waits; asks on a connection of its own, and cuts what is of no use.

    `connect` makes a connection of the driver's.
    """

    def __init__(self, engine: Engine, connect: Callable[[], Any]) -> None:
        self.is_away = False
        self._cause: str | None = None
        self._connect = connect
        self._connections: WeakSet[Any] = WeakSet()
        self._probe_connection: Any = None
        self._waits: dict[int, _Wait] = {}
        self._suspected = False
        self._heard_at = 0.0
        self._probe_since: float | None = None
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        # The pool would make a new connection in place of one that was cut.
        event.listen(engine, "do_connect", self.refuse_if_away)
        # First of all: others ask something on a new connection, too.
        event.listen(engine, "connect", self._note_connection, insert=True)
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "handle_error", self._forget_wait)

    @contextmanager
    def waiting(self, connection: Connection | None = None) -> Generator[None, None, None]:
        """Be known to wait, for a connection or on this one."""
        self._begin(connection)
        try:
            yield
            self._heard_at = time.monotonic()
        finally:
            self._forget_wait()

    def refuse_if_away(self, *_: object) -> None:
        """Raise DatabaseUnreachableError rather than have somebody wait."""
        if self.is_away:
            raise unreachable(self._cause)

    def suspect(self) -> None:
        """Have the server asked now: somebody has lost it."""
        self._suspected = True
        self._start()

    def close(self) -> None:
        """Watch no longer."""
        self._closed = True
        self._wake.set()

    def _note_connection(self, connection: Any, _record: Any) -> None:
        with self._lock:
            self._connections.add(connection)

    def _begin(self, connection: Connection | None) -> None:
        raw, patient = None, False
        if connection is not None:
            raw = connection.connection.dbapi_connection
            patient = connection.get_execution_options().get(PATIENT, False)
        self._waits[threading.get_ident()] = _Wait(time.monotonic(), raw, not patient)
        self._start()

    def _forget_wait(self, *_: object) -> None:
        self._waits.pop(threading.get_ident(), None)

    def _before(self, connection: Connection, *_: object) -> None:
        self._begin(connection)

    def _after(self, *_: object) -> None:
        self._heard_at = time.monotonic()
        self._forget_wait()

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._watch, name="passport-server-watch", daemon=True
                    )
                    self._thread.start()
        self._wake.set()

    def _watch(self) -> None:
        while not self._closed:
            if not (self._waits or self.is_away or self._suspected or self._probe_since):
                self._wake.clear()
                if not self._waits:  # or it began between the two lines
                    self._wake.wait()
            self._look(time.monotonic())
            time.sleep(LOOKS_EVERY_SECONDS)

    def _look(self, now: float) -> None:
        waits = list(self._waits.values())
        since = self._probe_since
        if since is None:
            slow = any(now - wait.since > SUSPECTED_AFTER_SECONDS for wait in waits)
            if slow or self.is_away or self._suspected:
                self._suspected, self._probe_since = False, now
                threading.Thread(
                    target=self._probe, args=(now,), name="passport-probe", daemon=True
                ).start()
        elif now - since > PROBE_ABANDONED_AFTER_SECONDS:
            _cut(self._probe_connection)
        elif now - since > PROBE_SECONDS and not self.is_away:
            self._judge(since)
        limit = LONGEST_STATEMENT_SECONDS + GRACE_SECONDS
        for wait in waits:
            if wait.connection is not None and wait.bounded and now - wait.since > limit:
                _cut(wait.connection)

    def _probe(self, since: float) -> None:
        try:
            with closing(self._connect()) as connection:
                self._probe_connection = connection
                connection.execute("SELECT 1")
        except Exception as error:  # noqa: BLE001  # whatever it is: nobody else could ask either
            self._cause = find_cause(str(error))
            self._judge(since)
        else:
            self.is_away = False
        self._probe_since = None

    def _judge(self, since: float) -> None:
        """Call the server away, unless somebody has had an answer since the probe went out."""
        if self._heard_at >= since:
            return
        self.is_away = True
        # All of them, and not those that somebody waits on alone: none will be of use again.
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _cut(connection)


def _cut(connection: Any) -> None:
    """Have whoever waits on this connection of psycopg wait no longer: the driver hears its end."""
    with suppress(Exception):  # it is closed already
        end = socket.socket(fileno=connection.pgconn.socket)
        try:
            end.shutdown(socket.SHUT_RDWR)
        finally:
            end.detach()  # the descriptor stays the driver's
