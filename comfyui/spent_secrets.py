"""Recognizing secrets that no run holds any more, without keeping them."""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from itertools import chain
from typing import NamedTuple

REPLACEMENT = "***"
PREFIX_LENGTH = 8
MOST_REMEMBERED = 10_000
MOST_BEGINNINGS = 64
"""Of all of them together: each costs a look at every text. Keys share one, and so do tokens."""


class Spent(NamedTuple):
    """One of them: where it could begin, how long it was, and its SHA-256."""

    prefix: str
    length: int
    digest: bytes


class SpentSecrets:
    """Remembers them for each holder: an account, or where the client is that brought its own.

    When there are too many, whoever has most loses the oldest: nobody's flood makes us forget what
    others have held.
    """

    def __init__(self) -> None:
        self._held: dict[str, OrderedDict[Spent, None]] = {}
        self._index: dict[str, dict[int, set[bytes]]] = {}

    def __bool__(self) -> bool:
        return bool(self._index)

    def add(self, secret: str, holder: str) -> None:
        """Recognize this secret from now on."""
        spent = Spent(secret[:PREFIX_LENGTH], len(secret), _digest(secret))
        own = self._held.setdefault(holder, OrderedDict())
        known = spent in own
        own[spent] = None
        own.move_to_end(spent)
        if not known:
            self._forget_some()
            self._index = self._make_index()

    def _forget_some(self) -> None:
        beginnings = Counter(spent.prefix for spent in chain(*self._held.values()))
        while beginnings.total() > MOST_REMEMBERED or len(beginnings) > MOST_BEGINNINGS:
            holder = max(self._held, key=lambda each: len(self._held[each]))
            spent, _ = self._held[holder].popitem(last=False)
            beginnings[spent.prefix] -= 1
            beginnings += Counter()  # which drops those of which none is left
            if not self._held[holder]:
                del self._held[holder]

    def _make_index(self) -> dict[str, dict[int, set[bytes]]]:
        index: dict[str, dict[int, set[bytes]]] = {}
        for prefix, length, digest in chain(*self._held.values()):
            index.setdefault(prefix, {}).setdefault(length, set()).add(digest)
        return index

    def redact(self, text: str) -> str:
        """Return the text without them."""
        for prefix, lengths in self._index.items():
            start = text.find(prefix)
            while start >= 0:
                for length, digests in lengths.items():
                    end = start + length
                    if _digest(text[start:end]) in digests:
                        text = text[:start] + REPLACEMENT + text[end:]
                        break
                start = text.find(prefix, start + 1)
        return text

    def redact_bytes(self, data: bytes) -> bytes:
        """Return the bytes without them."""
        if not any(prefix.encode("utf-8", "surrogatepass") in data for prefix in self._index):
            return data
        return self.redact(data.decode("latin-1")).encode("latin-1")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
