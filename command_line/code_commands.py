"""reset-password and invite: codes that are shown this once."""

from __future__ import annotations

import asyncio

from ..accounts.errors import EmailMissingError
from ..accounts.invitations import DEFAULT_DAYS, MOST_DAYS
from ..accounts.letter_values import INVITATION, make_link
from ..accounts.tokens import PASSWORD_RESET
from ..accounts.views import view_invitation
from ..audit.clients import COMMAND_LINE
from ..clock import to_iso
from .call import Call, find_account
from .errors import WRONG_USE, CommandError
from .output import Answer
from .questions import ask_new_password, confirm
from .views import name_account, view_account


def reset_password(call: Call) -> Answer:
    """Make a code that sets a new password, once; with --set, set it here."""
    if call.options.set:
        return _set_password(call)
    account = find_account(call)
    made = call.services.accounts.recovery.make(account.id, None, COMMAND_LINE)
    link = make_link(call.services.settings.public_url, PASSWORD_RESET, made.token)
    until = to_iso(made.expires_at)
    text = "\n\n".join(
        [
            (
                f"A code that sets a new password for {name_account(account)}, once, "
                f"until {until}. It is shown only now:"
            ),
            _show(made.token.reveal(), link),
            (
                "Give it to the person in a way that nobody else can read. In ComfyUI they open "
                "Settings > User, choose “I have a code”, and enter it with a new password; then "
                "all sessions of the account end."
            ),
        ]
    )
    document = {
        "account": view_account(account),
        "token": made.token.reveal(),
        "link": link,
        "expires_at": until,
    }
    return Answer(document, text)


def invite(call: Call) -> Answer:
    """Make an invitation."""
    days: int = call.options.days or DEFAULT_DAYS
    if days > MOST_DAYS:
        raise CommandError(
            "wrong_use", f"An invitation is good for {MOST_DAYS} days at most.", WRONG_USE
        )
    invitations = call.services.accounts.invitations
    row, code = invitations.make(call.options.mail, days, None, COMMAND_LINE)
    link = make_link(call.services.settings.public_url, INVITATION, code)
    whose = f"for {row.email} alone" if row.email else "for one person"
    text = "\n\n".join(
        [
            (
                f"An invitation {whose}, good until {to_iso(row.expires_at)}. It is shown "
                "only now, and sent to nobody:"
            ),
            _show(code.reveal(), link),
            (
                "Give it to the person. In ComfyUI they open Settings > User, choose “Create an "
                "account”, and enter it."
            ),
        ]
    )
    document = {"invitation": view_invitation(row), "code": code.reveal(), "link": link}
    return Answer(document, text)


def _set_password(call: Call) -> Answer:
    account = find_account(call)
    who = name_account(account)
    if not account.has_password:
        raise EmailMissingError(f"{who} logs in by API key alone: there is no password to set.")
    confirm(f"Set a new password for {who}? All its sessions end.", call.options.yes)
    password = ask_new_password()
    asyncio.run(
        call.services.accounts.recovery.set_password(account, password.reveal(), COMMAND_LINE)
    )
    text = f"The new password of {who} is set, and all its sessions have ended."
    return Answer({"account": view_account(account)}, text)


def _show(code: str, link: str | None) -> str:
    return f"    {code}" if link is None else f"    {code}\n\nor this link:\n\n    {link}"
