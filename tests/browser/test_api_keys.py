"""API keys for programs: made, shown once, rotated, deleted; and the proof that it is you."""

from __future__ import annotations

import json
import re
import urllib.request
import uuid
from datetime import timedelta
from typing import Any

import pytest
from passport.clock import to_iso, utc_now
from passport.dev.practice import PRACTICE_KEY, demo_prompt
from passport.tests.browser.answers import Answer, account, failure, signed_in
from passport.tests.browser.panel import Panel
from playwright.sync_api import Page, expect

# What the panel does with keys does not depend on the frontend round it: one is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["newest"], indirect=True)]

KEY = "cpp_" + "aB3" * 16 + "Z"


def days_from_now(days: float) -> str | None:
    return to_iso(utc_now() + timedelta(days=days))


def api_key(**fields: Any) -> dict[str, Any]:
    return {
        "id": "k1",
        "name": "Render script",
        "shown": "cpp_aB3a…aB3Z",
        "scopes": ["run", "read"],
        "created_at": days_from_now(-20),
        "expires_at": None,
        "previous_until": None,
        "last_used_at": None,
        "last_used_address": None,
        **fields,
    }


KEYS: Answer = (
    200,
    {
        "api_keys": [
            api_key(expires_at=days_from_now(12.1), last_used_at=days_from_now(-1.1)),
            api_key(id="k2", name="Old batch", created_at=days_from_now(-200)),
            api_key(id="k3", name="Gone by", expires_at=days_from_now(-3)),
        ]
    },
)
MADE: Answer = (201, {"api_key": {**api_key(), "key": KEY}})


def wants_proof(*methods: str) -> Answer:
    error = {
        "code": "reauthentication_required",
        "message": "Prove it.",
        "details": {"methods": methods},
    }
    return 403, {"error": error}


def open_keys(look: Panel, keys: Answer = KEYS) -> Panel:
    look.answers |= {"status": signed_in(account=account(state="active")), "api-keys": keys}
    look.open()
    return look.choose("API keys")


def fill_in_new_key(look: Panel) -> None:
    open_keys(look)
    look.button("+ New").click()
    expect(look.field("Name")).to_be_focused()
    look.field("Name").fill("Render script")


def show_new_key(look: Panel) -> None:
    fill_in_new_key(look)
    look.answers["api-keys"] = MADE
    look.button("Generate").click()
    expect(look.dialog.first).to_contain_text("It is shown only this once.")


def sent(look: Panel, method: str, path: str) -> list[dict[str, Any]]:
    return [
        json.loads(request.post_data or "{}")
        for request in look.requests
        if request.method == method and request.url.endswith(f"/passport/{path}")
    ]


def test_the_list_says_what_each_key_is_worth(look: Panel):
    open_keys(look)
    row = look.dialog.get_by_role("listitem")
    expect(row.nth(0)).to_contain_text("Expires in 12 days")
    expect(row.nth(0)).to_contain_text("Last used: yesterday")
    expect(row.nth(1)).to_contain_text("Unused for 90 days")
    expect(row.nth(2).locator(".badge")).to_have_text("Expired")


def test_an_account_without_keys_learns_what_they_are_for(look: Panel):
    open_keys(look, (200, {"api_keys": []}))
    expect(look.dialog).to_contain_text("a script can queue workflows here")


def test_a_name_that_is_taken_is_said_at_its_field(look: Panel):
    fill_in_new_key(look)
    look.answers["api-keys"] = failure(409, "api_key_name_taken", "Taken.")
    look.button("Generate").click()
    expect(look.field("Name")).to_be_focused()
    expect(look.field("Name")).to_have_attribute("aria-invalid", "true")
    expect(look.dialog).to_contain_text("You have a key of this name already")
    body = sent(look, "POST", "api-keys")[-1]
    assert body["scopes"] == ["run", "read"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["expires_at"])


