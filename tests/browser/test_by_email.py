"""Logging in by mail address, and how to get there: what is said, where, and what is sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from passport.tests.browser.answers import failure, registration, signed_in, with_email
from passport.tests.browser.panel import Panel
from playwright.sync_api import Locator, expect

# What the forms say does not depend on the frontend round them: one is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["oldest"], indirect=True)]

EMAIL = "ada@practice.example"
PASSWORD = "correct horse battery staple"  # nobody's
GOOD = (200, {"score": 3, "problem": None})


def open_form(look: Panel, mode: str = "", **status: Any) -> Panel:
    look.answers |= {"status": with_email(**status), "password-strength": GOOD}
    look.open()
    if mode:
        look.button(mode).click()
    return look


def message_of(field: Locator) -> Locator:
    """What stands under the field."""
    return field.locator("xpath=ancestor::div[@class='field']/div[last()]")


def last_sent(look: Panel, path: str) -> dict[str, Any]:
    sent = [request for request in look.requests if request.url.endswith(f"/passport/{path}")]
    return json.loads(sent[-1].post_data or "{}")


@pytest.mark.asvs("6.2.6", "6.2.7")
def test_logging_in_sends_what_was_typed(look: Panel):
    open_form(look)
    expect(look.field("Password")).to_have_attribute("type", "password")
    expect(look.field("Email")).to_be_focused()
    expect(look.field("Email")).to_have_attribute("autocomplete", "username")
    expect(look.field("Password")).to_have_attribute("autocomplete", "current-password")
    look.field("Email").fill(f" {EMAIL} ")
    look.field("Password").fill(" spaces count ")
    look.dialog.get_by_role("checkbox", name="This is a shared computer").check()
    look.answers |= {"session/email": (201, {}), "status": signed_in()}
    look.page.keyboard.press("Tab")
    look.page.keyboard.press("Enter")
    expect(look.dialog.get_by_role("heading", name="Ada Practice")).to_be_focused()
    expect(look.spoken).to_have_text("Logged in.")
    assert last_sent(look, "session/email") == {
        "email": EMAIL,
        "password": " spaces count ",
        "shared_computer": True,
    }


def test_what_is_missing_is_said_at_its_field(look: Panel):
    open_form(look)
    look.button("Log in").click()
    expect(message_of(look.field("Email"))).to_contain_text("Enter your email address.")
    expect(message_of(look.field("Password"))).to_contain_text("Enter your password.")
    expect(look.field("Email")).to_be_focused()


def refuse_log_in(look: Panel, answer: tuple[int, Any]) -> None:
    open_form(look)
    look.answers["session/email"] = answer
    look.field("Email").fill(EMAIL)
    look.field("Password").fill("wrong")
    look.button("Log in").click()


def test_a_wrong_pair_says_what_to_check(look: Panel):
    refuse_log_in(look, failure(401, "email_or_password_wrong", "Wrong."))
    expect(message_of(look.field("Password"))).to_contain_text("Check the spelling of both")
    expect(look.field("Password")).to_be_focused()
    assert look.find_accessibility_problems("passport-dialog") == []


def test_too_many_tries_say_when_to_try_again(look: Panel):
    details = {"retry_after_seconds": 600}
    error = {"code": "too_many_tries", "message": "Wait.", "details": details}
    refuse_log_in(look, (429, {"error": error}))
    alert = look.dialog.locator(".form-problem:visible")
    expect(alert).to_contain_text(re.compile(r"Try again at \d?\d:\d\d"))
    expect(look.button("Log in")).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("code", ["account_disabled", "server_busy"])
def test_other_refusals_show_the_servers_sentence(look: Panel, code: str):
    refuse_log_in(look, failure(403, code, "A sentence of the server."))
    expect(look.dialog.locator(".form-problem:visible")).to_have_text("A sentence of the server.")


def test_caps_lock_is_told_while_the_password_is_typed(look: Panel):
    open_form(look)
    password = look.field("Password")
    press = """(input, on) => input.dispatchEvent(new KeyboardEvent('keydown', {
      key: 'A', bubbles: true, modifierCapsLock: on
    }))"""
    password.focus()
    password.evaluate(press, True)
    told = message_of(password).get_by_role("status").filter(has_text="Caps Lock is on.")
    expect(told).to_be_visible()
    password.evaluate(press, False)
    expect(told).to_have_count(0)
    password.evaluate(press, True)
    look.field("Email").focus()
    expect(told).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmai.com", "ada@gmail.com"),
        ("ada@gmail.con", "ada@gmail.com"),
        ("ada@hotmial.com", "ada@hotmail.com"),
        ("ada@outlok.com", "ada@outlook.com"),
        ("ada@gmail.com", None),
        ("ada@mail.com", None),
        ("ada@practice.example", None),
        ("ada@gmx.at", None),
        ("ada", None),
    ],
)
def test_a_slip_in_a_well_known_domain_is_asked_about(look: Panel, typed: str, meant: str | None):
    open_form(look)
    look.field("Email").fill(typed)
    look.field("Password").focus()
    question = look.dialog.get_by_role("button", name=re.compile("Did you mean"))
    if meant is None:
        expect(question).to_have_count(0)
        return
    expect(question).to_have_text(f"Did you mean {meant}?")
    question.click()
    expect(look.field("Email")).to_have_value(meant)
    expect(look.field("Email")).to_be_focused()
    expect(question).to_have_count(0)


@pytest.mark.parametrize(
    ("strength", "sentence"),
    [
        ({"score": 4, "problem": None}, "Very good"),
        ({"score": 0, "problem": "too_short"}, "Too short"),
        ({"score": 1, "problem": "too_common"}, "Too common"),
        ({"score": 2, "problem": "contains_email"}, "Too close to your name or email address"),
    ],
)
def test_a_new_password_is_judged_while_it_is_typed(
    look: Panel, strength: dict[str, Any], sentence: str
):
    open_form(look, "Create an account")
    look.answers["password-strength"] = (200, strength)
    look.field("Email").fill(EMAIL)
    before = len(look.requests)
    look.field("Password").press_sequentially("abcdef")
    expect(message_of(look.field("Password"))).to_contain_text(sentence)
    asked = [request for request in look.requests[before:] if "password-strength" in request.url]
    assert len(asked) == 1, "asked once the typing pauses, not with each letter"
    assert last_sent(look, "password-strength") == {"password": "abcdef", "email": EMAIL}


def test_an_account_is_created_with_a_set_up_code(look: Panel):
    open_form(
        look,
        "Create an account",
        registration=registration(needs="set_up_code"),
        has_owner=False,
    )
    expect(look.dialog).to_contain_text("This first account becomes the owner’s")
    expect(look.field("Set-up code")).to_be_focused()
    look.field("Email").fill(EMAIL)
    look.field("Password").fill(PASSWORD)
    look.button("Create the account").click()
    expect(message_of(look.field("Set-up code"))).to_contain_text("terminal")
    look.field("Set-up code").fill("AAAA-BBBB")
    look.answers["accounts"] = failure(403, "set_up_code_wrong", "This is not the set-up code.")
    look.button("Create the account").click()
    expect(message_of(look.field("Set-up code"))).to_contain_text("This is not the set-up code.")
    expect(look.field("Set-up code")).to_be_focused()
    assert last_sent(look, "accounts") == {
        "email": EMAIL,
        "password": PASSWORD,
        "shared_computer": False,
        "set_up_code": "AAAA-BBBB",
    }


@pytest.mark.parametrize(
    ("status", "code", "field"),
    [
        (422, "email_invalid", "Email"),
        (409, "email_taken", "Email"),
        (422, "password_unacceptable", "Password"),
        (422, "display_name_invalid", "Name (optional)"),
        (403, "invitation_invalid", "Invitation code"),
    ],
)
def test_a_refused_registration_is_explained_at_its_field(
    look: Panel, status: int, code: str, field: str
):
    open_form(look, "Create an account", registration=registration(needs="invitation"))
    look.field("Invitation code").fill("practice")
    look.field("Email").fill(EMAIL)
    look.field("Password").fill(PASSWORD)
    look.answers["accounts"] = failure(status, code, "What the server says of it.")
    look.button("Create the account").click()
    expect(look.field(field)).to_be_focused()
    expect(look.field(field)).to_have_attribute("aria-invalid", "true")
    expect(message_of(look.field(field))).to_contain_text("What the server says of it.")


def test_a_taken_address_offers_to_log_in(look: Panel):
    open_form(look, "Create an account")
    look.field("Email").fill(EMAIL)
    look.field("Password").fill(PASSWORD)
    look.answers["accounts"] = failure(409, "email_taken", "There is one already.")
    look.button("Create the account").click()
    look.button("Log in instead").click()
    expect(look.field("Email")).to_have_value(EMAIL)
    expect(look.button("Log in")).to_be_visible()


def test_a_closed_registration_says_whom_to_ask(look: Panel):
    closed = registration(mode="closed", enabled=False, reason="registration_closed")
    open_form(look, "Create an account", registration=closed)
    expect(look.dialog).to_contain_text("Ask its owner.")
    expect(look.button("Create the account")).to_have_count(0)


def test_a_forgotten_password_gets_the_same_answer_always(look: Panel):
    open_form(look, "Forgot your password?")
    look.answers["password-resets"] = (202, {})
    look.field("Email").fill(EMAIL)
    look.button("Send the mail").click()
    expect(look.dialog).to_contain_text("If there is an account with this address")
    expect(look.field("Code")).to_be_focused()
    look.answers["password-resets/confirm"] = failure(410, "token_invalid", "Used already.")
    look.field("Code").fill("abc")
    look.field("New password").fill(PASSWORD)
    look.button("Set the password").click()
    expect(message_of(look.field("Code"))).to_contain_text("Used already.")
    look.answers["password-resets/confirm"] = (204, None)
    look.button("Set the password").click()
    expect(look.dialog).to_contain_text("The new password is set.")
    expect(look.field("Email")).to_have_value(EMAIL)


def test_no_mail_is_promised_where_none_can_be_sent(look: Panel):
    open_form(look, "Forgot your password?", mail={"enabled": False})
    expect(look.dialog).to_contain_text("This server sends no mail")
    expect(look.dialog).to_contain_text("reset-password MAIL")
    expect(look.button("Send the mail")).to_have_count(0)
    look.button("I have a code").click()
    expect(look.field("Code")).to_be_focused()


def test_half_typed_input_outlives_news_from_the_server(look: Panel):
    open_form(look, "Create an account")
    look.field("Name (optional)").fill("Ada")
    look.answers["status"] = with_email(mail={"enabled": False})
    with look.page.expect_response("**/passport/status"):
        look.page.evaluate("new BroadcastChannel('passport-account').postMessage('changed')")
    look.page.wait_for_timeout(200)
    expect(look.field("Name (optional)")).to_have_value("Ada")


def test_half_typed_input_outlives_a_silent_server(look: Panel):
    open_form(look)
    look.field("Email").fill("ada@pract")
    for answer, sentence in (
        ((502, "Bad gateway"), "does not answer"),
        (with_email(), "Log in to this server"),
    ):
        look.answers["status"] = answer
        look.page.evaluate("new BroadcastChannel('passport-account').postMessage('changed')")
        expect(look.dialog.get_by_role("heading", level=2)).to_contain_text(sentence)
    expect(look.field("Email")).to_have_value("ada@pract")


def test_an_invitation_is_asked_for_with_the_key(look: Panel):
    open_form(look)
    look.choose("API key")
    expect(look.field("Invitation code")).to_be_hidden()
    look.key.fill("comfyui-" + "0" * 64)
    sentence = "This server takes new accounts by invitation."
    look.answers["session/api-key"] = failure(403, "invitation_needed", sentence)
    look.button("Log in").click()
    expect(look.field("Invitation code")).to_be_focused()
    look.field("Invitation code").fill("practice")
    look.button("Log in").click()
    expect(look.field("Invitation code")).to_be_focused()
    assert last_sent(look, "session/api-key")["invitation"] == "practice"


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "mode", ["", "Create an account", "Forgot your password?", "I have a code"]
)
def test_every_form_fits_and_axe_finds_nothing(look: Panel, mode: str, width: int, theme: str):
    look.set_theme(theme)
    open_form(look, mode, registration=registration(needs="invitation"))
    look.page.set_viewport_size({"width": width, "height": 800})
    assert not look.overflows()
    assert look.find_accessibility_problems("passport-dialog") == []
