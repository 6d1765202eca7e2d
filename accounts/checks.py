"""The Doctor's rows on the server's owner and on its mail."""

from __future__ import annotations

from ..network.checks import OK, SKIPPED, WARN, Check
from .outbox import Outbox
from .people import People


def check_owner(people: People) -> Check:
    """Does somebody own this server?"""
    if people.has_owner():
        return Check("owner", OK, "This server has an owner.")
    return Check(
        "owner",
        OK,
        "This server has no owner yet. The first account that is made on the machine itself, or "
        "with the set-up code from its terminal, owns it.",
    )


def check_mail(outbox: Outbox) -> Check:
    """Does the mail get away that verifies addresses and resets passwords?"""
    if not outbox.enabled:
        return Check(
            "mail",
            SKIPPED,
            "This server sends no mail. Whoever forgets a password needs a link from its owner.",
            "Set PASSPORT_SMTP_HOST to send mail.",
        )
    state = outbox.describe()
    details = {"waiting": state.waiting}
    if state.problem:
        return Check(
            "mail",
            WARN,
            f"Mail does not get away. {state.problem}",
            "Passport tries again by itself; the owner can send a test mail in Passport > Server.",
            details,
        )
    return Check("mail", OK, "Mail gets away.", None, details)
