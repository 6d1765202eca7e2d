"""Log-in by way of other services: what the panel shows and sends, with prepared answers."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from passport.tests.browser.answers import OWNER, SECTIONS, failure, method, registration
from passport.tests.browser.panel import Panel
from passport.tests.browser.provider_answers import (
    CODE,
    PROVIDERS,
    STUDIO,
    account_with,
    identity,
    provider,
    signed_in_with_providers,
    with_providers,
)
from playwright.sync_api import Page, expect

# What the panel says does not depend on the frontend round it: one is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["newest"], indirect=True)]

PENDING = (200, {"state": "pending", "interval": 1})
DONE = (200, {"state": "done", "purpose": "log_in"})
FLOW = "of-this-page"
TELL = "news => new BroadcastChannel('passport-oauth').postMessage(news)"


def news(**fields: Any) -> dict[str, Any]:
    """What the callback's page tells the panel."""
    return {
        "provider": "google",
        "purpose": "log_in",
        "flow": FLOW,
        "done": True,
        "code": None,
        "message": None,
        **fields,
    }


def bodies(look: Panel, path: str) -> list[dict[str, Any]]:
    asked = [request for request in look.requests if request.url.endswith(f"/passport/{path}")]
    return [json.loads(request.post_data or "{}") for request in asked]


def show(look: Panel, **answers: Any) -> Panel:
    look.answers |= {"status": with_providers(), **answers}
    return look.open()


def security(look: Panel, *identities: dict[str, Any]) -> Panel:
    look.answers |= {**SECTIONS, "status": signed_in_with_providers()}
    look.answers["account"] = account_with(*identities)
    return look.open().choose("Security")


@pytest.fixture
def windows(look: Panel) -> Generator[list[Page], None, None]:
    """The windows that the panel opens; their page is an empty one of this machine."""
    look.answers["oauth/google/start"] = (
        200,
        {
            "authorization_url": look.page.url + "empty-page-of-google",
            "expires_in": 600,
            "flow": FLOW,
        },
    )
    opened: list[Page] = []

    def note(window: Page) -> None:
        opened.append(window)

    look.page.on("popup", note)
    look.page.context.route("**/empty-page-of-google", lambda route: route.fulfill(body="Google"))
    yield opened
    look.page.remove_listener("popup", note)
    look.page.context.unroute("**/empty-page-of-google")


def test_the_servers_choice_is_shown_first_and_every_way_has_its_tab(look: Panel):
    show(look)
    tabs = ["Email", "Google", "GitHub", "Studio", "API key"]
    expect(look.dialog.get_by_role("tab")).to_have_text(tabs)
    expect(look.tab("Google")).to_have_attribute("aria-selected", "true")
    expect(look.button("Continue with Google")).to_be_visible()


def test_what_is_not_set_up_says_so_and_leads_to_what_works(look: Panel):
    show(look, status=with_providers(method(id="email"), provider("google"), method()))
    look.tab("Google (not possible here)").click()
    expect(look.dialog).to_contain_text("It is not set up on this server.")
    look.button("Log in here instead: Email").click()
    expect(look.field("Email")).to_be_focused()


def test_an_unencrypted_connection_is_no_way_back(look: Panel):
    closed = provider("google") | {"reason": "insecure_connection"}
    show(look, status=with_providers(closed, method(), preferred_method="api-key"))
    look.tab("Google (not possible here)").click()
    expect(look.dialog).to_contain_text("your log-in could be taken over on its way back")


def test_a_window_is_opened_in_the_click_and_closed_when_all_is_done(
    look: Panel, windows: list[Page]
):
    show(look)
    look.dialog.get_by_role("checkbox", name="This is a shared computer").last.check()
    look.button("Continue with Google").click()
    expect(look.dialog.get_by_role("heading", name="Go on at Google")).to_be_focused()
    expect(look.dialog).to_contain_text("This page notices when you are done there.")
    [window] = windows
    expect(window.locator("body")).to_have_text("Google")
    assert window.evaluate("window.opener") is None
    sent = bodies(look, "oauth/google/start")[-1]
    assert sent == {"purpose": "log_in", "shared_computer": True}
    look.page.evaluate(TELL, news(flow="of-another-page"))
    expect(look.button("Cancel")).to_be_visible()
    look.answers |= {**SECTIONS, "status": signed_in_with_providers()}
    look.page.evaluate(TELL, news())
    expect(look.dialog.get_by_role("heading", name="Ada Practice")).to_be_focused()
    expect(look.spoken).to_have_text("Logged in.")
    look.wait_until_closed(window)


