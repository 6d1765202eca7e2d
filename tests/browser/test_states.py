"""Every state of the panel: what it says, that axe-core finds nothing, that nothing jumps."""

from __future__ import annotations

import pytest
from passport.tests.browser.answers import STATES, Answer, signed_in, signed_out
from passport.tests.browser.panel import Panel
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def show(panel: Panel, answer: Answer) -> Panel:
    panel.answers["status"] = answer
    panel.open()
    return panel


@pytest.mark.parametrize("state", STATES)
def test_each_state_says_what_is_the_matter(look: Panel, state: str):
    answer, sentence = STATES[state]
    show(look, answer)
    expect(look.dialog.locator(".body")).to_contain_text(sentence)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(look: Panel, state: str, theme: str):
    look.set_theme(theme)
    answer, sentence = STATES[state]
    show(look, answer)
    expect(look.dialog.locator(".body")).to_contain_text(sentence)
    assert look.find_accessibility_problems("passport-dialog") == []


def test_axe_finds_nothing_in_the_open_doctor(look: Panel):
    show(look, signed_out())
    look.dialog.get_by_text("Login Doctor").last.click()
    expect(look.dialog).to_contain_text("Look at this machine's DNS.")
    look.button("Copy report").click()
    expect(look.dialog.get_by_label("Report for support")).to_be_visible()
    assert look.find_accessibility_problems("passport-dialog") == []


def test_axe_finds_nothing_while_replacing_or_removing(look: Panel):
    show(look, signed_in())
    expect(look.dialog.locator(".badge")).to_have_text("Accepted")
    look.button("Replace").click()
    expect(look.key).to_be_focused()
    assert look.find_accessibility_problems("passport-dialog") == []
    look.button("Cancel").click()
    expect(look.button("Replace")).to_be_focused()
    look.button("Remove").click()
    expect(look.button("Keep it")).to_be_focused()
    assert look.find_accessibility_problems("passport-dialog") == []


def test_axe_finds_nothing_in_the_places_outside_the_dialog(look: Panel):
    block = look.open_user_settings()
    expect(block).to_be_visible()
    assert look.find_accessibility_problems("passport-summary") == []
    assert look.find_accessibility_problems(".passport-top-bar") == []
    look.page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_dialog_keeps_its_size_and_fits(look: Panel, width: int):
    look.page.set_viewport_size({"width": width, "height": 800})
    boxes = []
    look.answers["status"] = signed_out()
    look.page.evaluate("window.app.extensionManager.command.execute('Passport.Account')")
    for answer, sentence in STATES.values():
        look.answers["status"] = answer
        look.page.evaluate("new BroadcastChannel('passport-account').postMessage('changed')")
        expect(look.dialog.locator(".body")).to_contain_text(sentence)
        boxes.append(look.dialog.bounding_box())
        assert not look.overflows(), sentence
    assert all(box == boxes[0] for box in boxes)
    assert boxes[0] is not None
    assert boxes[0]["width"] <= width
