"""A real Chromium on the real ComfyUI frontend, the oldest and the newest supported."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from passport.dev.data_folder import furnish
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.host.process import HostOptions, HostProcess
from passport.tests.browser.answers import CHECKS, NODE_PACKS, signed_out
from passport.tests.browser.panel import LAUNCH_ARGUMENTS, Panel
from passport.tests.length import FULL
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

PACKS = Path(__file__).parents[2] / "dev" / "packs"
# The machine may be busy with other things.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Have as many browsers work at a time as there are cores: with more, all are late."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    name = f"passport-browser-{worker % (os.cpu_count() or 1)}.lock"
    with (Path(tempfile.gettempdir()) / name).open("w") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        return (yield)


@pytest.fixture(scope="session")
def browser() -> Generator[Browser, None, None]:
    program = os.environ.get("PASSPORT_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=LAUNCH_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def comfy_api() -> Generator[ComfyApiThread, None, None]:
    with ComfyApiThread() as service:
        yield service


@pytest.fixture(autouse=True)
def service_is_up(comfy_api: ComfyApiThread) -> Generator[None, None, None]:
    """Undo what a test did to the service, which all tests share."""
    yield
    comfy_api.set_mode("up")


@pytest.fixture(scope="session", params=["oldest", "newest"])
def host(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    comfy_api: ComfyApiThread,
) -> Generator[HostProcess, None, None]:
    """One running host per frontend; `dev test` fetches the frontends."""
    variable = f"PASSPORT_FRONTEND_{request.param.upper()}"
    if variable not in os.environ:
        pytest.fail(f"{variable} is not set: run the tests by `python3 dev test`.")
    folder = tmp_path_factory.mktemp(request.param)
    furnish(folder / "data", "1.18.0")
    options = HostOptions(
        data_folder=folder / "data",
        static_folder=Path(os.environ[variable]),
        service_url=comfy_api.url,
        custom_nodes=[PACKS],
        environment={"PASSPORT_FIREBASE_KEYS_URL": comfy_api.keys_url},
    )
    with HostProcess(options, log=folder / "host.log") as running:
        yield running


@pytest.fixture
def page(browser: Browser, host: HostProcess) -> Generator[Page, None, None]:
    """A browser that has never been here."""
    context = browser.new_context(viewport=DESKTOP, base_url=host.url)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def panel(page: Page) -> Panel:
    """The panel on the loaded frontend, closed."""
    return Panel(page).load()


@pytest.fixture(scope="session")
def shared_panel(browser: Browser, host: HostProcess) -> Generator[Panel, None, None]:
    """One loaded frontend for tests that only look, and answer Passport's routes themselves."""
    context = browser.new_context(viewport=DESKTOP, base_url=host.url)
    context.set_default_timeout(PATIENCE_MS)
    yield Panel(context.new_page()).load()
    context.close()


@pytest.fixture
def left_closed(shared_panel: Panel) -> Generator[Panel, None, None]:
    """The shared panel, closed before and after."""
    shared_panel.page.bring_to_front()  # a window of another test may have the focus
    shared_panel.requests.clear()
    yield shared_panel
    shared_panel.answers = {}
    errors, shared_panel.errors = shared_panel.errors, []
    try:
        if shared_panel.dialog.count():
            shared_panel.close()
    finally:  # what one test could not close must not stand in the way of the next
        shared_panel.page.evaluate("document.querySelector('passport-dialog')?.remove()")
        shared_panel.page.set_viewport_size(DESKTOP)
    assert errors == []


@pytest.fixture
def look(left_closed: Panel) -> Panel:
    """The shared panel with prepared answers."""
    left_closed.answers = {"status": signed_out(), "checks": CHECKS, "node-packs": NODE_PACKS}
    return left_closed


@pytest.fixture
def visitor(left_closed: Panel) -> Generator[Panel, None, None]:
    """The shared panel with the server's own answers, for somebody who is not logged in to it."""
    context = left_closed.page.context
    context.clear_cookies()
    left_closed.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(left_closed.top_bar).to_have_text("Log in")
    yield left_closed
    context.clear_cookies()


ON_BOTH = (
    *("test_states", "test_sections", "test_hand_over", "test_providers_for_real"),
    "test_log_in_from_settings_run_and_log_out",
)
"""What differs between the frontends; the rest is looked at in both by a full run alone."""
LEFT_OUT = re.compile(r"1280-light|320-dark|oldest-\w+-light|newest-[a-z]\w*-dark")
"""Each width, theme and frontend is looked at; all of them combined by a full run alone."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if FULL:
        return
    names = {item.nodeid for item in items}
    left_out = [
        item
        for item in items
        if "/browser/" in item.nodeid
        and (_is_seen_in_the_newest(item.nodeid, names) or LEFT_OUT.search(item.nodeid))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_seen_in_the_newest(name: str, names: set[str]) -> bool:
    return (
        "oldest" in name
        and name.replace("oldest", "newest") in names
        and not any(each in name for each in ON_BOTH)
    )