def test_a_window_that_the_browser_blocks_leaves_a_link(look: Panel, windows: list[Page]):
    show(look)
    look.page.evaluate("window.openBefore = window.open; window.open = () => null; 0")
    look.button("Continue with Google").click()
    expect(look.dialog).to_contain_text("Your browser opened no window for Google.")
    link = look.dialog.get_by_role("link", name="Open Google’s page")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    look.page.evaluate("window.open = window.openBefore; 0")
    look.button("Cancel").click()
    expect(look.button("Continue with Google")).to_be_focused()
    assert windows == []


def test_who_comes_back_logged_in_need_not_be_told_so(look: Panel, windows: list[Page]):
    show(look).button("Continue with Google").click()
    expect(look.button("Cancel")).to_be_visible()
    look.answers |= {**SECTIONS, "status": signed_in_with_providers()}
    look.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(look.dialog.get_by_role("heading", name="Ada Practice")).to_be_visible()
    look.wait_until_closed(windows[0])


@pytest.mark.parametrize(
    ("code", "sentence", "remedy"),
    [
        ("log_in_denied", "Google says that you declined.", "begin again"),
        ("provider_answer_invalid", "The signature is wrong.", "tell this server’s owner"),
        ("email_has_account", "has this email address already", "link Google under Security"),
    ],
)
def test_what_went_wrong_there_is_said_here_with_its_remedy(
    look: Panel, windows: list[Page], code: str, sentence: str, remedy: str
):
    show(look).button("Continue with Google").click()
    expect(look.button("Cancel")).to_be_visible()
    # Of a failure the callback's page may not know what it was for.
    failed = news(purpose=None, done=False, code=code, message="The signature is wrong.")
    look.page.evaluate(TELL, failed)
    alert = look.dialog.get_by_role("alert").filter(has_text=sentence)
    expect(alert).to_contain_text(remedy)
    expect(look.button("Continue with Google")).to_be_focused()
    if code == "email_has_account":
        look.button("Log in with email").click()
        expect(look.field("Email")).to_be_focused()


def test_an_invitation_is_asked_for_once_it_is_needed(look: Panel, windows: list[Page]):
    invite = registration(mode="invite", needs="invitation")
    show(look, status=with_providers(registration=invite))
    field = look.field("Invitation code")
    expect(field).to_have_count(0)
    look.button("Continue with Google").click()
    expect(look.button("Cancel")).to_be_visible()
    look.page.evaluate(TELL, news(done=False, code="invitation_needed", message="Who invited you?"))
    expect(field).to_be_focused()
    expect(look.dialog.get_by_role("alert").filter(has_text="Who invited you?")).to_be_visible()
    field.fill("KOALA")
    look.button("Continue with Google").click()
    expect(look.button("Cancel")).to_be_visible()
    assert bodies(look, "oauth/google/start")[-1]["invitation"] == "KOALA"


def test_the_first_account_needs_the_set_up_code_at_once(look: Panel, windows: list[Page]):
    first = registration(needs="set_up_code")
    show(look, status=with_providers(registration=first, has_owner=False))
    look.button("Continue with Google").click()
    expect(look.field("Set-up code")).to_be_focused()
    assert windows == []


def test_a_code_is_shown_with_its_page_until_it_was_entered(look: Panel):
    look.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(look, **{"device/google": (201, CODE), "device/google/poll": PENDING})
    look.button("Use a code instead").click()
    expect(look.dialog.get_by_role("heading", name="Log in at Google with a code")).to_be_focused()
    expect(look.dialog.get_by_text("WDJB-MJHT")).to_be_visible()
    link = look.dialog.get_by_role("link", name="github.example/login/device")
    expect(link).to_have_attribute("href", CODE["verification_uri"])
    expect(look.dialog.get_by_role("img", name="QR code that opens")).to_be_visible()
    expect(look.dialog.get_by_role("timer")).to_contain_text("Expires in 9:5")
    look.button("Copy: Code").click()
    assert look.page.evaluate("navigator.clipboard.readText()") == "WDJB-MJHT"
    assert look.find_accessibility_problems("passport-dialog") == []
    look.answers["device/google/poll"] = failure(502, "service_unreachable", "No answer.")
    expect(look.dialog).to_contain_text("No answer at the moment. This page keeps asking.")
    look.answers |= {**SECTIONS, "status": signed_in_with_providers(), "device/google/poll": DONE}
    expect(look.dialog.get_by_role("heading", name="Ada Practice")).to_be_focused()
    assert bodies(look, "device/google/poll")[-1] == {"flow": "f1"}


