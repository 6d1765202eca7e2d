"""The links of mails, followed into a frontend that keeps places of its own after the #."""

from __future__ import annotations

import pytest
from passport.tests.browser.answers import Answer, failure, registration, signed_in, with_email
from passport.tests.browser.panel import Panel
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

CODE = "Practice-code_0123456789"


def follow(page: Page, part: str, status: Answer) -> Panel:
    """Open the link as the mail program does: in a page that was not there before."""
    panel = Panel(page)
    panel.answers = {"status": status}
    panel.load(f"/#passport-{part}={CODE}")
    expect(panel.dialog).to_be_visible()
    return panel


@pytest.mark.asvs("3.4.5")
def test_a_reset_link_leads_to_its_form_and_leaves_the_address(page: Page):
    panel = follow(page, "reset", with_email())
    expect(panel.field("Code")).to_have_value(CODE)
    expect(panel.dialog.get_by_role("heading", name="Set a new password")).to_be_visible()
    page.wait_for_timeout(500)
    assert CODE not in page.url
    panel.answers["password-resets/confirm"] = (204, None)
    panel.field("New password").fill("correct horse battery staple")
    panel.button("Set the password").click()
    expect(panel.dialog).to_contain_text("The new password is set")
    expect(panel.field("Email")).to_be_focused()


def test_an_invitation_fills_in_its_code(page: Page):
    panel = follow(page, "invite", with_email(registration=registration(needs="invitation")))
    expect(panel.field("Invitation code")).to_have_value(CODE)
    panel.choose("API key")
    expect(panel.field("Invitation code")).to_have_value(CODE)


@pytest.mark.parametrize("status", [with_email(), signed_in()], ids=["signed out", "signed in"])
@pytest.mark.parametrize("host", ["newest"], indirect=True)
def test_an_address_is_confirmed_by_a_button(page: Page, status: Answer):
    panel = follow(page, "verify", status)
    confirm = panel.button("Confirm my address")
    expect(confirm).to_be_focused()
    asked = [request for request in panel.requests if request.url.endswith("/confirm")]
    assert asked == [], "a mail program that looks at links confirms nothing"
    panel.answers["email-verifications/confirm"] = (200, {"email": "ada@practice.example"})
    confirm.click()
    expect(panel.dialog).to_contain_text("ada@practice.example is confirmed.")


@pytest.mark.parametrize("host", ["newest"], indirect=True)
def test_a_used_link_says_so(page: Page):
    panel = follow(page, "verify", with_email())
    sentence = "This link was used already, or its time has passed."
    panel.answers["email-verifications/confirm"] = failure(410, "token_invalid", sentence)
    panel.button("Confirm my address").click()
    expect(panel.dialog).to_contain_text(sentence)


@pytest.mark.parametrize("host", ["newest"], indirect=True)
def test_a_link_works_in_a_tab_that_is_open(panel: Panel):
    panel.answers["status"] = with_email()
    panel.open()
    expect(panel.field("Email")).to_be_visible()
    panel.page.evaluate("code => { location.hash = `#passport-reset=${code}` }", CODE)
    expect(panel.field("Code")).to_have_value(CODE)
    assert CODE not in panel.page.url
