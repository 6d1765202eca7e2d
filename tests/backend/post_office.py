"""A FAKE of `providers.mail.MailServer`: keeps the letters, or raises `problem` while it is set."""

from __future__ import annotations

import re

from passport.providers.errors import MailNotSentError
from passport.providers.mail import Letter

LINK = re.compile(r"https?://\S+")
CODE = re.compile(r"^[\w-]{43}$", re.MULTILINE)


class PostOffice:
    """What a mail server has taken, the oldest first."""

    enabled = True

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.problem: MailNotSentError | None = None

    def put_off(self) -> None:
        """Answer "later" from now on, as whoever runs the recipient's server may."""
        self.problem = MailNotSentError("Later.", "refused")

    def send(self, letter: Letter) -> None:
        if self.problem is not None:
            raise self.problem
        self.letters.append(letter)


def read_token(letter: Letter) -> str:
    """Return the one-time token that the letter shows."""
    (code,) = CODE.findall(letter.text)
    return code


def read_link(letter: Letter) -> str:
    """Return the link of the letter."""
    (link,) = LINK.findall(letter.text)
    return link
