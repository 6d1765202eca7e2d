"""The sections of the account: what they show, what they send, where the focus goes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from passport.tests.browser.answers import (
    ADA,
    OWNER,
    SECTIONS,
    account,
    failure,
    registration,
    signed_in,
)
from passport.tests.browser.panel import Panel
from playwright.sync_api import Request, expect

# What the sections say does not depend on the frontend round them: one is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["oldest"], indirect=True)]

PASSWORD = "correct horse battery staple"  # nobody's
TABS = ["Account", "Security", "Sessions", "API keys", "Activity", "Server", "Doctor"]


def open_section(look: Panel, name: str, who: dict[str, Any] = ADA, **of_status: Any) -> Panel:
    status, body = signed_in(account=who)
    look.answers |= {**SECTIONS, "status": (status, {**body, **of_status})}
    look.open()
    return look.choose(name)


def last_request(look: Panel, path: str) -> Request:
    return [request for request in look.requests if f"/passport/{path}" in request.url][-1]


def sent(look: Panel, path: str) -> dict[str, Any]:
    return json.loads(last_request(look, path).post_data or "{}")


def test_the_tabs_work_with_arrow_keys_alone(look: Panel):
    open_section(look, "Account", OWNER)
    look.tab("Account").focus()
    for name in [*TABS[1:], "Account"]:
        look.page.keyboard.press("ArrowRight")
        expect(look.tab(name)).to_be_focused()
        expect(look.tab(name)).to_have_attribute("aria-selected", "true")
        expect(look.dialog.get_by_role("tabpanel")).to_have_count(1)
    look.page.keyboard.press("ArrowLeft")
    expect(look.tab("Doctor")).to_be_focused()
    look.page.keyboard.press("Home")
    expect(look.tab("Account")).to_be_focused()
    look.page.keyboard.press("Tab")
    expect(look.button("Log out").first).to_be_focused()


def test_only_the_owner_has_the_server(look: Panel):
    open_section(look, "Account")
    expect(look.tab("Activity")).to_be_visible()
    expect(look.tab("Server")).to_have_count(0)


def test_an_older_server_has_no_sections_that_it_knows_nothing_of(look: Panel):
    status, body = signed_in()
    look.answers["status"] = (status, {k: v for k, v in body.items() if k != "has_owner"})
    look.open()
    expect(look.dialog.get_by_role("tab")).to_have_text(["Account", "Doctor"])


def test_the_headline_leads_to_the_doctor(look: Panel):
    open_section(look, "Security")
    look.dialog.locator(".headline").click()
    expect(look.tab("Doctor")).to_be_focused()
    expect(look.dialog).to_contain_text("Look at this machine's DNS.")


def test_the_name_is_changed_in_its_place(look: Panel):
    open_section(look, "Security")
    look.button("Change the name").click()
    expect(look.field("Name")).to_be_focused()
    expect(look.field("Name")).to_have_value("Ada Practice")
    look.field("Name").fill("Ada L.")
    look.answers["account"] = (200, {"account": account(display_name="Ada L."), "identities": []})
    look.answers["status"] = signed_in(account=account(display_name="Ada L."))
    look.page.keyboard.press("Enter")
    expect(look.button("Change the name")).to_be_focused()
    expect(look.dialog.get_by_role("tabpanel")).to_contain_text("Ada L.")


def test_a_wrong_current_password_is_said_at_its_field(look: Panel):
    open_section(look, "Security")
    look.button("Change the password").click()
    expect(look.field("Current password")).to_be_focused()
    look.field("Current password").fill("wrong")
    look.field("New password").fill(PASSWORD)
    look.answers["account/password"] = failure(403, "password_wrong", "That is not it.")
    look.button("Change the password").click()
    expect(look.field("Current password")).to_be_focused()
    expect(look.field("Current password")).to_have_attribute("aria-invalid", "true")
    look.answers["account/password"] = (204, None)
    look.button("Change the password").click()
    expect(look.spoken).to_contain_text("The password was changed.")
    assert sent(look, "account/password")["new_password"] == PASSWORD


def test_half_typed_input_outlives_news_from_the_server(look: Panel):
    open_section(look, "Security")
    look.button("Change the password").click()
    look.field("Current password").fill("half")
    look.answers["status"] = signed_in(account=account(display_name="Ada L."))
    look.page.evaluate("new BroadcastChannel('passport-account').postMessage('changed')")
    expect(look.dialog.get_by_role("tabpanel")).to_contain_text("Ada L.")
    expect(look.field("Current password")).to_have_value("half")


def test_another_address_waits_for_its_link(look: Panel):
    open_section(look, "Security")
    look.button("Change the address").click()
    look.field("New email address").fill("new@practice.example")
    look.field("Your password").fill(PASSWORD)
    waiting = account(pending_email="new@practice.example")
    look.answers |= {"account/email": (200, {"account": waiting})}
    look.answers["status"] = signed_in(account=waiting)
    look.button("Change the address").click()
    expect(look.dialog).to_contain_text("The address changes to new@practice.example once")
    look.answers["email-verifications"] = (202, {"sent_to": "new@practice.example"})
    look.button("Send the mail again").click()
    expect(look.spoken).to_have_text("A mail was sent to new@practice.example.")


def test_a_mail_too_soon_says_when(look: Panel):
    open_section(look, "Account", account(email_verified=False))
    details = {"retry_after_seconds": 40}
    error = {"code": "too_many_tries", "message": "Wait.", "details": details}
    look.answers["email-verifications"] = (429, {"error": error})
    look.button("Send the mail again").click()
    expect(look.dialog.locator(".complaint")).to_contain_text("Try again at")


def test_no_mail_is_offered_where_none_can_be_sent(look: Panel):
    open_section(look, "Account", account(email_verified=False), mail={"enabled": False})
    expect(look.dialog.get_by_role("tabpanel")).to_contain_text("Ada Practice")
    expect(look.button("Send the mail again")).to_have_count(0)


def test_an_account_of_a_key_can_log_in_by_mail_too(look: Panel):
    open_section(look, "Security", account(has_password=False, email_verified=False))
    look.button("Log in with email too").click()
    expect(look.dialog).to_contain_text("it becomes one with yours")
    look.field("Password").fill(PASSWORD)
    look.answers["identities/email"] = (200, {"account": ADA, "merged": True})
    look.answers["status"] = signed_in()
    look.button("Log in with email too").click()
    expect(look.spoken).to_have_text("The two accounts are one now.")
    assert sent(look, "identities/email") == {"email": ADA["email"], "password": PASSWORD}


def test_a_session_is_ended_and_the_focus_stays_near(look: Panel):
    open_section(look, "Sessions")
    rows = look.dialog.locator(".row:visible")
    expect(rows.first).to_contain_text("This one")
    expect(rows.first.get_by_role("button")).to_have_count(0)
    _, body = SECTIONS["sessions"]
    look.answers["sessions/s2"] = (204, None)
    look.answers["sessions"] = (200, {"sessions": body["sessions"][:1]})
    look.button("Log out: Firefox on Windows").click()
    expect(rows).to_have_count(1)
    expect(look.dialog.get_by_role("heading", name="Where you are logged in")).to_be_focused()
    assert last_request(look, "sessions/s2").method == "DELETE"


def test_logging_out_everywhere_asks_first(look: Panel):
    open_section(look, "Sessions")
    look.button("Log out everywhere").click()
    expect(look.button("Cancel")).to_be_focused()
    look.button("Cancel").click()
    expect(look.button("Log out everywhere")).to_be_focused()
    look.page.keyboard.press("Enter")
    question = look.dialog.locator("dialog.layer")
    with look.page.expect_request("**/passport/sessions?everywhere=true"):
        question.get_by_role("button", name="Log out everywhere").click()


def test_activity_is_read_page_by_page(look: Panel):
    open_section(look, "Activity")
    rows = look.dialog.locator(".row:visible .row-name")
    expect(rows).to_have_text(["Logged in", "Password changed", "Something quite new"])
    _, body = SECTIONS["audit"]
    older = {**body["events"][0], "id": 1, "action": "registered"}
    look.answers["audit"] = (200, {"events": [older], "next_before": None})
    look.button("Show more").click()
    expect(rows).to_have_count(4)
    expect(rows.last).to_have_text("Account created")
    expect(look.button("Show more")).to_have_count(0)
    assert "before=7" in last_request(look, "audit").url


def test_a_reset_link_for_somebody_is_shown_once(look: Panel):
    open_section(look, "Server", OWNER)
    look.dialog.get_by_text("Manage", exact=True).nth(1).click()
    link = "https://comfy.example/#passport-reset=practice"
    made = {"token": "practice", "link": link, "expires_at": "2026-11-23T03:00:00Z"}
    look.answers["accounts/a2/password-reset"] = (201, made)
    look.button("Make a reset link: Ben Practice").click()
    expect(look.field("Link")).to_have_value(link)
    expect(look.field("Code")).to_have_value("practice")
    expect(look.button("Copy: Link")).to_be_visible()


def test_disabling_somebody_asks_first(look: Panel):
    open_section(look, "Server", OWNER)
    look.dialog.get_by_text("Manage", exact=True).nth(1).click()
    look.button("Disable: Ben Practice").click()
    expect(look.button("Cancel")).to_be_focused()
    look.answers["accounts/a2/state"] = (200, {})
    look.button("Disable").click()
    expect(look.spoken).to_have_text("Ben Practice can no longer log in.")
    expect(look.button("Enable: Ben Practice")).to_be_visible()
    assert sent(look, "accounts/a2/state") == {"state": "disabled"}


def test_people_are_found_by_name(look: Panel):
    open_section(look, "Server", OWNER)
    with look.page.expect_request("**/passport/accounts?search=ben"):
        look.dialog.get_by_role("searchbox").fill("ben")
    # Escape empties a search before it closes anything.
    look.page.keyboard.press("Escape")
    expect(look.dialog.get_by_role("searchbox")).to_have_value("")


def test_an_invitation_is_shown_once(look: Panel):
    open_section(look, "Server", OWNER)
    look.button("Invite somebody").click()
    look.field("Email address (optional)").fill("dora@practice.example")
    made = {"invitation": {}, "code": "practice-code", "link": None, "mailed": True}
    look.answers["invitations"] = (201, made)
    look.button("Make the invitation").click()
    expect(look.field("Code")).to_have_value("practice-code")
    expect(look.dialog).to_contain_text("on its way by mail")


def test_a_test_mail_says_what_is_wrong(look: Panel):
    open_section(look, "Server", OWNER)
    look.answers["mail/test"] = failure(502, "mail_not_sent", "The mail server hung up.")
    look.button("Send a test mail").click()
    expect(look.dialog.locator(".complaint")).to_have_text("The mail server hung up.")


def test_a_server_without_an_owner_can_be_taken(look: Panel):
    needs = registration(needs="set_up_code")
    open_section(look, "Account", has_owner=False, registration=needs)
    look.answers["owner"] = failure(403, "set_up_code_wrong", "This is not the set-up code.")
    look.field("Set-up code").fill("AAAA")
    look.button("Become the owner").click()
    expect(look.field("Set-up code")).to_be_focused()
    look.answers |= {"owner": (200, {"account": OWNER}), "status": signed_in(account=OWNER)}
    look.button("Become the owner").click()
    expect(look.tab("Server")).to_be_visible()
    expect(look.spoken).to_have_text("You are the owner of this server now.")


def test_a_key_of_another_account_can_link_the_two(look: Panel):
    open_section(look, "Account")
    look.button("Replace").click()
    look.key.fill("comfyui-" + "0" * 64)
    look.answers["credentials/comfy"] = failure(409, "identity_taken", "Another account.")
    look.button("Save the key").click()
    link = look.dialog.get_by_role("checkbox", name="Link the two accounts")
    expect(link).to_be_focused()
    link.check()
    look.answers["credentials/comfy"] = (200, {"credential": {"state": "accepted"}})
    look.button("Save the key").click()
    expect(look.button("Replace")).to_be_focused()
    assert sent(look, "credentials/comfy")["link_accounts"] is True


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_section_fits_and_axe_finds_nothing(look: Panel, width: int, theme: str):
    look.set_theme(theme)
    open_section(look, "Account", {**OWNER, "email_verified": False})
    look.page.set_viewport_size({"width": width, "height": 800})
    for name in TABS:
        look.choose(name)
        expect(look.dialog.get_by_role("tabpanel")).not_to_contain_text("One moment")
        look.page.wait_for_timeout(200)
        assert not look.overflows(), name
        assert look.find_accessibility_problems("passport-dialog") == [], name
