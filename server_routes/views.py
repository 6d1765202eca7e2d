"""What may be shown of accounts, sessions and credentials: a list of fields each, no more."""

from __future__ import annotations

from typing import Any

from ..clock import to_iso
from ..storage.account_rows import AccountRow
from ..storage.credential_rows import CredentialRow
from ..storage.session_rows import SessionRow
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials


def view_account(account: AccountRow) -> dict[str, Any]:
    """Return what a person may see of their account."""
    return {
        "id": account.id,
        "display_name": account.display_name,
        "email": account.email,
    }


def view_session(session: SessionRow) -> dict[str, Any]:
    """Return what a person may see of a session of theirs."""
    return {
        "created_at": to_iso(session.created_at),
        "expires_at": to_iso(session.expires_at),
        "shared_computer": session.shared_computer,
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