def test_a_key_without_scope_or_day_is_not_asked_for(look: Panel):
    fill_in_new_key(look)
    before = len(sent(look, "POST", "api-keys"))
    look.dialog.get_by_role("radio", name="On a date").check()
    look.button("Generate").click()
    expect(look.dialog.get_by_label("Last day on which it works")).to_be_focused()
    look.dialog.get_by_role("radio", name="Never").check()
    look.dialog.get_by_role("checkbox", name="Run").uncheck()
    look.dialog.get_by_role("checkbox", name="Read").uncheck()
    look.button("Generate").click()
    expect(look.dialog).to_contain_text("Choose at least one of these.")
    assert len(sent(look, "POST", "api-keys")) == before


def test_a_key_is_proved_for_and_what_was_typed_is_kept(look: Panel):
    fill_in_new_key(look)
    look.answers["api-keys"] = wants_proof("password")
    look.button("Generate").click()
    question = look.dialog.get_by_role("dialog", name="Is it you?")
    password = question.get_by_role("textbox", name="Your password")
    expect(password).to_be_focused()
    expect(password).to_have_attribute("autocomplete", "current-password")
    assert look.find_accessibility_problems("passport-dialog") == []

    look.page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(look.button("Generate")).to_be_focused()
    expect(look.field("Name")).to_have_value("Render script")

    look.button("Generate").click()
    look.answers["session/reauthentication"] = failure(403, "password_wrong", "It is wrong.")
    password.fill("a guess")
    look.page.keyboard.press("Enter")
    expect(question.get_by_role("alert").first).to_contain_text("It is wrong.")
    expect(password).to_be_focused()
    look.answers |= {"session/reauthentication": (204, None), "api-keys": MADE}
    look.button("Continue").click()
    expect(look.dialog.locator(".secret").first).to_have_text(KEY)
    look.button("I have saved it").click()


def test_whoever_has_no_password_proves_it_by_the_comfy_key(look: Panel):
    fill_in_new_key(look)
    look.answers["api-keys"] = wants_proof("comfy-api-key")
    look.button("Generate").click()
    look.key.fill(PRACTICE_KEY)
    wrong = failure(401, "email_or_password_wrong", "Another key.")
    look.answers["session/reauthentication"] = wrong
    look.button("Continue").click()
    expect(look.dialog.first).to_contain_text("This is not the key that you log in with.")
    look.answers |= {"session/reauthentication": (204, None), "api-keys": MADE}
    look.button("Continue").click()
    expect(look.dialog.locator(".secret").first).to_have_text(KEY)
    assert sent(look, "POST", "session/reauthentication")[-1] == {"api_key": PRACTICE_KEY}
    look.button("I have saved it").click()


def test_a_new_key_stands_in_no_attribute_beside_a_line_that_uses_it(look: Panel):
    show_new_key(look)
    line = look.dialog.locator(".secret").last
    expect(line).to_contain_text(f'curl -H "X-API-Key: {KEY}"')
    expect(line).to_contain_text(re.compile(r"http://127\.0\.0\.1:\d+/prompt$"))
    markup: str = look.dialog.evaluate("dialog => dialog.outerHTML")
    assert markup.count(KEY) == 2
    assert f'="{KEY}' not in markup
    look.answers["api-keys"] = KEYS
    look.button("I have saved it").click()
    expect(look.dialog.get_by_role("listitem").first).to_be_focused()
    assert KEY not in look.dialog.evaluate("dialog => dialog.outerHTML")


@pytest.mark.parametrize("way", ["Escape", "tab", "arrow", "Close", "backdrop"])
def test_leaving_an_unsaved_key_asks_once(look: Panel, way: str):
    show_new_key(look)

    def leave() -> None:
        if way == "Escape":
            look.page.keyboard.press("Escape")
        elif way == "arrow":
            look.tab("API keys").press("ArrowRight")
        elif way == "backdrop":
            look.page.mouse.click(5, 400)
        else:
            (look.tab("Sessions") if way == "tab" else look.button("Close")).click()

    question = look.dialog.get_by_role("dialog", name="Leave without the key?")
    leave()
    expect(question.get_by_role("button", name="Back to the key")).to_be_focused()
    look.page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(look.dialog.locator(".secret").first).to_have_text(KEY)
    leave()
    question.get_by_role("button", name="Leave without it").click()
    expect(look.page.get_by_text(KEY)).to_have_count(0)
    expect(question).to_have_count(0)


