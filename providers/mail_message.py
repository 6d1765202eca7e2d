"""A letter in the form that travels: its addresses, its headers, its two bodies.

Imported as the first letter leaves; a start without mail does not pay for `email`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .mail import Letter

# `Studio <comfy@example.org>`, the name in quotes or not, or the address alone.
MAILBOX = re.compile(r'(?:"?(?P<name>[^"<>]*?)"? *<(?P<named>[^<> ]+)>|(?P<bare>[^<> ]+))')
# RFC 5322, 3.2.3, dot-atom, with the letters of RFC 6531. Quoted local parts are nobody's.
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]{1,64}")
DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_-]*[A-Za-z0-9])*")
LINE_BREAKERS = ("Cc", "Cs", "Zl", "Zp")  # Unicode's controls, halves of pairs, line separators


@dataclass(frozen=True)
class Mailbox:
    """One sender or recipient."""

    name: str
    local_part: str
    domain: str
    """In ASCII, as DNS knows it."""

    @property
    def address(self) -> str:
        """The bare address, for the envelope."""
        return f"{self.local_part}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server that speaks SMTPUTF8 (RFC 6531) can be told the address."""
        return not self.local_part.isascii()


def parse_mailbox(text: str) -> Mailbox:
    """Read an address with or without a name. Raises ValueError, which does not show the text."""
    match = MAILBOX.fullmatch(text.strip(" ")) if is_one_line(text) else None
    if match is None:
        raise ValueError("not a mailbox")
    local_part, at, domain = (match["named"] or match["bare"]).rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local_part):
        raise ValueError("not a mail address")
    return Mailbox((match["name"] or "").strip(), local_part, _to_ascii(domain))


def is_one_line(text: str) -> bool:
    """Tell whether the text can stand in a header without ending it."""
    return not any(unicodedata.category(character) in LINE_BREAKERS for character in text)


def write_message(letter: Letter, sender: Mailbox, recipient: Mailbox, now: datetime) -> bytes:
    """Return the message in bytes that any server takes: 7 bits, but for addresses in UTF-8.

    Raises ValueError for a subject that is more than one line.
    """
    if not is_one_line(letter.subject):
        raise ValueError("a header of more than one line")
    message = EmailMessage(SMTPUTF8 if sender.needs_utf8 or recipient.needs_utf8 else SMTP)
    message["From"] = Address(sender.name, sender.local_part, sender.domain)
    message["To"] = Address("", recipient.local_part, recipient.domain)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note comes back
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _to_ascii(domain: str) -> str:
    if not domain.isascii():
        import idna  # comes with email-validator

        domain = idna.encode(domain, uts46=True).decode("ascii")  # IDNAError is a ValueError
    if not DOMAIN.fullmatch(domain):
        raise ValueError("not a domain")
    return domain
