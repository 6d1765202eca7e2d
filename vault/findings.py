"""What the service says of a key, and what that changes about the stored one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..providers.comfy_api import Customer
from ..storage.credential_rows import CredentialRow


@dataclass(frozen=True)
class Finding:
    """What the service says of a key: accepted, refused, not_permitted or not_checked, and why."""

    state: str
    checked_at: datetime | None
    cause: str | None = None
    customer: Customer | None = None


def apply_finding(row: CredentialRow, finding: Finding) -> CredentialRow:
    """Return the row as it stands then; a key that could not be checked keeps its state."""
    if finding.state == "not_checked":
        return replace(row, cause=finding.cause)
    customer = finding.customer
    return replace(
        row,
        state=finding.state,
        cause=None,
        checked_at=finding.checked_at,
        holder_name=customer.name if customer else row.holder_name,
        holder_email=customer.email if customer else row.holder_email,
    )
