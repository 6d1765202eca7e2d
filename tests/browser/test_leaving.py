"""Leaving: what goes is said before, cancelling can be undone, deleting takes two proofs."""

from __future__ import annotations

import re
import uuid
import zipfile
from typing import Any

import pytest
from passport.tests.browser.answers import Answer, account, failure, signed_in, with_email
from passport.tests.browser.panel import Panel
from passport.tests.browser.test_api_keys import sent, wants_proof
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["newest"], indirect=True)]

PASSWORD = "correct horse battery staple"  # nobody's
COUNTS = {"sessions": 2, "api_keys": 3, "credentials": 1, "node_packs": 0, "events": 148}
RECEIPT: Answer = (
    200,
    {
        "receipt": {
            "number": "A1B2-C3D4-E5F6",
            "deleted_at": "2026-11-24T02:00:00Z",
            "counts": COUNTS,
            "moved": 2,
            "left": [],
        }
    },
)
GONE = with_email(server_name="studio")


def preview(**fields: Any) -> Answer:
    outputs = [{"kind": "outputs", "name": f"a{n}.png", "size_bytes": 1_000_000} for n in (1, 2)]
    return 200, {
        "counts": COUNTS,
        "is_last_owner": False,
        "purge_at": None,
        "cancelled_account_days": 30,
        "belongings": [*outputs, {"kind": "user_folder", "name": "ada", "size_bytes": 500}],
        **fields,
    }


def of_account(**fields: Any) -> Answer:
    status, body = signed_in(account=account(**{"state": "active", "purge_at": None, **fields}))
    return status, {**body, "server_name": "studio"}


def open_end(look: Panel, status: Answer | None = None, **of_preview: Any) -> None:
    look.answers |= {
        "status": status or of_account(),
        "account/deletion-preview": preview(**of_preview),
    }
    look.open()
    expect(look.dialog).to_contain_text("This server is called studio")
    look.button("Delete account").click()
    expect(look.dialog).to_contain_text("Take your data along first.")


def test_the_two_ways_stand_side_by_side_each_explained(look: Panel):
    open_end(look)
    cancel = look.dialog.get_by_role("region", name="Cancel (disable)")
    delete = look.dialog.get_by_role("region", name="Delete", exact=True)
    expect(cancel).to_contain_text("Log in and reactivate within 30 days.")
    expect(delete).to_contain_text("Not at all.")
    assert look.find_accessibility_problems("passport-dialog") == []


def test_short_steps_show_how_each_way_goes(look: Panel):
    open_end(look)
    look.dialog.get_by_text("Show me how, step by step").click()
    steps = look.dialog.locator("details[open] ol")
    assert [each.get_by_role("listitem").count() for each in steps.all()] == [4, 5]
    expect(steps.first).to_contain_text("To come back within 30 days: log in")
    assert look.find_accessibility_problems("passport-dialog") == []


def test_what_goes_is_counted_and_nothing_happens_without_both_proofs(look: Panel):
    open_end(look)
    look.button("Delete my account").click()
    expect(look.dialog).to_contain_text("2 sessions, 3 API keys, 1 stored key, and 148 entries")
    expect(look.dialog).to_contain_text("Subscriptions: none with this server.")
    confirm = look.button("Permanently delete my account")
    expect(confirm).to_be_disabled()
    look.field("Your password").fill(PASSWORD)
    look.field("Type DELETE to confirm").fill("delete")
    expect(confirm).to_be_disabled()
    look.field("Type DELETE to confirm").fill("DELETE")
    expect(confirm).to_be_enabled()
    look.field("Your password").fill("")
    expect(confirm).to_be_disabled()


def test_belongings_go_along_only_when_ticked_and_the_receipt_stays(look: Panel):
    open_end(look)
    look.button("Delete my account").click()
    look.dialog.get_by_text("Show the list").click()
    expect(look.dialog).to_contain_text("a2.png")
    look.dialog.get_by_role("checkbox", name="Also 2 files that your runs made (2 MB)").check()
    look.field("Type DELETE to confirm").fill("DELETE")
    look.field("Your password").fill("a guess")
    look.answers["account/delete"] = failure(403, "password_wrong", "It is wrong.")
    look.button("Permanently delete my account").click()
    expect(look.field("Your password")).to_be_focused()
    look.field("Your password").fill(PASSWORD)
    look.answers |= {"account/delete": RECEIPT, "status": GONE}
    look.button("Permanently delete my account").click()
    receipt = look.dialog.get_by_role("dialog", name="Your account is deleted")
    expect(receipt.get_by_role("textbox")).to_have_value("A1B2-C3D4-E5F6")
    assert sent(look, "POST", "account/delete")[-1] == {
        "confirmation": "DELETE",
        "password": PASSWORD,
        "outputs": True,
        "user_folder": False,
    }
    look.button("Done").click()
    expect(look.button("Log in")).to_be_visible()


def test_whoever_has_no_password_is_asked_for_their_key(look: Panel):
    open_end(look, of_account(has_password=False))
    look.button("Delete my account").click()
    look.field("Type DELETE to confirm").fill("DELETE")
    look.answers["account/delete"] = wants_proof("comfy-api-key")
    look.button("Permanently delete my account").click()
    expect(look.key).to_be_focused()
    look.button("Cancel").click()
    expect(look.field("Type DELETE to confirm")).to_have_value("DELETE")


