"""Fixtures of the tiny server."""

from passport.tests.server_routes.fixtures import (  # noqa: F401
    api,
    browser,
    comfyui_modules,
    migrated_store,
    no_proxy,
    server,
    start_server,
)
