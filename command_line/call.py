"""One call of a command: what it works on, and whom it means."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from ..accounts.errors import AccountMissingError
from ..services import Services
from ..storage.account_rows import AccountRow
from .output import Output


@dataclass(frozen=True)
class Call:
    """The services of the store, the arguments, and where to say what is beside the answer."""

    services: Services
    options: Namespace
    output: Output


def find_account(call: Call) -> AccountRow:
    """Return the account that was named. Raises AccountMissingError."""
    text: str = call.options.account
    people = call.services.accounts.people
    try:
        return people.find(text)
    except AccountMissingError:
        pass
    # The address of an account without a password is what the key's service says: nobody has
    # proved it here, so it does not name the account.
    alike = [each.account for each in people.list(text) if each.account.email == text]
    if alike:
        ids = ", ".join(account.id for account in alike)
        raise AccountMissingError(
            f"No account logs in by mail as {text}. There is one with this address that logs in "
            f"by API key; name it by its id: {ids}"
        )
    raise AccountMissingError(
        f"There is no account {text}. The command “accounts --search TEXT” lists those there are."
    )
