"""The fixtures of the back end."""

from passport.tests.backend.fixtures import (  # noqa: F401
    clock,
    comfy,
    database,
    house,
    mailing,
    open_house,
    open_sqlite,
    open_store,
    post_office,
    postgresql,
    statements,
    store_url,
)
