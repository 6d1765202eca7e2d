"""The engine of a database server, which a network lies before."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, make_url

# libpq's own words. A server that is gone without a goodbye is noticed within some ten seconds.
PATIENCE = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
    "application_name": "passport",
}
POOL_WAIT_SECONDS = 10


def read_url(text: str) -> URL:
    """Return the address. Raises sqlalchemy.exc.ArgumentError."""
    # Which driver a bare name means differs between versions of SQLAlchemy; ours is psycopg.
    url = make_url(text)
    bare = url.drivername in ("postgres", "postgresql")
    return url.set(drivername="postgresql+psycopg") if bare else url


def create_server_engine(url: URL, connections: int) -> Engine:
    """Return an engine with so many connections; what the address says of patience stands."""
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=connections,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={name: value for name, value in PATIENCE.items() if name not in url.query},
    )
