"""How accounts, sessions and events are drawn for people; programs get what HTTP shows."""

from __future__ import annotations

from typing import Any

from ..accounts.views import view_account as view_account_over_http
from ..clock import to_iso
from ..storage.account_rows import AccountRow
from .table import Table


def name_account(account: AccountRow) -> str:
    """Return how to speak of an account: unmistakable first."""
    return f"{account.email or account.id} ({account.display_name})"


def view_account(account: AccountRow) -> dict[str, Any]:
    """Return an account for programs: what it shows over HTTP, and since when it is here."""
    return {**view_account_over_http(account), "created_at": to_iso(account.created_at)}


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


def _name_account_of(account: dict[str, Any] | None) -> str:
    if account is None:
        return "-"
    return account["email"] or account["display_name"] or account["id"]


def _join(browser: str, platform: str) -> str:
    return ", ".join(word for word in (browser, platform) if word) or "-"
