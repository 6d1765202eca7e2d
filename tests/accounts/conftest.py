"""The fixtures of the back end."""

from passport.tests.backend.fixtures import (  # noqa: F401
    clock,
    comfy,
    database,
    house,
    open_sqlite,
    open_store,
    postgresql,
    store_url,
)
