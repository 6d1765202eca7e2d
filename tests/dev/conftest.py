"""Fixtures of the host and the fake service, for the tests of `dev/` itself."""

from passport.dev.fixtures import (  # noqa: F401
    blank_frontend,
    comfy_api,
    frontend,
    start_host,
)
from passport.dev.peer_fixtures import (  # noqa: F401
    evil_provider,
    firebase_emulator,
    github_like,
    openid_provider,
    running_evil_provider,
    running_firebase_emulator,
    running_github_like,
    running_openid_provider,
)
