"""The keyboard alone, and where the focus is."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.browser.panel import Panel
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def panel(visitor: Panel) -> Panel:
    """No test here needs a page of its own."""
    return visitor


FOCUSED_PART = """() => {
  let active = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active?.dataset?.part ?? active?.tagName
}"""


def focused_part(panel: Panel) -> str:
    return panel.page.evaluate(FOCUSED_PART)


def test_log_in_and_out_by_keyboard(panel: Panel):
    page = panel.page
    panel.top_bar.focus()
    page.keyboard.press("Enter")
    expect(panel.field("Email")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(panel.tab("Google (not possible here)")).to_be_focused()
    page.keyboard.press("End")
    expect(panel.tab("API key")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(panel.key).to_be_focused()
    page.keyboard.insert_text(PRACTICE_KEY)
    page.keyboard.press("Enter")
    expect(panel.dialog.get_by_role("heading", name="Ada Practice")).to_be_focused()
    expect(panel.spoken).to_have_text("Logged in. Comfy accepted the key.")
    page.keyboard.press("Tab")
    expect(panel.button("Log out").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.dialog.get_by_role("heading", name="Log in to this server")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel.dialog).to_have_count(0)
    assert focused_part(panel) == "top-bar"


def test_the_focus_stays_inside_the_open_dialog(panel: Panel):
    panel.open()
    parts = set()
    for _ in range(14):
        panel.page.keyboard.press("Tab")
        inside = panel.page.evaluate("document.activeElement.localName")
        assert inside in {"passport-dialog", "body"}  # body: the browser's own controls
        parts.add(focused_part(panel))
    assert {"close", "headline", "tab-email", "email", "password-eye", "submit", "doctor"} <= parts


def test_typing_runs_none_of_the_frontends_shortcuts(panel: Panel):
    panel.open()
    panel.page.keyboard.type("qwr")
    panel.button("Close").focus()
    before = len([request for request in panel.requests if request.url.endswith("/prompt")])
    panel.page.keyboard.press("Control+Enter")
    panel.page.wait_for_timeout(300)
    after = len([request for request in panel.requests if request.url.endswith("/prompt")])
    assert before == after
    assert panel.page.locator("passport-dialog").count() == 1


LOSE_FOCUS = "document.querySelector('passport-dialog').shadowRoot.activeElement.blur()"


def test_keys_are_the_dialogs_when_what_had_the_focus_is_gone(look: Panel):
    look.open()
    expect(look.dialog.get_by_role("heading", name="Log in to this server")).to_be_visible()
    look.page.evaluate(LOSE_FOCUS)
    assert focused_part(look) == "BODY"
    asked = len(look.requests)
    look.page.keyboard.press("Control+Enter")
    look.page.wait_for_timeout(300)
    assert [each.url for each in look.requests[asked:] if each.url.endswith("/prompt")] == []
    look.page.keyboard.press("Escape")
    expect(look.dialog).to_have_count(0)


def test_pasting_a_key_pastes_nothing_into_the_graph(panel: Panel):
    nodes = panel.page.evaluate("window.app.graph._nodes.length")
    panel.page.evaluate(
        """() => {
          window.app.canvas.selectNodes(window.app.graph._nodes)
          window.app.canvas.copyToClipboard()
        }"""
    )
    panel.open().choose_key_form()
    panel.key.evaluate(
        """(input, text) => {
          const data = new DataTransfer()
          data.setData('text/plain', text)
          input.dispatchEvent(new ClipboardEvent('paste', {
            clipboardData: data, bubbles: true, composed: true
          }))
        }""",
        PRACTICE_KEY,
    )
    panel.page.wait_for_timeout(200)
    assert panel.page.evaluate("window.app.graph._nodes.length") == nodes


def test_opened_by_the_command_the_focus_goes_to_the_top_bar_afterwards(panel: Panel):
    panel.page.evaluate("document.activeElement.blur()")
    panel.page.evaluate("window.app.extensionManager.command.execute('Passport.Account')")
    expect(panel.dialog).to_be_visible()
    panel.close()
    assert focused_part(panel) == "top-bar"


def test_the_eye_shows_the_key_and_hides_it(panel: Panel):
    panel.open().choose_key_form()
    eye = panel.button("Show the key")
    expect(panel.key).to_have_attribute("type", "password")
    eye.click()
    expect(panel.key).to_have_attribute("type", "text")
    expect(eye).to_have_attribute("aria-pressed", "true")
    eye.click()
    expect(panel.key).to_have_attribute("type", "password")
