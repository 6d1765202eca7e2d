"""Mail addresses in one normal form."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from .errors import EmailInvalidError

LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True)
class EmailAddress:
    """An address as it is written to, and as it is compared."""

    shown: str
    key: str
    """Two texts are one address exactly when their keys are equal: NFKC and case folding over the
    local part, the domain in ASCII (IDNA 2008). Look-alike letters of other scripts stay
    different, as they are for mail servers."""


def parse_email(text: str) -> EmailAddress:
    """Read an address without asking DNS. Raises EmailInvalidError."""
    from email_validator import EmailNotValidError, validate_email

    try:
        # Not globally: a studio's own network has addresses that the world cannot reach.
        found = validate_email(
            text.strip()[: LONGEST + 1],
            check_deliverability=False,
            globally_deliverable=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise EmailInvalidError(f"This is not a mail address. {error}") from None
    domain = (found.ascii_domain or found.domain).lower()
    if "." not in domain:
        raise EmailInvalidError("This is not a mail address: its end is missing, such as “.org”.")
    key = f"{unicodedata.normalize('NFKC', found.local_part).casefold()}@{domain}"
    if len(key) > LONGEST:  # one letter can stand for many: U+FDFA for eighteen
        raise EmailInvalidError("This is not a mail address. It is too long.")
    return EmailAddress(found.normalized, key)


def make_email_key(text: str) -> str:
    """Return the key of whatever somebody typed; one that no account has when it is no address."""
    try:
        return parse_email(text).key
    except EmailInvalidError:
        return f"none {text[:LONGEST]!a}"  # plain ASCII: not every store takes every text
