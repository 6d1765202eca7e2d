"""accounts, disable, enable, sessions, revoke-sessions and activity."""

from __future__ import annotations

from collections.abc import Iterator

from ..accounts.views import view_event, view_listed_account, view_listed_session
from ..audit.clients import COMMAND_LINE
from ..storage.account_list import ListedAccount
from ..storage.account_rows import ACTIVE, DISABLED
from .call import Call, find_account
from .output import Answer
from .questions import confirm
from .views import (
    draw_accounts,
    draw_events,
    draw_sessions,
    name_account,
    view_account,
)

PAGE = 200


def list_accounts(call: Call) -> Answer:
    """List accounts, the newest first."""
    limit: int = call.options.limit
    listed: list[ListedAccount] = []
    for page in _read_pages(call):
        listed += page
        if len(listed) > limit:
            break
    more = len(listed) > limit
    views = [view_listed_account(each) for each in listed[:limit]]
    if more:
        call.output.note("There are more accounts: --limit N shows N of them.")
    return Answer({"accounts": views, "more": more}, table=draw_accounts(views))


def disable(call: Call) -> Answer:
    """Let nobody log in to the account; end its sessions."""
    account = find_account(call)
    confirm(f"Disable {name_account(account)}? Its sessions end at once.", call.options.yes)
    people = call.services.accounts.people
    account = people.set_state(account.id, DISABLED, None, COMMAND_LINE)
    text = f"{name_account(account)} is disabled, and its sessions have ended."
    return Answer({"account": view_account(account)}, text)


def enable(call: Call) -> Answer:
    """Let the account log in again."""
    people = call.services.accounts.people
    account = people.set_state(find_account(call).id, ACTIVE, None, COMMAND_LINE)
    return Answer({"account": view_account(account)}, f"{name_account(account)} can log in.")


def list_sessions(call: Call) -> Answer:
    """List where the account is logged in."""
    account = find_account(call)
    views = [view_listed_session(row) for row in call.services.accounts.sign_out.list(account.id)]
    document = {"account": view_account(account), "sessions": views}
    return Answer(document, table=draw_sessions(views))


def revoke_sessions(call: Call) -> Answer:
    """Log the account out everywhere."""
    account = find_account(call)
    confirm(f"End all sessions of {name_account(account)}?", call.options.yes)
    ended = call.services.accounts.sign_out.revoke_all(account.id, COMMAND_LINE)
    sessions = "1 session" if ended == 1 else f"{ended} sessions"
    text = f"{sessions} of {name_account(account)} ended."
    return Answer({"account": view_account(account), "ended": ended}, text)


def list_activity(call: Call) -> Answer:
    """List what happened in an account, or in all."""
    account_id = find_account(call).id if call.options.account else None
    events = call.services.accounts.people.list_events(account_id, limit=call.options.limit)
    views = [view_event(event) for event in events]
    return Answer({"events": views}, table=draw_events(views))


def _read_pages(call: Call) -> Iterator[list[ListedAccount]]:
    after = None
    while True:
        page = call.services.accounts.people.list(call.options.search, after, PAGE)
        yield page
        if len(page) < PAGE:
            return
        after = page[-1].account.id
