"""One log-in for months, end to end: from ComfyUI's own dialog to a key that runs anywhere.

The official log-in and Comfy's service are FAKES; the frontend, the panel, the server and the runs
are real.
"""

from __future__ import annotations

import json
import re
import urllib.request
import uuid

import pytest
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.host.process import HostProcess
from passport.dev.practice import ADA, demo_prompt
from passport.tests.browser.conftest import DESKTOP
from passport.tests.browser.official_log_in import OfficialLogIn
from passport.tests.browser.panel import Panel
from passport.tests.browser.test_main_job import run_and_wait_for_answer
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

PASSWORD = "violet kettle marches north"  # nobody's
HAS_ANSWERED = """async ([id, answer]) => {
  const history = await fetch(`/api/history/${id}`)
  return (await history.text()).includes(answer)
}"""
HELLO = "Hello Ada Practice. You asked: Who am I?"


def come_logged_in_to_comfyui(page: Page, comfy_api: ComfyApiThread) -> Panel:
    token = comfy_api.token_for(ADA)
    log_in = OfficialLogIn(page.context, token=token, email=ADA.email, uid=ADA.id)
    panel = Panel(page)
    log_in.answer(page)
    panel.load()
    page.wait_for_function(
        "[...window.app.extensionManager._p._s.values()].some((store) => store.currentUser)"
    )
    return panel


def post_prompt(url: str, key: str, question: str) -> str:
    prompt = demo_prompt()
    prompt["1"]["inputs"]["prompt"] = question
    request = urllib.request.Request(  # noqa: S310  # our own host
        f"{url}/prompt",
        data=json.dumps({"prompt": prompt}).encode(),
        headers={"X-API-Key": key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)["prompt_id"]


def make_api_key(panel: Panel) -> str:
    panel.choose("API keys")
    panel.button("+ New").click()
    panel.field("Name").fill(f"Script {uuid.uuid4().hex[:8]}")
    panel.button("Generate").click()
    key = panel.dialog.locator(".secret").first.inner_text()
    panel.button("I have saved it").click()
    return key


def add_email_log_in(panel: Panel, email: str) -> None:
    """So that the same account is reached from a browser that knows nothing of Comfy."""
    panel.choose("Security")
    panel.button("Log in with email too").click()
    panel.field("Email").fill(email)
    panel.field("Password").fill(PASSWORD)
    panel.button("Log in with email too").click()
    expect(panel.button("Change the password")).to_be_visible()


def log_in_elsewhere(browser: Browser, host: HostProcess, email: str) -> Panel:
    """From a browser that knows nothing of Comfy's log-in."""
    context = browser.new_context(viewport=DESKTOP, base_url=host.url)
    other = Panel(context.new_page()).load().open()
    other.choose("Email")
    other.field("Email").fill(email)
    other.field("Password").fill(PASSWORD)
    other.button("Log in").click()
    expect(other.button("Check again")).to_be_visible()
    other.close()
    return other


def test_one_click_serves_every_browser_and_script_until_logging_out_deletes_the_key(
    browser: Browser, host: HostProcess, page: Page, comfy_api: ComfyApiThread
):
    panel = come_logged_in_to_comfyui(page, comfy_api)
    panel.open()
    panel.choose("Comfy account")
    panel.button("Use this log-in on this server").click()
    expect(panel.button("Check again")).to_be_visible()
    made = comfy_api.api.customers.keys[-1]
    assert "Passport" in made.name
    kept = json.dumps(panel.page.evaluate("({ ...localStorage })"))
    assert made.plaintext not in kept + panel.page.content()

    panel.choose("Comfy")
    expect(panel.dialog).to_contain_text(f"Connected as {ADA.email}")
    expect(panel.dialog).to_contain_text("1,055 credits")
    expect(panel.dialog.get_by_role("listitem").filter(has_text="Made for this")).to_have_count(1)

    email = f"ada-{uuid.uuid4().hex[:8]}@practice.example"
    add_email_log_in(panel, email)
    key = make_api_key(panel)

    other = log_in_elsewhere(browser, host, email)
    assert run_and_wait_for_answer(other) == HELLO
    assert made.plaintext in {call.api_key for call in comfy_api.api.calls}
    prompt_id = post_prompt(host.url, key, "Do scripts work?")
    other.page.wait_for_function(HAS_ANSWERED, arg=[prompt_id, "You asked: Do scripts work?"])
    other.page.context.close()

    panel.choose("Account")
    panel.button("Log out").first.click()
    panel.dialog.get_by_role("checkbox", name=re.compile("Also delete the key")).check()
    panel.dialog.locator("dialog.layer").get_by_role("button", name="Log out").click()
    expect(panel.dialog.get_by_role("heading", name="Log in to this server")).to_be_visible()
    assert made not in comfy_api.api.customers.keys
