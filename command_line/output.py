"""What a command says: text for people, one JSON document for programs."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from .errors import DONE, FAILED
from .plain_text import escape
from .table import Table, draw


@dataclass(frozen=True)
class Answer:
    """What came of a command. The document and the text can hold the secret that was asked for."""

    document: dict[str, Any] = field(repr=False)
    text: str = field(default="", repr=False)
    table: Table | None = field(default=None, repr=False)
    exit_code: int = DONE


class Output:
    """Writes to standard output and standard error."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Not every terminal has every letter: a name must not end the command.
                stream.reconfigure(errors="backslashreplace")

    def show(self, answer: Answer) -> int:
        """Write the answer; return the exit code."""
        cells = _terminal_cells()
        text = _to_json(answer.document) if self._as_json else _to_text(answer, cells)
        try:
            _write(sys.stdout, text)
        except BrokenPipeError:
            return answer.exit_code  # whoever reads has read enough
        except OSError as error:
            # What was done is done, and a code that was made is lost: that must be known.
            _write(sys.stderr, f"The answer could not be written: {error.strerror}.")
            return FAILED
        if answer.table and draw(answer.table, cells) != draw(answer.table, None):
            self.note("Cut to the width of this terminal: “| less -S” or --json shows all.")
        return answer.exit_code

    def note(self, text: str) -> None:
        """Say something beside the answer."""
        if not self._as_json:
            _write(sys.stderr, escape(text))

    def fail(self, code: str, message: str, details: Mapping[str, Any]) -> None:
        """Say what went wrong, and nothing else."""
        if self._as_json:
            error = {"code": code, "message": message, "details": dict(details)}
            with suppress(OSError):
                _write(sys.stdout, _to_json({"error": error}))
        else:
            _write(sys.stderr, escape(message))


def flush_quietly() -> None:
    """Let no reader that has gone make Python complain as it ends."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the caller
        return
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:
        stream.write(text + "\n")
        stream.flush()


def _to_json(document: dict[str, Any]) -> str:
    # In ASCII: nothing in it can drive a terminal, and no encoding can spoil it.
    return json.dumps(document, indent=2)


def _to_text(answer: Answer, cells: int | None) -> str:
    # Line by line: the line breaks are ours, and names of other people stand in between.
    parts = ["\n".join(map(escape, answer.text.split("\n")))] if answer.text else []
    if answer.table:
        parts.append(draw(answer.table, cells))
    return "\n\n".join(parts)


def _terminal_cells() -> int | None:
    if sys.stdout is None or not sys.stdout.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        return None
    return shutil.get_terminal_size().columns
