"""Takes the pictures of the README from the running product.

    python3 dev test tests/browser/screenshots.py

Pytest collects this file only when it is named, so an ordinary test run changes no picture.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from passport.dev.host.process import HostProcess
from passport.dev.practice import PRACTICE_KEY
from passport.tests.browser.answers import CHECKS, NODE_PACKS, OWNER, SECTIONS, signed_in
from passport.tests.browser.panel import Panel
from passport.tests.browser.test_api_keys import KEYS
from passport.tests.browser.test_leaving import preview
from playwright.sync_api import Browser, Page, expect

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NARROW = {"width": 320, "height": 720}

pytestmark = pytest.mark.browser


@pytest.fixture
def age(request: pytest.FixtureRequest, host: HostProcess) -> str:
    """Which of the two frontends is shown: "oldest" or "newest"."""
    return "oldest" if "oldest" in request.node.name else "newest"


def take(page: Page, name: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.mouse.move(0, 0)
    # Let what the frontend slides in or out come to rest.
    page.wait_for_timeout(1_000)
    page.screenshot(path=IMAGES / f"{name}.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_take_log_in_and_account(panel: Panel, age: str, theme: str):
    panel.set_theme(theme)
    panel.open()
    expect(panel.dialog.locator(".headline.ok")).to_be_visible()
    take(panel.page, f"log-in-{age}-{theme}")
    panel.log_in(PRACTICE_KEY)
    panel.button("Close").focus()
    take(panel.page, f"account-{age}-{theme}")
    panel.log_out()


def test_take_settings_and_a_run(panel: Panel, age: str):
    panel.set_theme("dark")
    block = panel.open_user_settings()
    expect(block).to_be_visible()
    take(panel.page, f"settings-{age}")
    block.get_by_role("button").click()
    panel.log_in(PRACTICE_KEY)
    panel.close()
    panel.page.keyboard.press("Escape")
    expect(block).to_have_count(0)
    panel.run()
    panel.page.wait_for_function(
        "window.app.graph._nodes[0].widgets.find(({ name }) => name === 'answer').value"
    )
    panel.page.wait_for_timeout(4_000)
    take(panel.page, f"run-{age}")
    panel.open().log_out()


def test_take_what_can_go_wrong(panel: Panel, age: str):
    if age == "oldest":
        pytest.skip("One frontend is enough for these.")
    refused = signed_in(state="refused", holder=None)
    panel.answers = {"status": refused, "checks": CHECKS, "node-packs": NODE_PACKS}
    panel.open()
    expect(panel.dialog.locator(".badge")).to_have_text("Refused")
    take(panel.page, "refused")
    panel.dialog.locator(".headline").click()
    take(panel.page, "doctor")
    panel.choose("Account")
    panel.dialog.get_by_role("heading", name="Node packs").scroll_into_view_if_needed()
    panel.dialog.get_by_role("button", name="Allow once").focus()
    take(panel.page, "node-packs")


def test_take_the_sections(panel: Panel, age: str):
    if age == "oldest":
        pytest.skip("One frontend is enough for these.")
    panel.answers = {"status": signed_in(account=OWNER), "checks": CHECKS, **SECTIONS}
    panel.answers |= {"api-keys": KEYS, "account/deletion-preview": preview()}
    panel.answers["node-packs"] = NODE_PACKS
    panel.open()
    for name in ("Sessions", "API keys", "Activity", "Server"):
        panel.choose(name)
        expect(panel.dialog.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        take(panel.page, name.lower().replace(" ", "-"))
    panel.choose("Account")
    panel.button("Delete account").click()
    panel.page.wait_for_timeout(1_000)
    panel.dialog.locator(".body").evaluate("body => body.scrollTo(0, body.scrollHeight)")
    take(panel.page, "leaving")


def test_take_narrow(browser: Browser, host: HostProcess, age: str):
    if age == "oldest":
        pytest.skip("One frontend is enough for these.")
    context = browser.new_context(viewport=NARROW, base_url=host.url, has_touch=True)
    panel = Panel(context.new_page()).load()
    panel.set_theme("light")
    panel.open()
    expect(panel.dialog.locator(".headline.ok")).to_be_visible()
    take(panel.page, "log-in-narrow")
    panel.log_in(PRACTICE_KEY)
    panel.button("Close").focus()
    take(panel.page, "account-narrow")
    panel.log_out()
    context.close()
