"""Which new passwords are too easy to guess."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .errors import PasswordUnacceptableError, ServerBusyError

SHORTEST, LONGEST = 12, 128  # characters

LOWEST_ACCEPTABLE_SCORE = 2
"""zxcvbn: from 2 on, more than a million guesses; what is below is common, a keyboard pattern, a
repetition, or the person's own name."""

EXAMINED = 32
"""zxcvbn's work grows faster than the length. The halves of a longer password are examined each
for itself: the whole is at least as hard to guess as its better half."""

SHORTEST_WORD = 4
LEAST_OF_ONES_OWN = 6
"""Without the person's name and the like, fewer characters than that are no secret."""

CONTEXT = ("comfyui", "comfy", "passport")
MOST_WAITING = 32
RETRY_AFTER_SECONDS = 2

PROBLEMS = {
    "too_short": f"The password has fewer than {SHORTEST} characters. Take a longer one: a few "
    "words that do not belong together are easy to remember.",
    "too_long": f"The password has more than {LONGEST} characters. Take a shorter one.",
    "too_common": "This password is among the first that somebody would try. Take one that is not "
    "common, not a pattern, and not your name.",
    "contains_email": "The password holds your mail address. Take one that does not.",
}


@dataclass(frozen=True)
class Strength:
    """How hard a password is to guess: `score` from 0 to 4, `problem` one of PROBLEMS or None."""

    score: int
    problem: str | None


class PasswordStrength:
    """Estimates off the event loop, one password at a time: zxcvbn is plain Python."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passport-strength")
        self._waiting = 0

    async def estimate(self, password: str, about: Iterable[str] = ()) -> Strength:
        """Return the strength; `about` is what others know of the person. Raises ServerBusyError.

        The mail address, if known, comes first.
        """
        if self._waiting >= MOST_WAITING:
            raise ServerBusyError(RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, estimate, password, tuple(about))
        finally:
            self._waiting -= 1

    async def require(self, password: str, about: Iterable[str] = ()) -> None:
        """Raise PasswordUnacceptableError for a password that cannot be a new one."""
        refuse_problem(await self.estimate(password, about))

    def close(self) -> None:
        """Give the thread back."""
        self._thread.shutdown(wait=True)


def refuse_problem(strength: Strength) -> None:
    """Raise PasswordUnacceptableError for a password that cannot be a new one."""
    if strength.problem is not None:
        raise PasswordUnacceptableError(PROBLEMS[strength.problem], problem=strength.problem)


def estimate(password: str, about: tuple[str, ...] = ()) -> Strength:
    """Return the strength; blocks for some 5 ms, and longer the first time."""
    if len(password) > LONGEST:
        return Strength(0, "too_long")
    if not password:  # zxcvbn knows no answer
        return Strength(0, "too_short")
    email = next((text for text in about if "@" in text), "")
    halves = {password[:EXAMINED], password[-EXAMINED:]}
    score = max(_score(half, _split(about)) for half in halves)
    if len(password) < SHORTEST:
        return Strength(min(score, LOWEST_ACCEPTABLE_SCORE - 1), "too_short")
    if email and email.casefold() in password.casefold():
        return Strength(0, "contains_email")
    if _is_made_of(password, about):
        return Strength(min(score, LOWEST_ACCEPTABLE_SCORE - 1), "too_common")
    return Strength(score, "too_common" if score < LOWEST_ACCEPTABLE_SCORE else None)


def _is_made_of(password: str, about: tuple[str, ...]) -> bool:
    """Tell whether little is left of the password without what others know of the person."""
    left = password.casefold()
    for word in sorted((word.casefold() for word in _split(about)), key=len, reverse=True):
        if len(word) >= SHORTEST_WORD:
            left = left.replace(word, "")
    return len(left) < LEAST_OF_ONES_OWN


# zxcvbn keeps the words about the person in a global of its own while it works.
_one_at_a_time = threading.Lock()


def _score(text: str, about: list[str]) -> int:
    import zxcvbn

    with _one_at_a_time:
        return int(zxcvbn.zxcvbn(text, user_inputs=about)["score"])


def _split(about: tuple[str, ...]) -> list[str]:
    words = [word for text in about for word in text.replace("@", " ").replace(".", " ").split()]
    return [*CONTEXT, *about, *words]
