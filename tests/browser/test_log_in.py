"""The form: what is said of each key, and what is sent."""

from __future__ import annotations

import pytest
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.practice import FREE_TIER_KEY, PRACTICE_KEY
from passport.tests.browser.answers import failure, signed_out
from passport.tests.browser.panel import Panel
from playwright.sync_api import Page, expect

# What the form says does not depend on the frontend round it: one is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["newest"], indirect=True)]


@pytest.fixture
def panel(visitor: Panel) -> Panel:
    """No test here needs a page of its own."""
    return visitor


UNKNOWN_KEY = "comfyui-" + "0" * 64


def sent_log_ins(panel: Panel) -> list[str]:
    return [
        request.post_data or ""
        for request in panel.requests
        if request.url.endswith("/passport/session/api-key")
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter your Comfy API key."),
        ("comfyui-abc", "61 of its 72 characters are missing"),
        (UNKNOWN_KEY + "000", "3 characters more"),
        (UNKNOWN_KEY * 2, "pasted twice"),
        ("sk-ant-api03-abcdef", "a key of Anthropic"),
        ("hf_abcdef", "a key of Hugging Face"),
        ("Comfyui-" + "0" * 64, "in small letters"),
        ("comfyui-" + "0" * 30 + " " + "0" * 33, "a space or a line break inside"),
        (f'"{UNKNOWN_KEY}"', "quotation marks"),
        (f"Bearer {UNKNOWN_KEY}", "the word “Bearer”"),
        ("comfyui-" + "0" * 63 + "\u00e9", "a character in it that no key has"),
        ("secret", "begins with “comfyui-”. This one does not."),
    ],
)
def test_a_wrong_shape_is_explained_and_nothing_is_sent(look: Panel, typed: str, sentence: str):
    before = len(sent_log_ins(look))
    look.open()
    look.key.fill(typed)
    look.button("Log in").click()
    expect(look.dialog.get_by_role("alert").first).to_contain_text(sentence)
    expect(look.key).to_be_focused()
    assert len(sent_log_ins(look)) == before


def test_the_key_is_trimmed_and_a_double_click_sends_it_once(
    panel: Panel, comfy_api: ComfyApiThread
):
    comfy_api.set_mode("slow", 0.5)
    panel.open().choose_key_form()
    panel.key.fill(f"  {PRACTICE_KEY}\t")
    panel.button("Log in").dblclick()
    expect(panel.dialog).to_contain_text("Ada Practice")
    sent = sent_log_ins(panel)
    assert len(sent) == 1
    assert f'"{PRACTICE_KEY}"' in sent[0]


@pytest.mark.parametrize(
    ("key", "mode", "sentence"),
    [
        (UNKNOWN_KEY, "up", "Comfy does not know this key"),
        (FREE_TIER_KEY, "up", "does not allow API keys (free tier)"),
    ],
)
def test_a_refusal_is_told_apart(
    panel: Panel, comfy_api: ComfyApiThread, key: str, mode: str, sentence: str
):
    comfy_api.set_mode(mode)
    panel.open().choose_key_form()
    panel.key.fill(key)
    panel.button("Log in").click()
    expect(panel.dialog.get_by_role("alert").first).to_contain_text(sentence)
    expect(panel.key).to_have_value(key)


def test_an_unreachable_service_keeps_the_key_and_says_so(panel: Panel, comfy_api: ComfyApiThread):
    comfy_api.set_mode("down")
    panel.open().choose_key_form()
    panel.key.fill("comfyui-" + "7" * 64)
    panel.button("Log in").click()
    expect(panel.dialog).to_contain_text("The key is stored, but not checked yet")


def test_an_insecure_connection_has_to_be_confirmed(panel: Panel):
    panel.answers["status"] = signed_out()
    panel.answers["session/api-key"] = failure(403, "insecure_connection", "Not encrypted.")
    panel.open().choose_key_form()
    warning = panel.dialog.get_by_text("This connection is not encrypted", exact=True)
    expect(warning).to_be_hidden()
    panel.key.fill(PRACTICE_KEY)
    panel.button("Log in").click()
    confirm = panel.dialog.get_by_label("I understand. Send my key over this connection")
    expect(confirm).to_be_focused()
    panel.button("Log in").click()
    expect(panel.dialog.get_by_role("alert").first).to_contain_text("Confirm the warning")
    panel.answers.clear()
    confirm.check()
    panel.button("Log in").click()
    expect(panel.dialog).to_contain_text("Ada Practice")
    sent = sent_log_ins(panel)
    assert len(sent) == 2
    assert '"accept_insecure":true' in sent[1]


def test_a_code_that_the_panel_does_not_know_shows_the_servers_sentence(look: Panel):
    sentence = "A sentence that only the server knows."
    look.answers |= {
        "status": signed_out(),
        "session/api-key": failure(418, "brand_new", sentence),
    }
    look.open()
    look.key.fill(PRACTICE_KEY)
    look.button("Log in").click()
    expect(look.dialog.get_by_role("alert").first).to_contain_text(sentence)


def test_a_shared_computer_forgets_the_key_on_the_way_out(panel: Panel):
    panel.open().choose_key_form()
    panel.key.fill("comfyui-" + "5" * 64)
    panel.dialog.get_by_role("checkbox", name="This is a shared computer").check()
    panel.key.fill(PRACTICE_KEY)
    panel.button("Log in").click()
    expect(panel.dialog).to_contain_text("Shared computer: ends with this browser")
    with panel.page.expect_request("**/passport/session?forget=true"):
        panel.button("Log out and forget the key").first.click()
    expect(panel.button("Log in")).to_be_visible()


def test_forgetting_the_browser_logs_it_out(panel: Panel):
    panel.open().log_in(PRACTICE_KEY)
    panel.dialog.locator(".headline").click()
    panel.button("Forget this browser").click()
    expect(panel.dialog).to_contain_text("This browser is forgotten")
    expect(panel.button("Log in")).to_be_visible()
    assert panel.page.context.cookies() == []


def test_a_half_typed_key_outlives_news_from_the_server(look: Panel):
    look.open()
    look.key.fill("comfyui-half")
    look.answers["status"] = signed_out("machine")
    with look.page.expect_response("**/passport/status"):
        look.page.evaluate("new BroadcastChannel('passport-account').postMessage('changed')")
    look.page.wait_for_timeout(200)
    expect(look.key).to_have_value("comfyui-half")


def test_without_our_texts_the_keys_stand_in_words(page: Page):
    panel = Panel(page)
    page.route("**/api/i18n", lambda route: route.fulfill(json={}))
    panel.load().open()
    expect(panel.dialog.get_by_role("heading", level=2)).to_have_text("Log in to this server")
    expect(panel.button("Log in")).to_be_visible()


def test_the_key_is_checked_again_replaced_and_removed(panel: Panel):
    panel.open().log_in(PRACTICE_KEY)
    panel.button("Check again").first.click()
    expect(panel.spoken).to_contain_text("The key was checked")
    panel.button("Replace").click()
    panel.key.fill(UNKNOWN_KEY)
    panel.button("Save the key").click()
    expect(panel.dialog.get_by_role("alert").first).to_contain_text("Comfy does not know this key")
    panel.key.fill(PRACTICE_KEY)
    panel.button("Save the key").click()
    expect(panel.button("Replace")).to_be_visible()
    panel.button("Remove").click()
    panel.button("Remove the key").click()
    expect(panel.dialog).to_contain_text("No key is stored")
    panel.key.fill(PRACTICE_KEY)
    panel.button("Save the key").click()
    expect(panel.dialog.locator(".badge")).to_contain_text("Accepted")