ESCAPE_TWICE = """async (dialog) => {
  const init = { key: 'Escape', bubbles: true, cancelable: true }
  const escape = () => new KeyboardEvent('keydown', init)
  dialog.querySelector('dialog.layer').dispatchEvent(escape())
  await null
  await null
  await null
  dialog.dispatchEvent(escape())
  return dialog.querySelectorAll('dialog.layer').length
}"""


def test_an_escape_right_after_the_one_that_ended_the_question_asks_it_again(look: Panel):
    show_new_key(look)
    look.page.keyboard.press("Escape")
    expect(look.button("Back to the key")).to_be_focused()
    assert look.dialog.first.evaluate(ESCAPE_TWICE) == 1
    look.button("Leave without it").click()
    expect(look.dialog.locator("dialog.layer")).to_have_count(0)


def test_rotating_says_until_when_the_old_key_is_good(look: Panel):
    open_keys(look)
    look.button("Rotate: Render script").click()
    expect(look.dialog.get_by_role("radio", name="No", exact=True)).to_be_focused()
    look.dialog.get_by_role("radio", name="For 1 day").check()
    rotated = {**api_key(previous_until=days_from_now(1)), "key": KEY}
    look.answers["api-keys/k1/rotate"] = (201, {"api_key": rotated})
    look.button("Rotate the key").click()
    expect(look.dialog).to_contain_text("The old key is good until")
    assert sent(look, "POST", "api-keys/k1/rotate")[-1] == {"overlap_seconds": 86_400}
    look.button("I have saved it").click()


def test_several_keys_are_deleted_at_once(look: Panel):
    open_keys(look)
    expect(look.button("Delete the selected (0)")).to_be_disabled()
    look.dialog.get_by_role("checkbox", name="Select Old batch").check()
    look.dialog.get_by_role("checkbox", name="Select Gone by").check()
    look.button("Delete the selected (2)").click()
    expect(look.button("Cancel")).to_be_focused()
    expect(look.dialog).to_contain_text("Old batch, Gone by")
    look.answers["api-keys"] = (200, {"deleted": 2, "api_keys": [api_key()]})
    look.button("Delete them").click()
    expect(look.spoken).to_have_text("Keys deleted: 2.")
    expect(look.dialog.get_by_role("listitem")).to_have_count(1)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [320, 1280])
def test_all_of_it_fits_and_axe_finds_nothing(look: Panel, width: int, theme: str):
    look.set_theme(theme)
    open_keys(look)
    expect(look.button("Rotate: Render script")).to_be_visible()
    look.page.set_viewport_size({"width": width, "height": 800})
    for step in ("Rotate: Render script", "+ New", "Generate"):
        look.button(step).click()
        assert not look.overflows()
        assert look.find_accessibility_problems("passport-dialog") == []
    look.answers["api-keys"] = MADE
    look.field("Name").fill("Render script")
    look.button("Generate").click()
    expect(look.button("I have saved it")).to_be_visible()
    assert not look.overflows()
    assert look.find_accessibility_problems("passport-dialog") == []
    look.button("I have saved it").click()


def test_a_key_that_was_made_here_runs_a_workflow(panel: Panel, page: Page):
    panel.open().log_in(PRACTICE_KEY)
    panel.choose("API keys")
    panel.button("+ New").click()
    panel.field("Name").fill(f"Script {uuid.uuid4().hex[:8]}")
    panel.button("Generate").click()
    key = panel.dialog.locator(".secret").first.inner_text()
    assert re.fullmatch(r"cpp_[0-9A-Za-z]{49}", key)
    panel.button("I have saved it").click()
    expect(panel.dialog.get_by_role("listitem").first).to_contain_text("Last used: Never")

    request = urllib.request.Request(  # noqa: S310  # our own host
        page.url.partition("#")[0] + "prompt",
        data=json.dumps({"prompt": demo_prompt()}).encode(),
        headers={"X-API-Key": key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert "prompt_id" in json.load(answer)
    panel.choose("Activity")
    expect(panel.dialog).to_contain_text("API key for programs made")
    panel.choose("API keys")
    expect(panel.dialog.get_by_role("listitem").first).to_contain_text("from 127.0.0.1")
