"""What may be shown of credentials: a list of fields each, no more."""

from __future__ import annotations

from typing import Any

from ..clock import to_iso
from ..storage.credential_rows import API_KEY, CredentialRow
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials


def view_credential(row: CredentialRow, credentials: Credentials) -> dict[str, Any]:
    """Return what may be shown of a stored credential: a mask, never the secret."""
    holder = None
    if row.holder_name or row.holder_email:
        holder = {"name": row.holder_name, "email": row.holder_email}
    return {
        "service": row.service,
        "kind": row.kind,
        "profile": row.profile,
        "mask": row.mask,
        "source": "account",
        "state": _name_state(row, credentials),
        "cause": row.cause,
        "holder": holder,
        "created_at": to_iso(row.created_at),
        "checked_at": to_iso(row.checked_at),
        "last_used_at": to_iso(row.last_used_at),
        "expires_at": to_iso(row.expires_at),
    }


def _name_state(row: CredentialRow, credentials: Credentials) -> str:
    if not credentials.is_readable(row):
        return "unreadable"
    return "expired" if credentials.is_expired(row) else row.state


def view_machine_credential(mask: str) -> dict[str, Any]:
    """Return what may be shown of the machine's default credential."""
    return {
        "service": COMFY,
        "kind": API_KEY,
        "profile": DEFAULT_PROFILE,
        "mask": mask,
        "source": "machine",
        "state": "not_checked",
        "cause": None,
        "holder": None,
        "created_at": None,
        "checked_at": None,
        "last_used_at": None,
        "expires_at": None,
    }
