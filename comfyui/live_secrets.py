"""The secrets that nodes hold or have held, and taking them out of whatever is about to leave."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

from ..secret import Secret
from .spent_secrets import REPLACEMENT, SpentSecrets

SHORTEST_REDACTED = 20
"""No key is shorter. A client may bring any text as one, and it must not garble what others see."""


class LiveSecrets:
    """The secrets that nodes hold at this moment, and those that can come back.

    What a careless node showed stays in ComfyUI's cache of results, for whoever runs the same
    graph next; a thread of its may go on after the run.
    """

    def __init__(self) -> None:
        self._spent = SpentSecrets()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._texts or self._spent)

    @contextmanager
    def hold(self, secrets: Iterable[Secret], holder: str = "") -> Generator[None, None, None]:
        """Hold these secrets until the block is left; they stay recognized afterwards, beside
        others of the same holder.
        """
        revealed = (secret.reveal() for secret in secrets if secret)
        texts = Counter(text for text in revealed if len(text) >= SHORTEST_REDACTED)
        self._change(texts, holder)
        try:
            yield
        finally:
            self._change(Counter({text: -count for text, count in texts.items()}), holder)

    def redact(self, value: Any) -> Any:
        """Return the value without any of these secrets; the value itself when it holds none.

        Looks into texts, bytes, lists, tuples and dicts. Never fails, as what is about to leave is
        not ours: what cannot be looked into is not shown.
        """
        if not self:
            return value
        try:
            return self._redact(value)
        except Exception:  # noqa: BLE001  # an odd kind of text or list, or one that is too deep
            return REPLACEMENT

    def _redact(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redact_text(value)
        if isinstance(value, (bytes, bytearray)):
            return self._redact_bytes(bytes(value))
        if isinstance(value, (list, tuple)):
            return self._redact_items(cast("list[Any] | tuple[Any, ...]", value))
        if isinstance(value, dict):
            return self._redact_mapping(cast("dict[Any, Any]", value))
        return value

    def _change(self, difference: Counter[str], holder: str) -> None:
        with self._lock:
            self._counts.update(difference)
            for text in [text for text, count in self._counts.items() if count <= 0]:
                self._spent.add(text, holder)
                del self._counts[text]
            self._texts = tuple(self._counts)

    def _redact_text(self, value: str) -> str:
        for text in self._texts:
            value = value.replace(text, REPLACEMENT)
        return self._spent.redact(value)

    def _redact_bytes(self, value: bytes) -> bytes:
        for text in self._texts:
            value = value.replace(text.encode("utf-8", "surrogatepass"), REPLACEMENT.encode())
        return self._spent.redact_bytes(value)

    def _redact_items(self, value: list[Any] | tuple[Any, ...]) -> Any:
        items = [self.redact(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return items if isinstance(value, list) else tuple(items)

    def _redact_mapping(self, value: dict[Any, Any]) -> dict[Any, Any]:
        items = {self.redact(key): self.redact(item) for key, item in value.items()}
        same = all(items.get(key, items) is item for key, item in value.items())
        return value if same else items
