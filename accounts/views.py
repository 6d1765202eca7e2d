"""What may be shown of accounts, sessions and events, over HTTP and on the command line alike.

A list of fields each, no more; plain values, instants as text.
"""

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


def view_account(account: AccountRow) -> dict[str, Any]:
    """Return what a person may see of their account."""
    return {
        "id": account.id,
        "display_name": account.display_name,
        "email": account.email,
        "email_verified": account.email_verified_at is not None,
        "pending_email": account.pending_email,
        "role": account.role,
        "state": account.state,
        "purge_at": to_iso(account.purge_at),
        "has_password": account.has_password,
    }


def view_listed_account(listed: ListedAccount) -> dict[str, Any]:
    """Return what the owner may see of somebody's account."""
    return {
        **view_account(listed.account),
        "created_at": to_iso(listed.account.created_at),
        "last_seen_at": to_iso(listed.last_seen_at),
        "sessions": listed.sessions,
        "identities": list(listed.identities),
        "comfy_user": listed.account.comfy_user,
    }


def view_session(session: SessionRow) -> dict[str, Any]:
    """Return what a person may see of a session of theirs."""
    return {
        "id": session.id,
        "created_at": to_iso(session.created_at),
        "expires_at": to_iso(session.expires_at),
        "shared_computer": session.shared_computer,
    }


def view_listed_session(session: SessionRow) -> dict[str, Any]:
    """Return a session of the account's list."""
    browser, platform = describe_browser(session.user_agent)
    return {
        **view_session(session),
        "last_seen_at": to_iso(session.last_seen_at),
        "browser": browser,
        "platform": platform,
        "address": session.address,
        "method": session.method,
    }


def view_event(listed: ListedEvent) -> dict[str, Any]:
    """Return an event of the audit log."""
    event = listed.event
    browser, platform = describe_browser(event.user_agent)
    named = {"display_name": listed.account_name, "email": listed.account_email}
    return {
        "id": listed.id,
        "at": to_iso(event.at),
        "action": event.action,
        "address": event.address or event.network,
        "browser": browser,
        "platform": platform,
        "details": json.loads(event.details),
        "account": {"id": event.account_id, **named} if event.account_id else None,
    }


def view_invitation(row: InvitationRow) -> dict[str, Any]:
    """Return an invitation; its code is kept nowhere."""
    return {
        "id": row.id,
        "email": row.email,
        "created_at": to_iso(row.created_at),
        "expires_at": to_iso(row.expires_at),
    }
