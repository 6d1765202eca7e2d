"""Letters on their way: durable with the change that they tell of, sent until they are taken."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from ..clock import Clock
from ..providers.daemon_thread import call_on_daemon_thread
from ..providers.errors import MailNotSentError
from ..providers.mail import MailServer
from ..storage.database import Database
from ..storage.outbox_rows import (
    OutboxRow,
    add_to_outbox,
    claim,
    count_waiting,
    delete_from_outbox,
    find_newest_problem,
    find_next_due,
    list_due,
    reschedule,
)
from .letters import write_letter

logger = logging.getLogger("passport")

BACK_OFF = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720))
"""How long to wait after each failure; the last goes on."""
LONGEST_BACK_OFF = BACK_OFF[-1] * 1.1
GIVEN_UP_AFTER = timedelta(hours=48)
MOST_ATTEMPTS = 20
"""For a clock that makes letters younger than they are."""
LEASE = timedelta(minutes=2)
"""How long one attempt may take before another process may make the next; longer than a mail
server's deadline."""
LONGEST_SLEEP_SECONDS = 60
LONGEST_DETAILS = 1000
LONGEST_PROBLEM = 255

MakeValues = Callable[[OutboxRow], Mapping[str, Any] | None]


@dataclass(frozen=True)
class OutboxState:
    """What an owner wants to know: how many letters wait, and why the newest of them does."""

    waiting: int
    problem: str | None


