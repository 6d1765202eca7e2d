"""What is shown of accounts, sessions and events: in JSON under the names that HTTP uses."""

from __future__ import annotations

import json
from typing import Any

from ..audit.browsers import describe_browser
from ..clock import to_iso
from ..storage.account_list import ListedAccount
from ..storage.account_rows import AccountRow
from ..storage.audit_rows import ListedEvent
from ..storage.invitation_rows import InvitationRow
from ..storage.session_rows import SessionRow
from .table import Table


def name_account(account: AccountRow) -> str:
    """Return how to speak of an account: unmistakable first."""
    return f"{account.email or account.id} ({account.display_name})"


def view_account(account: AccountRow) -> dict[str, Any]:
    """Return an account for programs."""
    return {
        "id": account.id,
        "display_name": account.display_name,
        "email": account.email,
        "email_verified": account.email_verified_at is not None,
        "pending_email": account.pending_email,
        "role": account.role,
        "has_password": account.has_password,
        "state": account.state,
        "purge_at": to_iso(account.purge_at),
        "created_at": to_iso(account.created_at),
    }


def view_listed_account(listed: ListedAccount) -> dict[str, Any]:
    """Return an account of the list for programs."""
    return {
        **view_account(listed.account),
        "last_seen_at": to_iso(listed.last_seen_at),
        "sessions": listed.sessions,
        "identities": list(listed.identities),
        "comfy_user": listed.account.comfy_user,
    }


def draw_accounts(views: list[dict[str, Any]]) -> Table:
    """Return the accounts as a table."""
    headings = (
        "MAIL",
        "NAME",
        "ROLE",
        "STATE",
        "VERIFIED",
        "WAYS IN",
        "SESSIONS",
        "LAST SEEN",
        "ID",
    )
    rows = [
        (
            view["email"] or "-",
            view["display_name"],
            view["role"],
            view["state"],
            "yes" if view["email_verified"] else "no",
            ", ".join(view["identities"]),
            str(view["sessions"]),
            view["last_seen_at"] or "-",
            view["id"],
        )
        for view in views
    ]
    return Table(headings, rows, "There are no accounts.")


def view_session(session: SessionRow) -> dict[str, Any]:
    """Return a session for programs."""
    browser, platform = describe_browser(session.user_agent)
    return {
        "id": session.id,
        "created_at": to_iso(session.created_at),
        "last_seen_at": to_iso(session.last_seen_at),
        "expires_at": to_iso(session.expires_at),
        "shared_computer": session.shared_computer,
        "browser": browser,
        "platform": platform,
        "address": session.address,
        "method": session.method,
    }


def draw_sessions(views: list[dict[str, Any]]) -> Table:
    """Return the sessions as a table."""
    headings = ("LAST SEEN", "SINCE", "UNTIL", "BROWSER", "ADDRESS", "WAY IN", "SHARED", "ID")
    rows = [
        (
            view["last_seen_at"],
            view["created_at"],
            view["expires_at"],
            _join(view["browser"], view["platform"]),
            view["address"] or "-",
            view["method"],
            "yes" if view["shared_computer"] else "no",
            view["id"],
        )
        for view in views
    ]
    return Table(headings, rows, "This account is logged in nowhere.")


def view_event(listed: ListedEvent) -> dict[str, Any]:
    """Return an event for programs."""
    event = listed.event
    browser, platform = describe_browser(event.user_agent)
    named = {"display_name": listed.account_name, "email": listed.account_email}
    return {
        "id": listed.id,
        "at": to_iso(event.at),
        "action": event.action,
        "address": event.address,
        "browser": browser,
        "platform": platform,
        "details": json.loads(event.details),
        "account": {"id": event.account_id, **named} if event.account_id else None,
    }


def draw_events(views: list[dict[str, Any]]) -> Table:
    """Return the events as a table."""
    headings = ("AT", "ACCOUNT", "EVENT", "ADDRESS", "WITH", "DETAILS")
    rows = [
        (
            view["at"],
            _name_account_of(view["account"]),
            view["action"],
            view["address"] or "-",
            _join(view["browser"], view["platform"]),
            " ".join(f"{name}={value}" for name, value in view["details"].items() if value),
        )
        for view in views
    ]
    return Table(headings, rows, "Nothing has happened yet.")


def view_invitation(row: InvitationRow) -> dict[str, Any]:
    """Return an invitation for programs."""
    return {
        "id": row.id,
        "email": row.email,
        "created_at": to_iso(row.created_at),
        "expires_at": to_iso(row.expires_at),
    }


def _name_account_of(account: dict[str, Any] | None) -> str:
    if account is None:
        return "-"
    return account["email"] or account["display_name"] or account["id"]


def _join(browser: str, platform: str) -> str:
    return ", ".join(word for word in (browser, platform) if word) or "-"
