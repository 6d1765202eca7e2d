"""The stored key: behind asterisks, shown for a while to whoever proves to be its person."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.browser.answers import Answer, signed_in
from passport.tests.browser.panel import Panel
from passport.tests.browser.test_api_keys import wants_proof
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["oldest"], indirect=True)]

REVEAL = "credentials/comfy/reveal"
SHOWN: Answer = (200, {"secret": PRACTICE_KEY, "hide_after_seconds": 30})
HIDE_TAB = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


def secret(panel: Panel) -> Locator:
    return panel.dialog.locator(".secret")


def reveal(look: Panel) -> None:
    look.answers |= {"status": signed_in(), REVEAL: SHOWN}
    look.open()
    look.button("Show the key").click()
    expect(secret(look)).to_have_text(PRACTICE_KEY)


def test_only_the_mask_stands_there_at_first(look: Panel):
    look.answers["status"] = signed_in()
    look.open()
    expect(look.dialog.locator(".masked code")).to_have_text("comfyui-************wxyz")


def test_the_key_is_shown_after_a_proof_and_stands_in_no_attribute(look: Panel):
    look.answers |= {"status": signed_in(), REVEAL: wants_proof("password")}
    look.open()
    look.button("Show the key").click()
    look.field("Your password").fill("practice")
    look.answers |= {REVEAL: SHOWN, "session/reauthentication": (204, None)}
    look.button("Continue").click()
    expect(secret(look)).to_have_text(PRACTICE_KEY)
    expect(look.button("Hide the key")).to_be_focused()
    expect(look.spoken).to_have_text("The key is shown for 30 seconds.")
    markup: str = look.dialog.evaluate("dialog => dialog.outerHTML")
    assert markup.count(PRACTICE_KEY) == 1
    assert f'="{PRACTICE_KEY}' not in markup
    assert look.find_accessibility_problems("passport-dialog") == []
    look.button("Hide the key").click()
    expect(look.button("Show the key")).to_be_focused()
    assert PRACTICE_KEY not in look.dialog.evaluate("dialog => dialog.outerHTML")


def test_it_hides_by_itself(look: Panel):
    look.answers |= {"status": signed_in(), REVEAL: (200, {**SHOWN[1], "hide_after_seconds": 2})}
    look.open()
    look.button("Show the key").click()
    expect(look.dialog).to_contain_text("Hidden again in 1 s")
    expect(secret(look)).to_have_count(0)
    expect(look.button("Show the key")).to_be_focused()


def test_it_hides_when_the_tab_is_hidden_and_when_the_dialog_closes(look: Panel):
    reveal(look)
    look.page.evaluate(HIDE_TAB, True)
    expect(secret(look)).to_have_count(0)
    look.page.evaluate(HIDE_TAB, False)
    look.button("Show the key").click()
    expect(secret(look)).to_have_text(PRACTICE_KEY)
    kept = secret(look).element_handle()
    look.close()
    assert kept.text_content() == ""


def test_news_from_the_server_leave_the_shown_key_alone(look: Panel):
    reveal(look)
    look.answers["status"] = signed_in(last_used_at="2026-11-23T02:00:00Z")
    with look.page.expect_response("**/passport/status"):
        look.page.evaluate("new BroadcastChannel('passport-account').postMessage('changed')")
    look.page.wait_for_timeout(200)
    expect(secret(look)).to_have_text(PRACTICE_KEY)


def test_the_real_key_is_shown_and_written_down(panel: Panel):
    panel.open().log_in(PRACTICE_KEY)
    panel.button("Show the key").click()
    expect(secret(panel)).to_have_text(PRACTICE_KEY)
    panel.choose("Activity")
    expect(panel.dialog).to_contain_text("Stored key shown")