class Outbox:
    """Keeps letters until the mail server has taken them.

    A row tells what a letter is about. Its text, and the one-time token in it, is made as it is
    sent: `make_values(row)` returns what the text needs besides the row's details, and another
    `recipient` if it is to go elsewhere; or None when there is nothing to send, and nobody can
    tell the two apart from outside. It is called on a thread of the store, again for each attempt.

    Several processes may work on one store: each letter is claimed before it is sent. A process
    that ends between the server's yes and the deletion of the row leaves a letter that is sent a
    second time; a letter is never lost instead.
    """

    def __init__(
        self, database: Database, mail_server: MailServer, clock: Clock, make_values: MakeValues
    ) -> None:
        self._database = database
        self._mail_server = mail_server
        self._clock = clock
        self._make_values = make_values
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._last_problem: str | None = None
        self._sent: set[str] = set()
        """Rows whose letter was taken and which the store would not let go of at once."""

    @property
    def enabled(self) -> bool:
        """Whether this server sends mail at all."""
        return self._mail_server.enabled

    def put(
        self,
        connection: Connection,
        kind: str,
        recipient: str,
        account_id: str | None,
        **details: str | int | None,
    ) -> None:
        """Let a letter wait, in the caller's transaction; call `wake` once that is committed.

        `details` are short and never a secret; what is too long for its column is cut.
        """
        now = self._clock()
        row = OutboxRow(
            id=uuid.uuid4().hex,
            kind=kind,
            recipient=recipient,
            account_id=account_id,
            details=_pack(details),
            created_at=now,
            attempts=0,
            due_at=now,
            problem=None,
        )
        add_to_outbox(connection, row)

    def wake(self, after_seconds: float = 0) -> None:
        """Have what is due sent now, or in a moment. Can be called from any thread, and before
        `work`.
        """
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # that loop is closed
                loop.call_soon_threadsafe(loop.call_later, after_seconds, self._woken.set)

    async def work(self) -> None:
        """Send what is due, one letter at a time, for as long as the server is up."""
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            pause: float = LONGEST_SLEEP_SECONDS
            try:
                await self.send_due()
                pause = await self._database.run(self._measure_pause)
            except Exception as error:  # noqa: BLE001  # a fault today must not end tomorrow's mail
                logger.warning("Waiting mail could not be looked at: %s", type(error).__name__)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._woken.wait(), pause)

    async def send_due(self) -> None:
        """Send each letter that is due once."""
        while self.enabled:
            row = await self._database.run(self._claim_next)
            if row is None:
                return
            await self._attempt(row)

    async def send_now(self, kind: str, recipient: str, **values: Any) -> None:
        """Send a letter without letting it wait: nothing of it is kept. Raises MailNotSentError."""
        letter = write_letter(kind, recipient, values)
        await call_on_daemon_thread("passport-mail", self._mail_server.send, letter)
        self._last_problem = None

    async def send_test(self, recipient: str, base: str | None = None) -> None:
        """Send a test letter now. Raises MailNotSentError."""
        await self.send_now("test", recipient, base=base)

    def describe(self) -> OutboxState:
        """Return how many letters wait, and the newest problem."""
        with self._database.reading() as connection:
            waiting, problem = count_waiting(connection), find_newest_problem(connection)
        return OutboxState(waiting, self._last_problem or problem)

    def _claim_next(self) -> OutboxRow | None:
        """Return a letter that is ours for one attempt."""
        now = self._clock()
        with self._database.reading() as connection:  # most often there is none: wait for no writer
            due = list_due(connection, now, now + LONGEST_BACK_OFF, limit=10)
        for row in due:
            with self._database.transaction() as connection:
                if _is_too_old(row, now):
                    delete_from_outbox(connection, row.id)
                    logger.warning("A letter was given up unsent: %s", row.kind)
                elif claim(connection, row, now + LEASE):
                    return replace(row, due_at=now + LEASE, attempts=row.attempts + 1)
        return None

    async def _attempt(self, row: OutboxRow) -> None:
        problem, permanent = None, False
        try:
            await self._write_and_send(row)
        except MailNotSentError as error:
            problem, permanent = error.message, error.permanent
            logger.warning("A letter was not sent: %s, %s", row.kind, error.cause)
        except Exception as error:  # noqa: BLE001  # one bad letter must not hold up the others
            problem = "A letter could not be written. The log of ComfyUI tells more."
            logger.warning("A letter could not be written: %s, %s", row.kind, type(error).__name__)
        self._last_problem = problem or self._last_problem
        await self._database.run(self._settle, row, problem, permanent)

    async def _write_and_send(self, row: OutboxRow) -> None:
        if row.id in self._sent:
            return
        values = await self._database.run(self._make_values, row)
        if values is None:
            return
        everything = {"recipient": row.recipient, **json.loads(row.details), **values}
        await self.send_now(row.kind, **everything)
        self._sent.add(row.id)

    def _settle(self, row: OutboxRow, problem: str | None, permanent: bool) -> None:
        now = self._clock()
        due_at = now + _back_off(row.attempts)
        over = permanent or due_at - row.created_at > GIVEN_UP_AFTER
        with self._database.transaction() as connection:
            if problem is None or over:
                delete_from_outbox(connection, row.id)
            else:
                reschedule(connection, row, due_at, problem[:LONGEST_PROBLEM])
        self._sent.discard(row.id)

    def _measure_pause(self) -> float:
        with self._database.reading() as connection:
            next_due = find_next_due(connection)
        if next_due is None or not self.enabled:
            return LONGEST_SLEEP_SECONDS
        left = (next_due - self._clock()).total_seconds()
        return min(max(left, 0.0), LONGEST_SLEEP_SECONDS)


def _is_too_old(row: OutboxRow, now: datetime) -> bool:
    return now - row.created_at > GIVEN_UP_AFTER or row.attempts >= MOST_ATTEMPTS


def _back_off(attempts: int) -> timedelta:
    """Return how long to wait, give or take a tenth: letters that failed together come apart."""
    pause = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    return pause * (900 + secrets.randbelow(201)) / 1000


def _pack(details: Mapping[str, str | int | None]) -> str:
    for longest in (255, 100, 25):
        short = {name: _cut(value, longest) for name, value in details.items()}
        text = json.dumps(short, ensure_ascii=False)
        if len(text) <= LONGEST_DETAILS:
            return text
    raise ValueError("More details than a letter has room for.")


def _cut(value: str | int | None, longest: int) -> str | int | None:
    if not isinstance(value, str):
        return value
    # Control characters and halves of pairs are no text for every store.
    return "".join(each if each.isprintable() else " " for each in value)[:longest]
