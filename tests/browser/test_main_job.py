"""The main job: from Settings to an API node's answer, and out again."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.browser.panel import Panel
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SIGN_IN_TO_RUN_SINCE = (1, 54, 7)


def run_and_wait_for_answer(panel: Panel) -> str:
    panel.run()
    panel.page.wait_for_function(
        "window.app.graph._nodes[0].widgets.find(({ name }) => name === 'answer').value"
    )
    return panel.answer_of_node()


@pytest.mark.asvs("7.4.4")
def test_log_in_from_settings_run_and_log_out(panel: Panel):
    block = panel.open_user_settings()
    expect(block).to_contain_text("Not signed in to this server")
    block.get_by_role("button", name="Log in to this server").click()
    panel.log_in(PRACTICE_KEY)
    expect(panel.dialog).to_contain_text("Ada Practice")
    panel.close()
    expect(block).to_contain_text("Signed in to this server as Ada Practice")
    panel.page.keyboard.press("Escape")
    expect(block).to_have_count(0)

    assert run_and_wait_for_answer(panel) == "Hello Ada Practice. You asked: Who am I?"

    panel.open().log_out()
    panel.close()
    panel.run()
    expect(panel.page.get_by_text("Not signed in to this server").first).to_be_visible()


def test_the_run_button_works_while_the_account_has_a_key(panel: Panel):
    run = panel.page.get_by_role("button", name="Run", exact=True).first
    gate = panel.page.get_by_role("button", name="Sign in to run")
    version = panel.page.evaluate("window.__COMFYUI_FRONTEND_VERSION__")
    has_gate = tuple(map(int, version.split("."))) >= SIGN_IN_TO_RUN_SINCE
    expect(gate).to_be_visible() if has_gate else expect(run).to_be_visible()
    panel.open().log_in(PRACTICE_KEY)
    panel.close()
    expect(run).to_be_visible()
    expect(gate).to_have_count(0)
    panel.open().log_out()
    panel.close()
    expect(gate).to_be_visible() if has_gate else expect(run).to_be_visible()


def test_another_key_is_another_account(panel: Panel):
    panel.open().log_in(PRACTICE_KEY)
    panel.log_out()
    panel.log_in(PRACTICE_KEY_2)
    expect(panel.dialog).to_contain_text("Ben Practice")


def test_an_account_is_created_and_logged_in_to_by_mail(panel: Panel):
    email, name = "cleo@practice.example", "cleo"
    password = "violet kettle marches north"
    panel.open()
    panel.button("Create an account").click()
    panel.field("Email").fill(email)
    panel.field("Password").fill("short")
    panel.button("Create the account").click()
    expect(panel.field("Password")).to_have_attribute("aria-invalid", "true")
    panel.field("Password").fill(password)
    panel.button("Create the account").click()
    expect(panel.dialog.get_by_role("heading", name=name)).to_be_visible()
    for section in ("Security", "Sessions", "Activity"):
        panel.choose(section)
    expect(panel.dialog.get_by_role("tabpanel")).to_contain_text("Account created")
    panel.choose("Account").log_out()
    panel.field("Email").fill(email)
    panel.field("Password").fill("wrong")
    panel.button("Log in").click()
    expect(panel.dialog).to_contain_text("Check the spelling of both")
    panel.field("Password").fill(password)
    panel.button("Log in").click()
    expect(panel.dialog.get_by_role("heading", name=name)).to_be_visible()
    panel.log_out()


def test_logging_out_in_one_tab_reaches_the_other(panel: Panel, page: Page):
    panel.open().log_in(PRACTICE_KEY)
    other = Panel(page.context.new_page()).load().open()
    expect(other.dialog).to_contain_text("Ada Practice")
    panel.log_out()
    expect(other.button("Log in")).to_be_visible()


def test_a_pack_that_asks_is_named_and_can_be_allowed_once(panel: Panel):
    panel.open().log_in(PRACTICE_KEY)
    panel.close()
    panel.page.evaluate(
        """() => {
          window.app.graph.clear()
          window.app.graph.add(window.LiteGraph.createNode("UntrustedAsks"))
        }"""
    )
    panel.run()
    allow = panel.dialog.get_by_role("button", name="Allow once: untrusted_pack")
    expect(allow).to_be_focused()
    allow.click()
    expect(panel.dialog).to_contain_text("may use your key in your next run")
    expect(allow).to_have_count(0)
    panel.close()
    panel.page.keyboard.press("Escape")

    with panel.page.expect_response("**/api/prompt"):
        panel.run()
    panel.page.wait_for_timeout(1_000)
    expect(panel.dialog).to_have_count(0)
