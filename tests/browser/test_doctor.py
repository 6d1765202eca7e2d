"""The Doctor on the remote services: from the server, and from this browser."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from passport.dev.data_folder import furnish
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.host.process import HostOptions, HostProcess
from passport.tests.browser.panel import Panel
from playwright.sync_api import Browser, Locator, expect

pytestmark = pytest.mark.browser

GITHUB = ["https://github.com", "https://api.github.com"]


def reach(name: str, *origins: str) -> dict[str, Any]:
    cause = "It answers the server."
    details = {"origins": list(origins)}
    return {
        "id": f"reach:{name}",
        "state": "ok",
        "cause": cause,
        "remedy": None,
        "details": details,
    }


def show_doctor(panel: Panel, *rows: dict[str, Any]) -> Panel:
    panel.answers["checks"] = (200, {"checks": list(rows), "most_important": None})
    panel.open()
    panel.dialog.get_by_text("Login Doctor").last.click()
    return panel


def row(panel: Panel, name: str) -> Locator:
    has_name = panel.page.locator(".check-name", has_text=name)
    return panel.dialog.locator(".check").filter(has=has_name)


def test_each_service_of_the_server_is_tried_from_the_browser_as_well(
    look: Panel, comfy_api: ComfyApiThread
):
    host = comfy_api.url.removeprefix("http://")
    show_doctor(look, reach("comfy_api", comfy_api.url), reach("github", comfy_api.url, *GITHUB))

    expect(row(look, f"Server to {host}:")).to_contain_text("It answers the server.")
    ours = row(look, f"Browser to {host}:")
    expect(ours).to_contain_text(f"The browser reaches {host}.")
    expect(ours).to_contain_class("ok")
    # The panel's tests cut the world off: one address of three is reached.
    theirs = row(look, f"Browser to {host}, github.com, api.github.com:")
    expect(theirs).to_contain_text("The browser does not reach")
    expect(theirs).to_contain_class("warn")


def test_a_provider_of_the_owners_own_has_a_row_with_its_host(look: Panel):
    show_doctor(look, reach("oidc:studio", "https://login.studio.example:8443"))

    expect(row(look, "Server to login.studio.example:8443:")).to_be_visible()
    expect(row(look, "Browser to login.studio.example:8443:")).to_contain_class("warn")


def test_nothing_far_away_is_asked_before_the_doctor_is_opened(look: Panel):
    look.answers["checks"] = (200, {"checks": [reach("github", *GITHUB)], "most_important": None})
    before = len(look.requests)
    look.open()
    look.page.wait_for_timeout(300)
    assert not [r for r in look.requests[before:] if "github" in r.url]


@pytest.fixture
def kept_in(
    browser: Browser, tmp_path: Path, comfy_api: ComfyApiThread
) -> Generator[Panel, None, None]:
    """The panel where ComfyUI lets the page talk to its own server only."""
    furnish(tmp_path / "data", "1.18.0")
    options = HostOptions(
        data_folder=tmp_path / "data",
        static_folder=Path(os.environ["PASSPORT_FRONTEND_NEWEST"]),
        service_url=comfy_api.url,
        arguments=["--disable-api-nodes"],
    )
    with HostProcess(options, log=tmp_path / "host.log") as host:
        context = browser.new_context(base_url=host.url)
        yield Panel(context.new_page()).load()
        context.close()


def test_a_page_that_may_not_ask_others_says_so_in_one_row(
    kept_in: Panel, comfy_api: ComfyApiThread
):
    host = comfy_api.url.removeprefix("http://")
    show_doctor(kept_in, reach("comfy_api", comfy_api.url), reach("github", *GITHUB))

    kept = row(kept_in, "Browser to ")
    expect(kept).to_have_count(1)
    expect(kept).to_contain_class("skipped")
    expect(kept).to_contain_text(f"Browser to {host}, github.com, api.github.com")
    expect(kept).to_contain_text("--disable-api-nodes")
