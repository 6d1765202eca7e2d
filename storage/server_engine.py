"""The engine of a database server, which a network lies before."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, event

from .database_url import name_connection

# libpq's own words. A server that is gone without a goodbye is noticed within some ten seconds.
PATIENCE = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
POOL_WAIT_SECONDS = 10


def create_server_engine(url: URL, connections: int) -> Engine:
    """Return an engine with so many connections; what the address says of patience stands."""
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=connections,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={name: value for name, value in PATIENCE.items() if name not in url.query},
    )
    event.listen(engine, "connect", name_connection)
    return engine
