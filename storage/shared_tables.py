"""The tables through which several machines keep each other informed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table

from .tables import Instant, metadata

change_counter = Table(
    "change_counter",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

change_log = Table(
    "change_log",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    Column("account_sha256", LargeBinary(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket_sha256", LargeBinary(32), primary_key=True),
    Column(
        "account_id",
        String(32),
        ForeignKey("accounts.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("session_id", String(32)),
    Column("key_sha256", LargeBinary(32)),
    Column("expires_at", Instant, nullable=False, index=True),
)
