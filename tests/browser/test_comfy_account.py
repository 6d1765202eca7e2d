"""The hosted Comfy account: ComfyUI's own log-in handed over, and what is at Comfy looked after.

The log-in is FAKED at the edge of the network (official_log_in.py); Passport's routes are, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from passport.tests.browser.answers import (
    CHECKS,
    NODE_PACKS,
    SECTIONS,
    Answer,
    account,
    failure,
    method,
    signed_in,
    signed_out,
    without_key,
)
from passport.tests.browser.conftest import DESKTOP
from passport.tests.browser.official_log_in import EMAIL, REFRESH_TOKEN, OfficialLogIn
from passport.tests.browser.panel import Panel
from passport.tests.browser.test_api_keys import wants_proof
from playwright.sync_api import Page, Request, expect

pytestmark = pytest.mark.browser
newest_alone = pytest.mark.parametrize("host", ["newest"], indirect=True)

COMFY = method(id="comfy", label=None, ways=["hand_over", "password", "code"])
COMFY_KEY = "comfyui-" + "0" * 64
LINKS = {
    name: f"https://platform.comfy.org/{name}"
    for name in ("top_up", "billing", "keys", "subscription")
}
MADE_KEY = {"id": "key-1", "name": "Passport on studio"}
KEY = {
    "id": "key-1",
    "name": "Passport on studio",
    "description": None,
    "prefix": "comfyui-ab12",
    "created_at": "2026-11-20T02:00:00Z",
    "made_here": True,
}
GOOD = {"state": "good", "cause": None, "remedy": None}
ENDED = {"state": "ended", "cause": "revoked", "remedy": "Log in at Comfy again, please."}
HANDED_OVER = {"account": account(), "credential": None, "key_made": True, "reason": None}
SUBSCRIPTION = {
    "state": "active",
    "tier": "Creator",
    "duration": "monthly",
    "renewal_date": "2026-12-03T02:00:00Z",
    "end_date": None,
    "can_cancel": True,
    "can_resubscribe": False,
}


def of_status(answer: Answer, **fields: Any) -> Answer:
    status, body = answer
    methods = [COMFY, method()]
    return status, {**body, "methods": methods, "preferred_method": "comfy", **fields}


def comfy_account(**fields: Any) -> Answer:
    standing = {"connected": True, "email": EMAIL, "session": GOOD, "made_key": None}
    return 200, {**standing, "links": LINKS, **fields}


def event(number: int) -> dict[str, Any]:
    params = {"api_name": "Practice node", "model": f"model-{number}"}
    at = "2026-11-23T02:00:00Z"
    return {"id": f"e{number}", "type": "api_usage_completed", "at": at, "params": params}


def of_credits(*events: int, next_page: int | None = None) -> Answer:
    """The balance, and the events from the first number to before the second."""
    told = [event(number) for number in range(*events)]
    counted = {"total": 10, "next_page": next_page}
    return 200, {"balance_usd": 12.5, "credits": 2637, "events": told, **counted}


ADDRESS = {"email": EMAIL, "email_verified": True, "has_password": True}
AT_COMFY: dict[str, Answer] = {
    "comfy-account/address": (200, ADDRESS),
    "comfy-account": comfy_account(made_key=MADE_KEY),
    "credits": of_credits(7),
    "comfy-account/subscription": (200, SUBSCRIPTION),
    "comfy-account/keys": (200, {"keys": [KEY, {**KEY, "id": "key-2", "made_here": False}]}),
}

Visit = Callable[..., tuple[Panel, OfficialLogIn]]


@pytest.fixture
def visit(page: Page) -> Visit:
    """Come as somebody who is logged in to ComfyUI itself."""

    def come(status: Answer, **of_log_in: Any) -> tuple[Panel, OfficialLogIn]:
        log_in = OfficialLogIn(page.context, **of_log_in)
        panel = Panel(page)
        log_in.answer(page)
        panel.answers = {"status": status, "checks": CHECKS, "node-packs": NODE_PACKS, **AT_COMFY}
        panel.load()
        page.wait_for_function(
            "[...window.app.extensionManager._p._s.values()].some((store) => store.currentUser)"
        )
        panel.open()
        return panel, log_in

    return come


def requests_to(panel: Panel, path: str, http_method: str = "GET") -> list[Request]:
    asked = [each for each in panel.requests if f"/passport/{path}" in each.url]
    return [each for each in asked if each.method == http_method]


def sent(panel: Panel, path: str, http_method: str = "POST") -> dict[str, Any]:
    return json.loads(requests_to(panel, path, http_method)[-1].post_data or "{}")


def open_section(look: Panel, **fields: Any) -> Panel:
    """The Comfy account of somebody who is logged in here, and not to ComfyUI itself."""
    look.answers |= {**AT_COMFY, "status": of_status(signed_in())}
    if fields:
        look.answers["comfy-account"] = comfy_account(**fields)
    look.requests.clear()
    return look.open().choose("Comfy")


def test_one_click_uses_comfyuis_own_log_in_here(visit: Visit):
    panel, log_in = visit(of_status(signed_out()))
    expect(panel.dialog).to_contain_text(f"You are logged in to ComfyUI as {EMAIL}")
    panel.answers |= {
        "comfy-account/hand-over": (201, HANDED_OVER),
        "status": of_status(signed_in()),
    }
    panel.button("Use this log-in on this server").click()
    expect(panel.dialog.get_by_role("heading", name="Ada Practice")).to_be_visible()
    expect(panel.spoken).to_contain_text("A key was made at Comfy for this server")
    assert sent(panel, "comfy-account/hand-over") == {
        "id_token": log_in.token,
        "shared_computer": False,
    }
    # Only the token that the service renews is of any use here, and it is nobody's business.
    to_us = [each.post_data or "" for each in panel.requests if "/passport/" in each.url]
    assert not any(REFRESH_TOKEN in body for body in to_us)


def test_a_token_that_has_expired_is_renewed_by_comfyui_itself(visit: Visit):
    panel, log_in = visit(of_status(signed_out()), good_for_seconds=-5)
    panel.answers["comfy-account/hand-over"] = failure(403, "comfy_token_invalid", "Not for here.")
    panel.button("Use this log-in on this server").click()
    expect(panel.dialog.get_by_role("alert").filter(has_text="Not for here.")).to_be_visible()
    assert log_in.renewals == 1
    assert sent(panel, "comfy-account/hand-over")["id_token"] == log_in.renewed


@newest_alone
def test_a_log_in_that_cannot_be_renewed_says_what_to_do(visit: Visit):
    panel, _ = visit(of_status(signed_out()), good_for_seconds=-5, renews=False)
    panel.button("Use this log-in on this server").click()
    expect(panel.dialog).to_contain_text("Reload this page so that ComfyUI renews it")
    assert requests_to(panel, "comfy-account/hand-over", "POST") == []


@newest_alone
def test_where_comfy_makes_no_key_the_log_in_itself_is_used_until_it_ends(visit: Visit):
    panel, _ = visit(of_status(without_key()))
    expect(panel.dialog).to_contain_text("No key is stored here yet.")
    token = {"kind": "id-token", "expires_at": "2026-11-25T03:14:00Z"}
    _, here = signed_in(**token)
    answer = {**HANDED_OVER, "credential": here["credential"], "key_made": False}
    panel.answers |= {
        "comfy-account/hand-over": (200, {**answer, "reason": "not_permitted"}),
        "status": of_status((200, here)),
    }
    panel.button("Use this log-in on this server").click()
    layer = panel.dialog.locator("dialog.layer")
    expect(layer).to_contain_text("does not allow API keys (free tier)")
    expect(layer).to_contain_text(":14")
    expect(layer.get_by_role("button", name="Understood")).to_be_focused()
    panel.page.keyboard.press("Enter")
    expect(layer).to_have_count(0)
    expect(panel.dialog).to_contain_text("Comfy’s log-in itself is used")
    expect(panel.button("Check again")).to_be_visible()
    # Who is logged in already says nothing of a shared computer.
    assert sent(panel, "comfy-account/hand-over").keys() == {"id_token"}


@newest_alone
def test_whoever_connects_it_proves_first_that_it_is_still_them(visit: Visit):
    panel, log_in = visit(of_status(without_key()))
    panel.answers["comfy-account/hand-over"] = wants_proof("comfy")
    panel.button("Use this log-in on this server").click()
    panel.answers["comfy-account/hand-over"] = (204, None)
    panel.button("Prove it with this log-in").click()
    expect(panel.dialog.locator("dialog.layer")).to_have_count(0)
    proof, again = requests_to(panel, "comfy-account/hand-over", "POST")[-2:]
    token = {"id_token": log_in.token}
    assert json.loads(proof.post_data or "") == {**token, "purpose": "reauthenticate"}
    assert json.loads(again.post_data or "") == token


@newest_alone
def test_the_log_in_goes_along_with_what_asks_comfy_and_with_nothing_else(visit: Visit):
    panel, log_in = visit(of_status(signed_in()))
    panel.answers["comfy-account"] = comfy_account(session=None)
    panel.choose("Comfy")
    expect(panel.dialog).to_contain_text("2,637 credits")
    expect(panel.button("Delete: Passport on studio").first).to_be_visible()
    # What is kept here alone can change the password.
    expect(panel.dialog).to_contain_text("To change it here, log in here with Comfy’s email")
    expect(panel.button("Change the password")).to_have_count(0)
    paths = ("credits", "subscription", "keys", "address")
    for path in (paths[0], *(f"comfy-account/{each}" for each in paths[1:])):
        assert requests_to(panel, path)[0].headers["x-comfy-token"] == log_in.token
    carrying = [each.url for each in panel.requests if "x-comfy-token" in each.headers]
    assert len(carrying) == len(paths)


@newest_alone
def test_another_ones_log_in_is_not_used_for_this_account(visit: Visit):
    panel, _ = visit(of_status(signed_in()))
    panel.answers["comfy-account"] = comfy_account(email="ben@practice.example")
    panel.choose("Comfy")
    expect(panel.dialog).to_contain_text(f"ComfyUI itself is logged in as {EMAIL}, another")
    expect(panel.dialog).to_contain_text("2,637 credits")
    assert not any("x-comfy-token" in each.headers for each in panel.requests)


def test_who_is_logged_out_of_comfyui_reads_how_to_log_in(look: Panel):
    ways = method(id="comfy", ways=["hand_over"])
    look.answers["status"] = of_status(signed_out(), methods=[ways, method()])
    look.open()
    expect(look.dialog).to_contain_text("Log in to ComfyUI first")
    expect(look.button("Use this log-in on this server")).to_have_count(0)


@newest_alone
def test_comfys_own_password_says_at_the_field_what_is_wrong(look: Panel):
    look.answers["status"] = of_status(signed_out())
    look.open()
    look.field("Email at Comfy").fill(EMAIL)
    look.field("Password at Comfy").fill("wrong")
    message = "The mail address or the password is wrong."
    details = {"reason": "email_or_password_wrong"}
    error = {"code": "comfy_refused", "message": message, "details": details}
    look.answers["comfy-account/log-in"] = (403, {"error": error})
    look.page.keyboard.press("Enter")
    expect(look.field("Password at Comfy")).to_be_focused()
    expect(look.field("Password at Comfy")).to_have_accessible_description(message)
    look.button("Forgot your password?").click()
    expect(look.field("Email at Comfy")).to_have_value(EMAIL)
    look.answers["comfy-account/password-reset"] = (202, {})
    look.button("Send the mail").click()
    expect(look.dialog).to_contain_text("a mail from Comfy is on its way")
    look.button("Create an account at Comfy").click()
    look.field("Email at Comfy").fill(EMAIL)
    look.field("Password at Comfy").fill("violet kettle marches north")
    look.answers |= {
        "comfy-account/sign-up": (201, HANDED_OVER),
        "status": of_status(signed_in()),
    }
    look.button("Create the account at Comfy").click()
    expect(look.dialog.get_by_role("heading", name="Ada Practice")).to_be_visible()


@newest_alone
def test_a_link_is_waited_for_and_can_be_left(look: Panel):
    look.answers["status"] = of_status(signed_out())
    look.open()
    look.button("Use a link on any device").click()
    expect(look.dialog).to_contain_text("It may stop working any day.")
    begun = {"flow": "f1", "url": "https://cloud.comfy.org/x", "qr": ["101", "010", "101"]}
    look.answers |= {
        "comfy-account/login-code": (201, {**begun, "expires_in": 600, "interval": 0.2}),
        "comfy-account/login-code/poll": (200, {"state": "pending", "interval": 0.2}),
    }
    look.button("Get a link").click()
    expect(look.dialog.get_by_role("img", name="QR code")).to_be_visible()
    expect(look.dialog.get_by_role("timer")).to_contain_text("9:5")
    assert look.find_accessibility_problems("passport-dialog") == []
    look.button("Cancel").click()
    expect(look.button("Get a link")).to_be_focused()
    look.button("Get a link").click()
    expect(look.dialog.get_by_role("timer")).to_be_visible()
    look.answers |= {
        "comfy-account/login-code/poll": (200, {"state": "done", **HANDED_OVER}),
        "status": of_status(signed_in()),
    }
    expect(look.dialog.get_by_role("heading", name="Ada Practice")).to_be_visible()


@newest_alone
def test_a_log_in_of_another_account_here_can_join_the_two(look: Panel):
    open_section(look, connected=False, session=None)
    taken = failure(409, "identity_taken", "It belongs to another account here.")
    look.answers["comfy-account/log-in"] = taken
    look.field("Email at Comfy").fill(EMAIL)
    look.field("Password at Comfy").fill("violet kettle marches north")
    look.page.keyboard.press("Enter")
    expect(look.dialog.get_by_role("alert").filter(has_text="It belongs to")).to_be_visible()
    assert "link_accounts" not in sent(look, "comfy-account/log-in")
    look.button("Link the two accounts").press("Enter")
    expect(look.button("Link the two accounts")).to_be_visible()
    assert sent(look, "comfy-account/log-in")["link_accounts"] is True

    look.button("Use a link on any device").click()
    begun = {"flow": "f1", "url": "https://cloud.comfy.org/x", "qr": [], "expires_in": 600}
    look.answers |= {
        "comfy-account/login-code": (201, {**begun, "interval": 0.2}),
        "comfy-account/login-code/poll": taken,
    }
    look.button("Get a link").click()
    expect(look.dialog).to_contain_text("This identity at Comfy logs in to another account here.")
    done = (200, {"state": "done", **HANDED_OVER, "key_made": False})
    look.answers["comfy-account/login-code/poll"] = done
    look.button("Link the two accounts").press("Enter")
    expect(look.spoken).to_have_text("The two accounts are one now.")
    begun_codes = [
        json.loads(each.post_data or "")
        for each in requests_to(look, "comfy-account/login-code", "POST")
        if not each.url.endswith("/poll")
    ]
    assert begun_codes == [{}, {"link_accounts": True}]


@newest_alone
def test_each_part_fails_by_itself_and_can_be_asked_again(look: Panel):
    broken = failure(502, "service_unreachable", "No way.")
    look.answers |= {**AT_COMFY, "status": of_status(signed_in())}
    look.answers["comfy-account/subscription"] = broken
    look.open().choose("Comfy")
    expect(look.dialog).to_contain_text("2,637 credits")
    expect(look.dialog.get_by_role("region", name="Subscription at Comfy")).to_contain_text("No w")
    look.answers["comfy-account/subscription"] = AT_COMFY["comfy-account/subscription"]
    look.button("Try again").click()
    expect(look.dialog).to_contain_text("It is renewed on Dec 3, 2026.")


@newest_alone
def test_an_ended_log_in_is_said_once_and_nothing_else_suffers(look: Panel):
    open_section(look, session=ENDED)
    expect(look.dialog.get_by_text("Log in at Comfy again, please.")).to_have_count(1)
    expect(look.field("Password at Comfy")).to_be_visible()
    assert requests_to(look, "comfy-account/subscription") == []
    look.choose("Account")
    expect(look.dialog).to_contain_text("Accepted")


@newest_alone
def test_use_is_read_page_by_page_and_goes_on_after_a_failure(look: Panel):
    look.answers |= {**AT_COMFY, "status": of_status(signed_in())}
    look.answers["credits"] = of_credits(7, next_page=2)
    look.requests.clear()
    look.open().choose("Comfy")
    models = look.dialog.get_by_role("listitem").filter(has_text="model-")
    expect(models).to_have_count(5)
    look.answers["credits"] = failure(502, "service_unreachable", "No way.")
    look.button("Show more").click()
    expect(look.button("Try again")).to_be_focused()
    expect(models).to_have_count(5)
    _, body = of_credits(0)
    look.answers["credits"] = (200, {**body, "events": None})
    look.page.keyboard.press("Enter")
    expect(look.dialog).to_contain_text("Comfy does not tell what was used at the moment.")
    expect(look.dialog).not_to_contain_text("Nothing was used yet.")
    look.answers["credits"] = of_credits(7, 10)
    look.button("Try again").click()
    expect(models).to_have_count(10)
    expect(models.nth(5)).to_be_focused()
    expect(models.last).to_contain_text("model-9")
    expect(look.button("Show more")).to_have_count(0)
    assert requests_to(look, "credits")[-1].url.endswith("credits?page=2")


@newest_alone
def test_paying_is_done_at_comfy(look: Panel):
    open_section(look)
    look.dialog.get_by_label("Amount in US dollars").fill("2.5")
    look.button("Top up").click()
    expect(look.dialog).to_contain_text("Enter whole dollars")
    look.dialog.get_by_label("Amount in US dollars").fill("20")
    look.answers["comfy-account/top-up"] = (200, {"url": f"{look.page.url}?checkout"})
    with look.page.expect_popup() as popup:
        look.button("Top up").click()
    popup.value.wait_for_url("**/?checkout")
    popup.value.close()
    assert sent(look, "comfy-account/top-up") == {"amount_usd": 20}


@newest_alone
def test_a_subscription_is_cancelled_only_after_a_question(look: Panel):
    open_section(look)
    look.button("Cancel the subscription").click()
    expect(look.button("Cancel")).to_be_focused()
    ending = {**SUBSCRIPTION, "state": "ending", "can_cancel": False, "can_resubscribe": True}
    ending["end_date"] = "2026-12-03T02:00:00Z"
    look.answers |= {
        "comfy-account/subscription/cancel": (200, ending),
        "comfy-account/subscription": (200, ending),
    }
    look.button("Yes, cancel it").click()
    expect(look.dialog).to_contain_text("It ends on Dec 3, 2026.")
    expect(look.button("Resubscribe")).to_be_visible()


@newest_alone
def test_a_key_of_comfys_is_shown_once_and_leaving_it_asks(look: Panel):
    open_section(look)
    look.button("New key at Comfy").click()
    expect(look.field("Name")).to_be_focused()
    look.field("Name").fill("Laptop")
    listed = look.answers["comfy-account/keys"]
    made = {"key": {**KEY, "name": "Laptop"}, "plaintext_key": COMFY_KEY}
    look.answers["comfy-account/keys"] = (201, made)
    look.page.keyboard.press("Enter")
    expect(look.dialog.locator(".secret")).to_have_text(COMFY_KEY)
    look.page.keyboard.press("Escape")
    expect(look.dialog.locator("dialog.layer")).to_be_visible()
    look.button("Back to the key").click()
    look.answers["comfy-account/keys"] = listed
    look.button("I have saved it").click()
    expect(look.button("New key at Comfy")).to_be_focused()
    assert COMFY_KEY not in look.page.content()
    assert sent(look, "comfy-account/keys") == {"name": "Laptop"}

    look.button("Delete: Passport on studio").first.click()
    expect(look.dialog).to_contain_text("This server runs API nodes with it")
    look.answers["comfy-account/keys/key-1"] = (204, None)
    look.button("Delete the key").click()
    expect(look.spoken).to_contain_text("was deleted at Comfy")
    assert len(requests_to(look, "comfy-account/keys/key-1", "DELETE")) == 1


@newest_alone
def test_the_address_at_comfy_is_confirmed_by_another_mail(look: Panel):
    look.answers |= {**AT_COMFY, "status": of_status(signed_in())}
    look.answers["comfy-account/address"] = (200, {**ADDRESS, "email_verified": False})
    look.open().choose("Comfy")
    at_comfy = look.dialog.get_by_role("region", name="Log-in at Comfy")
    expect(at_comfy).to_contain_text("Not confirmed")
    limit = {"reason": "reset_limit"}
    error = {"code": "comfy_refused", "message": "Try again tomorrow.", "details": limit}
    look.answers["comfy-account/verification"] = (403, {"error": error})
    look.button("Send the mail again").click()
    expect(look.dialog.locator(".complaint")).to_have_text("Try again tomorrow.")
    look.answers["comfy-account/verification"] = (202, {})
    look.button("Send the mail again").press("Enter")
    expect(look.spoken).to_have_text(f"A mail was sent to {EMAIL}.")
    expect(look.button("Sent")).to_be_focused()
    look.answers["comfy-account/address"] = (200, ADDRESS)
    look.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(at_comfy.get_by_text("Confirmed", exact=True)).to_be_visible()
    expect(look.button("Sent")).to_have_count(0)


@newest_alone
def test_the_password_at_comfy_is_changed_and_each_no_stands_at_its_field(look: Panel):
    open_section(look)
    look.button("Change the password").click()
    current, new = look.field("Current password at Comfy"), look.field("New password at Comfy")
    expect(current).to_be_focused()
    current.fill("wrong")
    new.fill("abc")
    for reason, field in (("email_or_password_wrong", current), ("password_weak", new)):
        error = {"code": "comfy_refused", "message": reason, "details": {"reason": reason}}
        look.answers["comfy-account/password"] = (403, {"error": error})
        look.button("Change the password").click()
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(reason)
    look.answers["comfy-account/password"] = (204, None)
    look.page.keyboard.press("Enter")
    expect(look.button("Change the password")).to_be_focused()
    expect(look.spoken).to_have_text("The password at Comfy was changed.")
    changed = {"current_password": "wrong", "new_password": "abc"}
    assert sent(look, "comfy-account/password", "PUT") == changed

    look.answers["comfy-account/password-reset"] = (202, {})
    look.button("Have a mail sent for a new password").press("Enter")
    expect(look.spoken).to_have_text(f"A mail was sent to {EMAIL}.")
    assert sent(look, "comfy-account/password-reset") == {"email": EMAIL}


@newest_alone
def test_disconnecting_asks_first(look: Panel):
    open_section(look)
    look.button("Disconnect").click()
    expect(look.dialog).to_contain_text("“Passport on studio” stays stored here")
    look.answers["comfy-account"] = failure(409, "last_way_in", "The only way in.")
    look.button("Disconnect it").click()
    expect(look.dialog.locator(".complaint")).to_contain_text("your only way to log in")


@newest_alone
def test_logging_out_offers_to_delete_the_key_that_was_made(look: Panel):
    look.answers |= {**AT_COMFY, "status": of_status(signed_in())}
    look.open()
    look.button("Log out").first.click()
    box = look.dialog.get_by_role("checkbox", name="Also delete the key “Passport on studio” at")
    expect(box).not_to_be_checked()
    box.check()
    look.answers["comfy-account/keys/key-1"] = failure(502, "service_unreachable", "No way.")
    layer = look.dialog.locator("dialog.layer")
    layer.get_by_role("button", name="Log out").click()
    expect(layer).to_contain_text("was not deleted at Comfy")
    expect(layer.get_by_role("link")).to_have_attribute("href", LINKS["keys"])
    layer.get_by_role("button", name="Stay logged in").click()
    assert requests_to(look, "session", "DELETE") == []

    look.answers["comfy-account/keys/key-1"] = (204, None)
    look.button("Log out").first.click()
    box.check()
    look.answers |= {"session": (204, None), "status": of_status(signed_out())}
    layer.get_by_role("button", name="Log out").click()
    expect(look.dialog.get_by_role("heading", name="Log in to this server")).to_be_visible()
    order = [
        each.url.partition("/passport/")[2] for each in look.requests if each.method == "DELETE"
    ]
    assert order[-2:] == ["comfy-account/keys/key-1", "session?forget=true"]


@newest_alone
def test_logging_out_everywhere_and_by_command_ask_the_same(look: Panel):
    look.answers |= {**AT_COMFY, **SECTIONS, "status": of_status(signed_in())}
    look.requests.clear()
    look.open().choose("Sessions")
    look.button("Log out everywhere").click()
    layer = look.dialog.locator("dialog.layer")
    box = layer.get_by_role("checkbox", name="Also delete the key “Passport on studio” at")
    expect(layer).to_contain_text("This browser is logged out, too.")
    box.check()
    layer.get_by_role("button", name="Cancel").click()
    expect(look.button("Log out everywhere")).to_be_focused()
    look.page.keyboard.press("Enter")
    box.check()
    look.answers["comfy-account/keys/key-1"] = (204, None)
    with look.page.expect_request("**/passport/sessions?everywhere=true"):
        layer.get_by_role("button", name="Log out everywhere").click()
    assert len(requests_to(look, "comfy-account/keys/key-1", "DELETE")) == 1
    expect(look.spoken).to_have_text("Logged out.")

    look.close()
    look.page.evaluate("window.app.extensionManager.command.execute('Passport.LogOut')")
    expect(box).not_to_be_checked()
    layer.get_by_role("button", name="Cancel").click()
    assert requests_to(look, "session", "DELETE")[-1].url.endswith("sessions?everywhere=true")


@newest_alone
def test_a_subscription_that_goes_on_is_named_before_an_account_is_deleted(look: Panel):
    who = account(state="active", purge_at=None)
    look.answers |= {**AT_COMFY, "status": of_status(signed_in(account=who))}
    look.answers["account/deletion-preview"] = (
        200,
        {
            "counts": {},
            "is_last_owner": False,
            "purge_at": None,
            "cancelled_account_days": 30,
            "belongings": [],
        },
    )
    look.open()
    look.button("Delete account").click()
    look.button("Delete my account").click()
    expect(look.dialog).to_contain_text("paid on: cancel it first")
    expect(look.button("Cancel the subscription")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [320, 1280])
def test_all_of_it_fits_and_axe_finds_nothing(look: Panel, width: int, theme: str):
    look.set_theme(theme)
    look.answers["status"] = of_status(signed_out())
    look.open()
    look.page.set_viewport_size({"width": width, "height": 800})
    expect(look.field("Email at Comfy")).to_be_visible()
    assert not look.overflows()
    assert look.find_accessibility_problems("passport-dialog") == []
    look.close()
    look.page.set_viewport_size(DESKTOP)
    open_section(look)
    look.page.set_viewport_size({"width": width, "height": 800})
    expect(look.button("Delete: Passport on studio").first).to_be_visible()
    expect(look.dialog).to_contain_text("It is renewed on")
    look.button("Disconnect").click()
    assert not look.overflows()
    assert look.find_accessibility_problems("passport-dialog") == []
    look.choose("Account")
    covered = look.dialog.locator(".masked code").bounding_box()
    assert covered
    assert covered["height"] < 30, "the covered key stands on one line"
