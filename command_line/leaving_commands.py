"""delete, and the requests of people who cannot log in any more."""

from __future__ import annotations

from ..accounts.deletion_requests import LAST_SHOWN
from ..accounts.leaving import Receipt
from ..audit.clients import COMMAND_LINE
from ..clock import to_iso
from .call import Call, find_account
from .errors import WRONG_USE, CommandError
from .output import Answer
from .questions import confirm
from .table import Table
from .views import name_account, view_account

NOBODY_BY_NAME = "command line"


def delete(call: Call) -> Answer:
    """Delete an account at once and for good; its files stay where they are."""
    account = find_account(call)
    question = f"Delete {name_account(account)} and everything about it, for good?"
    confirm(question, call.options.yes)
    departed = call.services.accounts.departure.delete(account.id, (), COMMAND_LINE)
    return _answer(departed.receipt, name_account(account))


def list_requests(call: Call) -> Answer:
    """List who asks for a deletion, the longest waiting first."""
    rows = call.services.accounts.deletion_requests.list()
    views = [
        {
            "id": request.id,
            "account": view_account(account),
            "proved": request.proved,
            "created_at": to_iso(request.created_at),
            "address": request.address,
        }
        for request, account in rows
    ]
    cells = [
        (
            to_iso(request.created_at) or "",
            name_account(account),
            "yes" if request.proved else "no",
            request.address or "-",
            request.id,
        )
        for request, account in rows
    ]
    headings = ("ASKED AT", "ACCOUNT", "PROVED", "ADDRESS", "ID")
    table = Table(headings, cells, "Nobody asks for a deletion.")
    return Answer({"deletion_requests": views}, table=table)


def answer_request(call: Call) -> Answer:
    """Delete the account that a request is about, or keep it."""
    requests, options = call.services.accounts.deletion_requests, call.options
    if options.grant == options.refuse:
        raise CommandError("wrong_use", "Say either --grant or --refuse.", WRONG_USE)
    if options.refuse:
        requests.refuse(options.request, None, COMMAND_LINE)
        return Answer({"refused": options.request}, "The request is dropped; the account stays.")
    found = next((account for row, account in requests.list() if row.id == options.request), None)
    name = name_account(found) if found else "the account"
    confirm(
        f"Delete {name} and everything about it, for good? A request is proved by the server's "
        f"name and {LAST_SHOWN} characters of a key: see deletion-requests.",
        options.yes,
    )
    return _answer(requests.grant(options.request, NOBODY_BY_NAME, COMMAND_LINE), name)


def _answer(receipt: Receipt, name: str) -> Answer:
    document = {
        "number": receipt.number,
        "deleted_at": to_iso(receipt.deleted_at),
        "counts": receipt.counts,
    }
    text = f"{name} is deleted. Receipt {receipt.number}."
    return Answer({"receipt": document}, text)
