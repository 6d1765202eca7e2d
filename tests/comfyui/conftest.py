"""Fixtures of the tests in the stand-in and in a real ComfyUI."""

from passport.tests.comfyui.harness.fixtures import (  # noqa: F401
    ada,
    ben,
    browser,
    host,
    kind,
    new_client,
    new_folder,
    service,
    stranger,
    text,
)

collect_ignore = ["packs", "harness"]
