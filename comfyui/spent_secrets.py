"""Recognizing secrets that no run holds any more, without keeping them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

REPLACEMENT = "***"
PREFIX_LENGTH = 8
SHORTEST = 20
MOST_FORMS = 32
"""Keys have one form; tokens of a browser's log-in differ in length from person to person."""


class SpentSecrets:
    """Remembers where such a secret could begin, how long it was, and its SHA-256."""

    def __init__(self) -> None:
        self._forms: OrderedDict[tuple[str, int], frozenset[bytes]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._forms)

    def add(self, secret: str) -> None:
        """Recognize this secret from now on. One that is too short to be told from text is not."""
        if len(secret) < SHORTEST:
            return
        form = (secret[:PREFIX_LENGTH], len(secret))
        self._forms[form] = self._forms.get(form, frozenset()) | {_digest(secret)}
        self._forms.move_to_end(form)
        while len(self._forms) > MOST_FORMS:
            self._forms.popitem(last=False)

    def redact(self, text: str) -> str:
        """Return the text without them."""
        for (prefix, length), digests in tuple(self._forms.items()):
            start = text.find(prefix)
            while start >= 0:
                end = start + length
                if _digest(text[start:end]) in digests:
                    text = text[:start] + REPLACEMENT + text[end:]
                start = text.find(prefix, start + 1)
        return text

    def redact_bytes(self, data: bytes) -> bytes:
        """Return the bytes without them."""
        prefixes = {prefix for prefix, _ in tuple(self._forms)}
        if not any(prefix.encode("utf-8", "surrogatepass") in data for prefix in prefixes):
            return data
        return self.redact(data.decode("latin-1")).encode("latin-1")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
