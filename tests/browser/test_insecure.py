"""ComfyUI over plain HTTP, under a name that it does not know: no secure context."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from passport.dev.host.process import HostProcess
from passport.dev.practice import PRACTICE_KEY
from passport.tests.browser.panel import OTHER_NAME, Panel
from playwright.sync_api import Browser, expect

# The newest frontend takes most of a minute to load without a secure context and a name in DNS.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["oldest"], indirect=True)]


@pytest.fixture
def panel(browser: Browser, host: HostProcess) -> Generator[Panel, None, None]:
    context = browser.new_context(base_url=f"http://{OTHER_NAME}:{host.port}")
    yield Panel(context.new_page()).load()
    context.close()


def test_the_key_is_sent_only_after_the_warning_is_confirmed(panel: Panel):
    panel.open()
    expect(panel.dialog).to_contain_text("This connection is not encrypted")
    expect(panel.dialog).to_contain_text("PASSPORT_ALLOWED_HOSTS")
    panel.key.fill(PRACTICE_KEY)
    panel.button("Log in").click()
    confirm = panel.dialog.get_by_label("I understand. Send my key over this connection")
    expect(confirm).to_be_focused()
    assert not [request for request in panel.requests if request.url.endswith("/api-key")]
    confirm.check()
    panel.button("Log in").click()
    expect(panel.dialog.get_by_role("heading", name="Ada Practice")).to_be_visible()
    panel.log_out()


def test_the_report_can_be_copied_by_hand(panel: Panel):
    panel.open()
    panel.dialog.locator(".headline").click()
    expect(panel.dialog).to_contain_text("The browser counts this page as not secure")
    panel.button("Copy report").click()
    expect(panel.dialog).to_contain_text("This page may not copy by itself")
    report = panel.dialog.get_by_label("Report for support")
    expect(report).to_be_focused()
    assert "browser_secure_context" in report.input_value()
    assert panel.button("Paste from the clipboard").count() == 0
