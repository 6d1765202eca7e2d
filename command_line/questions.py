"""What a command asks: a yes, and a new password, which never stands in its arguments."""

from __future__ import annotations

import sys
from getpass import getpass

from ..secret import Secret
from .errors import FAILED, WRONG_USE, CommandError
from .plain_text import escape

YES = ("y", "yes")
LONGEST_LINE_BYTES = 64 * 1024


def on_a_terminal() -> bool:
    """Tell whether there is somebody who can answer."""
    return sys.stdin is not None and sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison]


def confirm(question: str, yes: bool) -> None:
    """Go on only with a yes. Raises CommandError."""
    if yes:
        return
    if not on_a_terminal():
        raise CommandError(
            "confirmation_needed",
            "This needs a yes, and there is no terminal to ask at. Nothing was changed; if you "
            "mean it, add --yes.",
            WRONG_USE,
        )
    # To standard error: standard output is for the answer.
    sys.stderr.write(f"{escape(question)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        sys.stderr.write("\n")  # Ctrl+D leaves the cursor behind the question
    if answer.strip().lower() not in YES:
        raise CommandError("not_confirmed", "Nothing was changed.", FAILED)


def ask_new_password() -> Secret:
    """Ask for it twice at a terminal; elsewhere read one line of standard input.

    Raises CommandError.
    """
    text = _ask_twice() if on_a_terminal() else _read_line()
    if not text:
        raise CommandError(
            "password_missing",
            "There was no password. Nothing was changed; type one, or send one as a line to "
            "standard input.",
            WRONG_USE,
        )
    if _has_half_characters(text):
        raise _not_text()
    return Secret(text)


def ask_passphrase(new: bool) -> Secret:
    """Ask for the passphrase of a backup, a new one twice; without a terminal, read one line.

    Raises CommandError.
    """
    if not on_a_terminal():
        text = _read_line()
    else:
        text = _ask_twice("New passphrase: ") if new else _ask("Passphrase: ")
    if not text:
        raise CommandError(
            "passphrase_missing",
            "There was no passphrase. Type one, send one as a line to standard input, or set "
            "PASSPORT_BACKUP_PASSPHRASE_FILE to a file that holds it.",
            WRONG_USE,
        )
    if _has_half_characters(text):
        raise _not_text()
    return Secret(text)


def read_one_line() -> str:
    """Return one line of standard input. Raises CommandError for what is not text."""
    return _read_line()


def _ask(prompt: str) -> str:
    try:
        return getpass(prompt)
    except EOFError:
        sys.stderr.write("\n")
        return ""


def _ask_twice(prompt: str = "New password: ") -> str:
    first = _ask(prompt)
    if not first:
        return ""
    if first != _ask("The same again: "):
        raise CommandError(
            "passwords_differ", "The two passwords are not the same. Nothing was changed.", FAILED
        )
    return first


def _read_line() -> str:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        return ""
    line = sys.stdin.buffer.readline(LONGEST_LINE_BYTES)
    try:
        return line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _not_text() from None


def _has_half_characters(text: str) -> bool:
    return any("\ud800" <= each <= "\udfff" for each in text)


def _not_text() -> CommandError:
    return CommandError(
        "password_not_text", "The password is not text in UTF-8. Nothing was changed.", FAILED
    )
