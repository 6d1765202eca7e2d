"""The tables. Instants are whole milliseconds since 1970 in the store, aware UTC in Python."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, the same on SQLite and PostgreSQL and ordered as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else (value - EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else EPOCH + timedelta(milliseconds=value)


metadata = MetaData()


def _reference_to_account() -> ForeignKey:
    return ForeignKey("accounts.id", ondelete="CASCADE")


def _owner() -> Column[str]:
    """Return the column that ties a row to its account and goes with it."""
    return Column("account_id", String(32), _reference_to_account(), nullable=False, index=True)


instance = Table(
    "instance",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(255), nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("display_name", String(255), nullable=False),
    Column("email", String(320)),
    Column("created_at", Instant, nullable=False, index=True),
    Column("role", String(16), nullable=False, index=True),
    Column("email_verified_at", Instant),
    Column("pending_email", String(320)),
    Column("purge_at", Instant, index=True),
    Column("reminded_at", Instant),
    Column("comfy_user", String(255), unique=True, index=True),
)

identities = Table(
    "identities",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner(),
    Column("kind", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("label", String(320)),
    UniqueConstraint("kind", "subject"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner(),
    Column("token_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("idle_seconds", Integer, nullable=False),
    Column("shared_computer", Boolean, nullable=False),
    Column("method", String(64), nullable=False),
    Column("address", String(45), nullable=False),
    Column("user_agent", String(255), nullable=False),
    Column("proved_at", Instant, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner(),
    Column("name", String(64), nullable=False),
    Column("key_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("previous_sha256", LargeBinary(32), unique=True),
    Column("previous_until", Instant),
    Column("shown", String(16), nullable=False),
    Column("scopes", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("last_used_address", String(45)),
    UniqueConstraint("account_id", "name"),
)

passwords = Table(
    "passwords",
    metadata,
    Column("account_id", String(32), _reference_to_account(), primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("stamp", String(32), nullable=False),
    Column("changed_at", Instant, nullable=False),
)

one_time_tokens = Table(
    "one_time_tokens",
    metadata,
    Column("token_sha256", LargeBinary(32), primary_key=True),
    _owner(),
    Column("purpose", String(32), nullable=False),
    Column("email", String(320), nullable=False),
    Column("stamp", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

pending_log_ins = Table(
    "pending_log_ins",
    metadata,
    Column("id_sha256", LargeBinary(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("next_poll_at", Instant),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("code_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("email", String(320)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

outputs = Table(
    "outputs",
    metadata,
    Column("path", String(500), primary_key=True),
    _owner(),
    Column("made_at", Instant, nullable=False),
)

deletion_requests = Table(
    "deletion_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner(),
    Column("proved", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("address", String(45), nullable=False),
    Column("user_agent", String(255), nullable=False),
)

throttles = Table(
    "throttles",
    metadata,
    Column("key_sha256", LargeBinary(32), primary_key=True),
    Column("free_at", Instant, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("account_id", String(32), _reference_to_account(), index=True),
    Column("details", String(1000), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("problem", String(255)),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("account_id", String(32), index=True),
    Column("action", String(64), nullable=False),
    Column("address", String(45), nullable=False),
    Column("network", String(49), nullable=False),
    Column("user_agent", String(255), nullable=False),
    Column("details", String(1000), nullable=False),
    Index("ix_audit_events_familiar", "account_id", "network", "action"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner(),
    Column("service", String(64), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("key_version", String(16), nullable=False),
    Column("mask", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("cause", String(32)),
    Column("holder_name", String(255)),
    Column("holder_email", String(320)),
    Column("created_at", Instant, nullable=False),
    Column("checked_at", Instant),
    Column("last_used_at", Instant),
    Column("kind", String(16), nullable=False),
    Column("expires_at", Instant),
    Column("remote_id", String(64)),
    UniqueConstraint("account_id", "service", "profile"),
)

node_packs = Table(
    "node_packs",
    metadata,
    _owner(),
    Column("name", String(255), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("decided_at", Instant, nullable=False),
    UniqueConstraint("account_id", "name"),
)
