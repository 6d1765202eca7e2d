"""What may be shown of credentials: a list of fields each, no more."""

from __future__ import annotations

from typing import Any

from ..clock import to_iso
from ..storage.credential_rows import CredentialRow
from ..vault.credentials import COMFY, DEFAULT_PROFILE, Credentials


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
