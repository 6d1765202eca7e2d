"""Hashing passwords with argon2id, off the event loop, few at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from .errors import ServerBusyError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# OWASP Password Storage: argon2id with m = 19 MiB, t = 2, p = 1.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1

# At full work one hash keeps a core busy for some 30 ms: ComfyUI needs the others.
MOST_WORKERS = 4
CORES_PER_WORKER = 4
MOST_WAITING = 128
RETRY_AFTER_SECONDS = 5

Result = TypeVar("Result")


class Passwords:
    """Hashes and verifies; whoever comes when the queue is full is sent away at once."""

    def __init__(
        self, memory_kib: int = MEMORY_KIB, passes: int = PASSES, workers: int | None = None
    ) -> None:
        self._memory_kib = memory_kib
        self._passes = passes
        self.workers = workers or count_workers(os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="passport-passwords")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return the hash to keep. Raises ServerBusyError."""
        return await self._work(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether this is the password. Takes as long for None, where there is no account.

        Raises ServerBusyError.
        """
        matches = await self._work(self._verify, password_hash or self._nobodys_hash, password)
        return matches and password_hash is not None

    def hash_now(self, password: str) -> str:
        """Return the hash to keep; blocks. For whoever has no event loop."""
        return self._hasher.hash(password)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether it was made with other parameters than are used today."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Give the threads back."""
        self._threads.shutdown(wait=True)

    async def _work(self, function: Callable[..., Result], *arguments: str) -> Result:
        if self._waiting >= MOST_WAITING + self.workers:
            raise ServerBusyError(RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, function, *arguments)
        finally:
            self._waiting -= 1

    def _verify(self, password_hash: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(self._passes, self._memory_kib, LANES)

    @cached_property
    def _nobodys_hash(self) -> str:
        # A hash of its own form with today's parameters, which no password was ever made for.
        parameters = f"m={self._memory_kib},t={self._passes},p={LANES}"
        return f"$argon2id$v=19${parameters}${'A' * 22}${'A' * 43}"


def count_workers(cores: int) -> int:
    """Return how many hashes may run at once on so many cores."""
    return max(1, min(MOST_WORKERS, cores // CORES_PER_WORKER))
