"""What may be shown of accounts, sessions and credentials: a list of fields each, no more."""

from __future__ import annotations

import json
from typing import Any

from ..audit.browsers import describe_browser
from ..clock import to_iso
from ..storage.account_list import ListedAccount
from ..storage.account_rows import AccountRow
from ..storage.audit_rows import ListedEvent
from ..storage.credential_rows import CredentialRow
from ..storage.session_rows import SessionRow
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials


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


def view_listed_session(session: SessionRow, current: str) -> dict[str, Any]:
    """Return a session of the account's list; `current` is the id of the one that asks."""
    browser, platform = describe_browser(session.user_agent)
    return {
        **view_session(session),
        "last_seen_at": to_iso(session.last_seen_at),
        "browser": browser,
        "platform": platform,
        "address": session.address,
        "method": session.method,
        "current": session.id == current,
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
        "address": event.address,
        "browser": browser,
        "platform": platform,
        "details": json.loads(event.details),
        "account": {"id": event.account_id, **named} if event.account_id else None,
    }


def view_credential(row: CredentialRow, credentials: Credentials) -> dict[str, Any]:
    """Return what may be shown of a stored credential: a mask, never the secret."""
    holder = None
    if row.holder_name or row.holder_email:
        holder = {"name": row.holder_name, "email": row.holder_email}
    return {
        "service": row.service,
        "profile": row.profile,
        "mask": row.mask,
        "source": "account",
        "state": row.state if credentials.is_readable(row) else "unreadable",
        "cause": row.cause,
        "holder": holder,
        "created_at": to_iso(row.created_at),
        "checked_at": to_iso(row.checked_at),
        "last_used_at": to_iso(row.last_used_at),
    }


def view_machine_credential(mask: str) -> dict[str, Any]:
    """Return what may be shown of the machine's default credential."""
    return {
        "service": COMFY,
        "profile": DEFAULT_PROFILE,
        "mask": mask,
        "source": "machine",
        "state": "not_checked",
        "cause": None,
        "holder": None,
        "created_at": None,
        "checked_at": None,
        "last_used_at": None,
    }
