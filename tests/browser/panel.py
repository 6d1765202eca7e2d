"""What a test does with the panel, in a person's words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

# A name for this machine that is no loopback name.
OTHER_NAME = "studio.example"
LAUNCH_ARGUMENTS = [
    f"--host-resolver-rules=MAP {OTHER_NAME} 127.0.0.1",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LOAD_MS = 60_000
THIS_MACHINE = ("http://127.0.0.1", f"http://{OTHER_NAME}", "data:", "blob:")


class Panel:
    """The frontend's page, with the network cut off beyond this machine."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route("**/*", self._guard)

    def _guard(self, route: Route) -> None:
        """Cut off the world; give the answers that the test has laid ready."""
        url = route.request.url
        path = url.partition("/passport/")[2].partition("?")[0]
        if not url.startswith(THIS_MACHINE):
            route.abort()
        elif path in self.answers:
            status, body = self.answers[path]
            route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
        else:
            route.continue_()

    def load(self, address: str = "/") -> Panel:
        self.page.goto(address)
        self.top_bar.wait_for(timeout=LOAD_MS)
        self.page.wait_for_function("window.app?.graph?._nodes?.length > 0", timeout=LOAD_MS)
        # What the frontend shows first would otherwise lie over the page.
        if "#passport-" not in address:
            self.page.keyboard.press("Escape")
        return self

    def set_theme(self, theme: str) -> None:
        self.page.evaluate(
            "theme => window.app.extensionManager.setting.set('Comfy.ColorPalette', theme)", theme
        )

    @property
    def top_bar(self) -> Locator:
        return self.page.locator(".passport-top-bar button")

    @property
    def dialog(self) -> Locator:
        return self.page.locator("passport-dialog dialog")

    @property
    def key(self) -> Locator:
        return self.dialog.get_by_role("textbox", name="Comfy API key", exact=True)

    @property
    def spoken(self) -> Locator:
        """What screen readers hear."""
        return self.dialog.locator(".spoken[role=status]")

    def button(self, name: str) -> Locator:
        return self.dialog.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        return self.dialog.get_by_role("textbox", name=name, exact=True)

    def open(self) -> Panel:
        self.top_bar.click()
        expect(self.dialog).to_be_visible()
        return self

    def close(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_have_count(0)

    def overflows(self) -> bool:
        """Whether something in the dialog is wider than the dialog."""
        return self.page.evaluate(
            """() => {
              const { shadowRoot } = document.querySelector('passport-dialog')
              const body = shadowRoot.querySelector('.body')
              return body.scrollWidth > body.clientWidth
            }"""
        )

    def open_user_settings(self) -> Locator:
        """Open Settings > User; give our block there."""
        self.page.keyboard.press("Control+,")
        self.page.get_by_text("User", exact=True).last.click()
        return self.page.locator("passport-summary.passport-user-block")

    def tab(self, name: str) -> Locator:
        return self.dialog.get_by_role("tab", name=name, exact=True)

    def choose(self, name: str) -> Panel:
        """Choose a tab of the open dialog."""
        self.tab(name).click()
        return self

    def choose_key_form(self) -> Panel:
        """Go to where a key is entered: under a tab of its own, if there is another way."""
        expect(self.dialog.get_by_role("heading", name="Log in to this server")).to_be_visible()
        if self.tab("API key").is_visible():
            self.choose("API key")
        return self

    def log_in(self, key: str) -> None:
        """Log in with a key, from the open dialog."""
        self.choose_key_form()
        self.key.fill(key)
        self.button("Log in").click()
        expect(self.button("Check again").first).to_be_visible()

    def log_out(self) -> None:
        """Log out, from the open dialog."""
        self.button("Log out").first.click()
        expect(self.button("Log in")).to_be_visible()

    def run(self) -> None:
        """Queue the graph with the keyboard, which no gate of the frontend stands before."""
        self.page.keyboard.press("Control+Enter")

    def answer_of_node(self) -> str:
        return self.page.evaluate(
            "window.app.graph._nodes[0].widgets.find(({ name }) => name === 'answer').value"
        )

    def wait_until_closed(self, window: Page) -> None:
        """Wait until another window has gone; the page closes it after it has shown what came."""
        for _ in range(50):
            if window.is_closed():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("The window stays open.")

    def find_accessibility_problems(self, selector: str) -> list[str]:
        if not AXE.is_file():
            pytest.skip("axe-core is not here: npm ci puts it into node_modules.")
        if not self.page.evaluate("'axe' in window"):
            self.page.add_script_tag(path=AXE)
        found = self.page.evaluate("selector => window.axe.run(selector)", selector)
        return [
            f"{violation['id']}: {node['html']} {node.get('failureSummary', '')}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