def test_the_comfy_account_is_comfys_to_delete(look: Panel):
    open_end(look)
    look.button("Delete my account").click()
    mail = look.dialog.get_by_role("link", name="Write to Comfy’s support")
    href = mail.get_attribute("href") or ""
    assert href.startswith("mailto:support@comfy.org?subject=Please%20delete")
    assert "comfyui-" not in href
    expect(look.dialog.get_by_role("link", name="Invoices and subscriptions")).to_be_visible()


def test_the_last_owner_hands_the_server_over_first(look: Panel):
    open_end(look, is_last_owner=True)
    expect(look.dialog).to_contain_text("Hand this server over first")
    expect(look.button("Delete my account")).to_have_count(0)
    expect(look.button("Cancel my account")).to_have_count(0)
    expect(look.button("Download my data")).to_be_visible()


def test_a_cancelled_account_sees_the_day_and_nothing_else(look: Panel):
    look.answers["status"] = of_account(state="cancelled", purge_at="2026-12-24T12:00:00Z")
    look.answers["account/deletion-preview"] = preview()
    look.open()
    expect(look.dialog).to_contain_text("It will be deleted on Dec 24, 2026.")
    expect(look.dialog.get_by_role("tab")).to_have_count(0)
    expect(look.button("Download my data")).to_be_visible()
    assert look.find_accessibility_problems("passport-dialog") == []
    look.button("Delete now").click()
    expect(look.button("Permanently delete my account")).to_be_disabled()
    look.answers |= {"account/reactivate": (200, {}), "status": of_account()}
    look.button("Keep my account").click()
    look.button("Reactivate").click()
    expect(look.tab("API keys")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_axe_finds_nothing(look: Panel, width: int, theme: str):
    look.set_theme(theme)
    open_end(look)
    look.page.set_viewport_size({"width": width, "height": 800})
    look.button("Delete my account").click()
    assert not look.overflows()
    assert look.find_accessibility_problems("passport-dialog") == []


def test_who_cannot_log_in_asks_the_owner_and_learns_nothing(look: Panel):
    look.answers |= {"status": with_email(), "deletion-requests": (202, {})}
    look.open()
    look.button("Forgot your password?").click()
    look.button("I can no longer log in and want my account deleted").click()
    look.field("Email").fill("ada@practice.example")
    look.field("Name of this server").fill("studio")
    look.field("Last four characters of a key").fill("wxyz")
    look.button("Ask the owner").click()
    expect(look.dialog).to_contain_text("If there is such an account, the owner")
    assert sent(look, "POST", "deletion-requests")[-1] == {
        "email": "ada@practice.example",
        "server_name": "studio",
        "last_four": "wxyz",
    }


def test_the_owner_decides_on_those_who_cannot_log_in(look: Panel):
    ben = account(id="a2", display_name="Ben Practice", email="ben@practice.example")
    waiting = {"id": "r1", "account": ben, "proved": False, "created_at": "2026-11-23T02:00:00Z"}
    client = {"address": "192.168.1.7", "browser": "Firefox", "platform": "Windows"}
    look.answers |= {
        "status": of_account(role="owner"),
        "accounts": (200, {"accounts": [], "next_after": None}),
        "invitations": (200, {"invitations": []}),
        "mail": (200, {"enabled": False}),
        "audit": (200, {"events": [], "next_before": None}),
        "deletion-requests": (200, {"deletion_requests": [{**waiting, **client}]}),
    }
    look.open()
    look.choose("Server")
    row = look.dialog.get_by_role("listitem").filter(has_text="Ben Practice")
    expect(row).to_contain_text("Proof did not match")
    expect(row).to_contain_text("Firefox on Windows · 192.168.1.7")
    look.button("Delete the account: Ben Practice").click()
    expect(row).to_contain_text("Ask the person first.")
    expect(look.button("Cancel")).to_be_focused()
    assert look.find_accessibility_problems("passport-dialog") == []
    look.answers |= {
        "deletion-requests/r1/grant": RECEIPT,
        "deletion-requests": (200, {"deletion_requests": []}),
    }
    row.get_by_role("button", name="Delete the account", exact=True).click()
    expect(look.dialog).to_contain_text("Receipt A1B2-C3D4-E5F6.")
    expect(look.dialog).to_contain_text("Nobody waits.")


def register(panel: Panel) -> str:
    email = f"{uuid.uuid4().hex[:12]}@practice.example"
    panel.open()
    panel.button("Create an account").click()
    panel.field("Email").fill(email)
    panel.field("Password").fill(PASSWORD)
    panel.button("Create the account").click()
    expect(panel.tab("API keys")).to_be_visible()
    return email


def test_an_account_is_exported_cancelled_reactivated_and_deleted(panel: Panel, page: Page):
    email = register(panel)
    panel.button("Delete account").click()
    with page.expect_download() as download:
        panel.button("Download my data").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        assert any(email in packed.read(name).decode() for name in packed.namelist())

    panel.button("Cancel my account").click()
    panel.button("Cancel the account").click()
    expect(panel.dialog).to_contain_text("This account is cancelled")
    panel.button("Reactivate").click()
    expect(panel.tab("API keys")).to_be_visible()

    panel.button("Delete account").click()
    panel.button("Delete my account").click()
    panel.field("Your password").fill(PASSWORD)
    panel.field("Type DELETE to confirm").fill("DELETE")
    panel.button("Permanently delete my account").click()
    number = panel.field("Number of the receipt")
    expect(number).to_have_value(re.compile(r"^[0-9A-F-]{14}$"))
    panel.button("Done").click()
    panel.field("Email").fill(email)
    panel.field("Password").fill(PASSWORD)
    panel.button("Log in").click()
    expect(panel.dialog).to_contain_text("The address or the password is wrong.")
