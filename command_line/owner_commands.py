"""create-owner and make-owner."""

from __future__ import annotations

import asyncio

from ..accounts.display_names import parse_display_name
from ..accounts.email_addresses import parse_email
from ..accounts.errors import AccountMissingError, EmailTakenError
from ..accounts.registration import NewAccount
from ..audit.clients import COMMAND_LINE
from ..storage.account_rows import ACTIVE, OWNER, AccountRow
from .call import Call, find_account
from .output import Answer
from .questions import ask_new_password
from .views import name_account, view_account


def create_owner(call: Call) -> Answer:
    """Make an account with the role owner; its password is asked for last."""
    email = parse_email(call.options.mail)
    if call.options.name:
        parse_display_name(call.options.name)
    _require_free(call, email.shown)
    password = ask_new_password()
    new = NewAccount(email.shown, password.reveal(), call.options.name)
    registration = call.services.accounts.registration
    account = asyncio.run(registration.create_owner(new, COMMAND_LINE))
    text = f"{name_account(account)} owns this server now. Log in with it in ComfyUI."
    return Answer({"account": view_account(account)}, text)


def make_owner(call: Call) -> Answer:
    """Make an account that is there an owner."""
    account = find_account(call)
    if account.role == OWNER:
        return _tell(account, f"{name_account(account)} is an owner of this server already.")
    account = call.services.accounts.people.make_owner(account.id, COMMAND_LINE)
    text = f"{name_account(account)} is an owner of this server now."
    if account.state != ACTIVE:
        text += " It cannot log in as long as it is disabled: see the command enable."
    return _tell(account, text)


def _tell(account: AccountRow, text: str) -> Answer:
    return Answer({"account": view_account(account)}, text)


def _require_free(call: Call, email: str) -> None:
    try:
        call.services.accounts.people.find(email)
    except AccountMissingError:
        return
    raise EmailTakenError(
        f"An account with the mail address {email} is here already. If it is yours, run "
        f"“make-owner {email}”; if somebody else may have made it, set its password first: "
        f"“reset-password --set {email}”."
    )
