"""The engine of a database server, which a network lies before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from .database_url import name_connection
from .server_watch import LONGEST_STATEMENT_SECONDS, ServerWatch

# libpq's own words: how soon a server is noticed that is gone without a goodbye.
PATIENCE = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
PROBE_PATIENCE = {**PATIENCE, "tcp_user_timeout": 2000}
POOL_WAIT_SECONDS = 10


def create_server_engine(url: URL, connections: int) -> Engine:
    """Return an engine with so many connections; what the address says of patience stands."""
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=connections,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args=_list_connect_args(url, PATIENCE),
    )
    event.listen(engine, "connect", name_connection)
    event.listen(engine, "connect", _bound_statements)
    return engine


def watch_server(engine: Engine) -> ServerWatch:
    """Return the watch over the server of this engine."""
    dialect, url = engine.dialect, engine.url
    place, named = dialect.create_connect_args(url)
    named = {**named, **_list_connect_args(url, PROBE_PATIENCE)}
    return ServerWatch(engine, lambda: dialect.connect(*place, **named))


def _list_connect_args(url: URL, patience: dict[str, int]) -> dict[str, Any]:
    chosen: dict[str, Any] = {
        name: value for name, value in patience.items() if name not in url.query
    }
    # A pooler gives each transaction another connection, which knows no statement of the last.
    return {**chosen, "prepare_threshold": None}


def _bound_statements(connection: Any, _record: Any) -> None:
    """Have the server end what takes too long, unless its administrator has set another bound."""
    connection.execute(
        "SELECT set_config('statement_timeout', %s, false)"
        " WHERE current_setting('statement_timeout') = '0'",
        (f"{LONGEST_STATEMENT_SECONDS}s",),
    )
    connection.commit()
