"""Writing events down, in the transaction that makes them true. Never a secret."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection

from ..storage.audit_rows import EventRow, add_event
from .clients import Client

ACCOUNT_CANCELLED = "account_cancelled"
ACCOUNT_DELETED = "account_deleted"
ACCOUNT_DISABLED = "account_disabled"
ACCOUNT_ENABLED = "account_enabled"
ACCOUNT_EXPORTED = "account_exported"
ACCOUNT_REACTIVATED = "account_reactivated"
ACCOUNTS_LINKED = "accounts_linked"
API_KEY_DELETED = "api_key_deleted"
API_KEY_MADE = "api_key_made"
API_KEY_ROTATED = "api_key_rotated"
CALLS_REFUSED = "calls_refused"
COMFY_KEY_DELETED = "comfy_key_deleted"
COMFY_KEY_MADE = "comfy_key_made"
COMFY_PASSWORD_CHANGED = "comfy_password_changed"  # noqa: S105  # the name of an event
COMFY_SESSION_ENDED = "comfy_session_ended"
COMFY_USER_NAMED = "comfy_user_named"
CREDENTIAL_REMOVED = "credential_removed"
CREDENTIAL_REVEALED = "credential_revealed"
CREDENTIAL_STORED = "credential_stored"
DELETION_REFUSED = "deletion_refused"
DELETION_REQUESTED = "deletion_requested"
EMAIL_CHANGED = "email_changed"
EMAIL_CHANGE_REQUESTED = "email_change_requested"
EMAIL_VERIFIED = "email_verified"
IDENTITY_LINKED = "identity_linked"
IDENTITY_UNLINKED = "identity_unlinked"
INVITATION_MADE = "invitation_made"
INVITATION_TAKEN_BACK = "invitation_taken_back"
NODE_PACK_ALLOWED = "node_pack_allowed"
NODE_PACK_TAKEN_BACK = "node_pack_taken_back"
OWNERSHIP_TAKEN = "ownership_taken"
PASSWORD_ADDED = "password_added"  # noqa: S105
PASSWORD_CHANGED = "password_changed"  # noqa: S105
PASSWORD_REFUSED = "password_refused"  # noqa: S105
PASSWORD_RESET = "password_reset"  # noqa: S105
PASSWORD_RESET_MADE = "password_reset_made"  # noqa: S105
PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105
REAUTHENTICATED = "reauthenticated"
REGISTERED = "registered"
RENAMED = "renamed"
SESSION_REVOKED = "session_revoked"
SESSIONS_REVOKED = "sessions_revoked"
SIGNED_IN = "signed_in"
SIGNED_OUT = "signed_out"
SIGN_IN_FAILED = "sign_in_failed"
TEST_MAIL_SENT = "test_mail_sent"

Detail = str | int | bool | None


def record(  # an event has as many sides
    connection: Connection,
    now: datetime,
    action: str,
    account_id: str | None,
    client: Client,
    **details: Detail,
) -> None:
    """Write an event down in the transaction that makes it true."""
    add_event(
        connection,
        EventRow(
            at=now,
            account_id=account_id,
            action=action,
            address=client.address,
            network=client.network,
            user_agent=client.user_agent,
            details=json.dumps(details, ensure_ascii=False),
        ),
    )
