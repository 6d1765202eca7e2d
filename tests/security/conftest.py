"""Fixtures of the tiny server."""

from passport.dev.peer_fixtures import evil_provider, running_evil_provider  # noqa: F401
from passport.tests.server_routes.fixtures import (  # noqa: F401
    ada,
    api,
    ben,
    browser,
    comfyui_modules,
    mail_office,
    mailing,
    migrated_store,
    no_proxy,
    owner,
    server,
    start_server,
)
