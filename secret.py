"""Text that must not be shown."""

from __future__ import annotations

from typing import final


@final
class Secret:
    """Holds a secret so that no repr, log line or traceback shows it by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself: call it where it leaves for the place it belongs to."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("A secret is not pickled.")


LAST_SHOWN = 4
LONGEST_PREFIX = 12
SHORTEST_MASKABLE = 16


def mask(secret: Secret) -> str:
    """Return what may be shown of it: the prefix that names its service, and the last four.

    A secret too short to hide behind that is masked whole.
    """
    text = secret.reveal()
    if len(text) < SHORTEST_MASKABLE:
        return "…"
    prefix, dash, rest = text.partition("-")
    shown = (
        prefix + dash if dash and len(prefix) <= LONGEST_PREFIX and len(rest) > LAST_SHOWN else ""
    )
    return f"{shown}…{text[-LAST_SHOWN:]}"
