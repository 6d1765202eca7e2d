"""Passwords, one-time tokens, invitations, throttles, the outbox of mails and the audit log.

Accounts that were there before are nobody's owner; their sessions do not say where they began.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _reference_to_account() -> sa.ForeignKey:
    return sa.ForeignKey("accounts.id", ondelete="CASCADE")


def _text(name: str, longest: int, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest), nullable=False, server_default=default)


def _instant(name: str, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, index=index)


def upgrade() -> None:
    _extend()
    _create_proofs()
    _create_protocols()


def _extend() -> None:
    op.add_column("accounts", _text("role", 16, "user"))
    op.add_column("accounts", sa.Column("email_verified_at", sa.BigInteger))
    op.add_column("accounts", sa.Column("pending_email", sa.String(320)))
    op.create_index("ix_accounts_role", "accounts", ["role"])
    op.create_index("ix_accounts_created_at", "accounts", ["created_at"])
    op.add_column("sessions", _text("method", 64, "comfy-api-key"))
    op.add_column("sessions", _text("address", 45, ""))
    op.add_column("sessions", _text("user_agent", 255, ""))


def _create_proofs() -> None:
    op.create_table(
        "passwords",
        sa.Column("account_id", sa.String(32), _reference_to_account(), primary_key=True),
        _text("password_hash", 255),
        _text("stamp", 32),
        _instant("changed_at"),
    )
    op.create_table(
        "one_time_tokens",
        sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("account_id", sa.String(32), _reference_to_account(), nullable=False, index=True),
        _text("purpose", 32),
        _text("email", 320),
        _text("stamp", 32),
        _instant("created_at"),
        _instant("expires_at", index=True),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("code_sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("email", sa.String(320)),
        _instant("created_at"),
        _instant("expires_at", index=True),
    )


def _create_protocols() -> None:
    op.create_table(
        "throttles",
        sa.Column("key_sha256", sa.LargeBinary(32), primary_key=True),
        _instant("free_at", index=True),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(32), primary_key=True),
        _text("kind", 32),
        _text("recipient", 320),
        sa.Column("account_id", sa.String(32), _reference_to_account(), index=True),
        _text("details", 1000),
        _instant("created_at"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _instant("due_at", index=True),
        sa.Column("problem", sa.String(255)),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        _instant("at", index=True),
        sa.Column("account_id", sa.String(32), index=True),
        _text("action", 64),
        _text("address", 45),
        _text("network", 49),
        _text("user_agent", 255),
        _text("details", 1000),
        sa.Index("ix_audit_events_familiar", "account_id", "network", "action"),
    )
