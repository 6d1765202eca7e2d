"""Log-ins by way of other services: how they call a person, what is under way, what it brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identities", sa.Column("label", sa.String(320)))
    op.add_column(
        "credentials",
        sa.Column("kind", sa.String(16), nullable=False, server_default="api-key"),
    )
    op.add_column("credentials", sa.Column("expires_at", sa.BigInteger))
    op.add_column("credentials", sa.Column("remote_id", sa.String(64)))
    op.create_table(
        "pending_log_ins",
        sa.Column("id_sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("next_poll_at", sa.BigInteger),
    )
