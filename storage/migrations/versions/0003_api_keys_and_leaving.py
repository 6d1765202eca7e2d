"""API keys of one's own, when a person was last proved, and when a cancelled account goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("purge_at", sa.BigInteger))
    op.create_index("ix_accounts_purge_at", "accounts", ["purge_at"])
    op.add_column("accounts", sa.Column("reminded_at", sa.BigInteger))
    op.add_column("accounts", sa.Column("comfy_user", sa.String(255)))
    op.create_index("ix_accounts_comfy_user", "accounts", ["comfy_user"], unique=True)
    # Whoever is logged in was proved long ago.
    op.add_column(
        "sessions", sa.Column("proved_at", sa.BigInteger, nullable=False, server_default="0")
    )
    _create_api_keys()
    _create_deletion_requests()
    op.create_table(
        "outputs",
        sa.Column("path", sa.String(500), primary_key=True),
        _owner(),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )


def _owner() -> sa.Column[str]:
    reference = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(32), reference, nullable=False, index=True)


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        _owner(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("key_sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("previous_sha256", sa.LargeBinary(32), unique=True),
        sa.Column("previous_until", sa.BigInteger),
        sa.Column("shown", sa.String(16), nullable=False),
        sa.Column("scopes", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("last_used_address", sa.String(45)),
        sa.UniqueConstraint("account_id", "name"),
    )


def _create_deletion_requests() -> None:
    op.create_table(
        "deletion_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        _owner(),
        sa.Column("proved", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
    )
