"""What can go wrong with a command before it reaches the domain."""

from __future__ import annotations

from typing import Any

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""


class CommandError(Exception):
    """The command cannot be done as it was called: told like a PassportError, never over HTTP."""

    def __init__(self, code: str, message: str, exit_code: int = FAILED, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.exit_code = exit_code
        self.details = details