def test_the_qr_code_is_drawn_from_the_rows_of_its_modules(look: Panel):
    code = {
        **CODE,
        "qr": ["110", "000", "101"],
        "verification_uri_complete": "https://x.example/?c=1",
    }
    show(look, **{"device/google": (201, code), "device/google/poll": PENDING})
    look.button("Use a code instead").click()
    drawn = look.dialog.get_by_role("img").locator("path").last
    expect(drawn).to_have_attribute("d", "M4 4h2v1h-2zM4 6h1v1h-1zM6 6h1v1h-1z")
    link = look.dialog.get_by_role("link", name="github.example/login/device")
    expect(link).to_have_attribute("href", "https://x.example/?c=1")


def test_the_server_says_how_often_it_is_asked(look: Panel):
    show(look, **{"device/google": (201, CODE)})
    look.answers["device/google/poll"] = (200, {"state": "pending", "interval": 600})
    look.button("Use a code instead").click()
    expect(look.button("Cancel")).to_be_visible()
    look.page.wait_for_timeout(1_500)  # the first question, after the code's own interval
    asked = len(bodies(look, "device/google/poll"))
    look.page.wait_for_timeout(2_500)
    assert len(bodies(look, "device/google/poll")) == asked


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (failure(410, "flow_expired", "Over."), "The time for this is over."),
        (failure(403, "log_in_denied", "No."), "Google says that you declined."),
    ],
)
def test_a_code_that_comes_to_nothing_can_be_had_anew(look: Panel, answer: Any, sentence: str):
    show(look, **{"device/google": (201, CODE), "device/google/poll": answer})
    look.button("Use a code instead").click()
    expect(look.dialog.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    look.answers["device/google/poll"] = PENDING
    look.button("Use a code instead").click()
    expect(look.dialog.get_by_text("WDJB-MJHT")).to_be_visible()


def test_a_code_runs_out_by_itself(look: Panel):
    look.answers["device/google/poll"] = PENDING
    show(look, **{"device/google": (201, {**CODE, "expires_in": 2})})
    look.button("Use a code instead").click()
    expect(look.dialog.get_by_role("alert").filter(has_text="The time for this")).to_be_visible()


def test_an_insecure_connection_has_to_be_confirmed_for_a_code(look: Panel):
    only_code = provider("github", "device", needs_confirmation=True)
    show(look, status=with_providers(only_code, preferred_method="github"))
    look.answers |= {"device/github": (201, CODE), "device/github/poll": PENDING}
    look.button("Get a code for GitHub").click()
    confirm = look.dialog.get_by_label("I understand. Log in over this connection")
    expect(confirm).to_be_focused()
    assert bodies(look, "device/github") == []
    confirm.check()
    look.button("Get a code for GitHub").click()
    expect(look.dialog.get_by_text("WDJB-MJHT")).to_be_visible()
    assert bodies(look, "device/github")[-1]["accept_insecure"] is True


def test_the_ways_to_log_in_are_listed_and_the_only_one_stays(look: Panel):
    only = identity("google", "ada@practice.example", removable=False)
    security(look, only)
    row = look.dialog.get_by_role("listitem").filter(has_text="ada@practice.example")
    expect(row).to_contain_text("Your only way to log in.")
    expect(look.button("Unlink Google")).to_have_count(0)
    expect(look.button("Link Google")).to_have_count(0)
    expect(look.button("Link Studio")).to_be_visible()


def test_linking_asks_who_it_is_and_offers_to_make_two_accounts_one(look: Panel):
    security(look, identity("password", removable=False))
    needed = failure(403, "reauthentication_required", "Prove it.")
    needed[1]["error"]["details"] = {"methods": ["password"]}
    look.answers |= {"device/github": needed, "device/github/poll": PENDING}
    look.button("Link GitHub").click()
    expect(look.dialog.get_by_role("heading", name="Link GitHub")).to_be_focused()
    look.button("Get a code for GitHub").click()
    question = look.page.get_by_role("dialog", name="Is it you?")
    question.get_by_role("textbox", name="Your password").fill("correct horse battery staple")
    look.answers |= {"session/reauthentication": (204, None), "device/github": (201, CODE)}
    question.get_by_role("button", name="Continue").click()
    expect(look.dialog.get_by_text("WDJB-MJHT")).to_be_visible()
    look.answers["device/github/poll"] = failure(409, "identity_taken", "Taken.")
    expect(look.dialog).to_contain_text("logs in to another account here")
    look.answers["device/github/poll"] = PENDING
    with look.page.expect_request("**/device/github"):
        look.button("Link the two accounts").click()
    assert bodies(look, "device/github")[-1] == {"purpose": "link", "link_accounts": True}
    look.answers["account"] = account_with(identity("password"), identity("github", "ada"))
    look.answers["device/github/poll"] = DONE
    expect(look.button("Unlink GitHub")).to_be_visible()
    expect(look.spoken).to_have_text("The two accounts are one now.")


def test_unlinking_is_asked_twice_and_proved(look: Panel, windows: list[Page]):
    security(look, identity("password"), identity("google", "ada@practice.example"))
    needed = failure(403, "reauthentication_required", "Prove it.")
    needed[1]["error"]["details"] = {"methods": ["password", "google"]}
    look.answers["identities/google"] = needed
    look.button("Unlink Google").click()
    sure = look.page.get_by_role("dialog", name="Unlink Google?")
    sure.get_by_role("button", name="Unlink Google").click()
    question = look.page.get_by_role("dialog", name="Is it you?")
    expect(question.get_by_role("textbox", name="Your password")).to_be_focused()
    question.get_by_role("button", name="Use instead: Google").click()
    question.get_by_role("button", name="Prove it with Google").click()
    expect(question.get_by_role("heading", name="Go on at Google")).to_be_focused()
    assert look.find_accessibility_problems("passport-dialog") == []
    assert bodies(look, "oauth/google/start")[-1] == {"purpose": "reauthenticate"}
    look.answers |= {
        "identities/google": (204, None),
        "account": account_with(identity("password")),
    }
    look.page.evaluate(TELL, news(purpose="reauthenticate"))
    expect(look.button("Link Google")).to_be_visible()
    expect(look.spoken).to_have_text("Google is unlinked.")


def test_the_owner_reads_how_to_set_a_provider_up_and_checks_it(look: Panel):
    status, body = signed_in_with_providers()
    look.answers |= {**SECTIONS, "status": (status, {**body, "account": OWNER})}
    look.answers["providers"] = PROVIDERS
    check = {"id": "provider_client", "state": "fail", "cause": "It does not know this client."}
    look.answers["providers/google/check"] = (
        200,
        {"checks": [{**check, "remedy": "Copy its id again.", "details": {}}]},
    )
    look.open().choose("Server")
    look.button("Check Google").click()
    expect(look.dialog).to_contain_text("Copy its id again.")
    for name, line in [
        ("Google", "http://127.0.0.1:8188/passport/oauth/google/callback"),
        ("GitHub", "PASSPORT_GITHUB_CLIENT_SECRET="),
        ("OpenID Connect", "http://127.0.0.1:8188/passport/oauth/oidc:name/callback"),
    ]:
        look.dialog.get_by_label(f"How to set up {name}").click()
        expect(look.dialog.get_by_text(line).locator("visible=true")).to_be_visible()
    assert look.find_accessibility_problems("passport-dialog") == []
    assert not look.overflows()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_at_a_providers_tab(look: Panel, theme: str):
    look.set_theme(theme)
    look.page.set_viewport_size({"width": 320, "height": 720})
    look.answers["status"] = with_providers()
    look.page.evaluate("window.app.extensionManager.command.execute('Passport.Account')")
    expect(look.button("Continue with Google")).to_be_visible()
    assert look.find_accessibility_problems("passport-dialog") == []
    assert not look.overflows()


def test_a_provider_is_called_by_the_owners_name(look: Panel):
    security(look, identity(STUDIO, "ada"))
    expect(look.dialog.get_by_role("listitem").filter(has_text="Studio")).to_be_visible()
