"""Log-in by way of other services, end to end: real providers, real windows, the real back end."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from passport.dev.data_folder import furnish
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.host.process import HostOptions, HostProcess
from passport.dev.peer_fixtures import (  # noqa: F401
    running_github_like,
    running_openid_provider,
)
from passport.dev.peers.github_like import CLIENT, CLIENT_SECRET, GitHubLike
from passport.dev.peers.openid_provider import DEVICE_CLIENT, OpenIdProvider
from passport.dev.practice import ADA, BEN
from passport.tests.browser.answers import failure
from passport.tests.browser.panel import Panel
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["oldest", "newest"])
def host(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    comfy_api: ComfyApiThread,
    running_openid_provider: OpenIdProvider,  # noqa: F811
    running_github_like: GitHubLike,  # noqa: F811
) -> Generator[HostProcess, None, None]:
    """A host that knows a provider called Studio, and GitHub."""
    folder = tmp_path_factory.mktemp(f"providers-{request.param}")
    furnish(folder / "data", "1.18.0")
    options = HostOptions(
        data_folder=folder / "data",
        static_folder=Path(os.environ[f"PASSPORT_FRONTEND_{request.param.upper()}"]),
        service_url=comfy_api.url,
        environment={
            "PASSPORT_OIDC_STUDIO_ISSUER": running_openid_provider.url,
            "PASSPORT_OIDC_STUDIO_CLIENT_ID": DEVICE_CLIENT,
            "PASSPORT_OIDC_STUDIO_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_OIDC_STUDIO_LABEL": "Studio",
            "PASSPORT_OIDC_STUDIO_DEVICE": "true",
            "PASSPORT_GITHUB_CLIENT_ID": CLIENT,
            "PASSPORT_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_GITHUB_BASE": running_github_like.url,
            "PASSPORT_GITHUB_API_BASE": running_github_like.url,
        },
    )
    with HostProcess(options, log=folder / "host.log") as running:
        callback = f"{running.url}/passport/oauth"
        running_openid_provider.set_redirect_uris(f"{callback}/oidc:studio/callback")
        running_github_like.set_redirect_uris(f"{callback}/github/callback")
        running_openid_provider.set_device_flow(interval_seconds=1)
        running_github_like.set_device_flow(interval_seconds=1)
        yield running


def window_of(panel: Panel, button: str) -> Page:
    """The window that opens with a click on the button."""
    with panel.page.expect_popup() as opened:
        panel.page.get_by_role("button", name=button, exact=True).click()
    return opened.value


def code_of(panel: Panel) -> str:
    panel.button("Use a code instead").click()
    code = panel.dialog.locator(".user-code")
    expect(code).to_be_visible()
    return code.inner_text()


def test_log_in_link_another_way_and_prove_who_it_is(
    panel: Panel,
    running_github_like: GitHubLike,  # noqa: F811
):
    panel.open().choose("Studio")
    window = window_of(panel, "Continue with Studio")
    window.get_by_role("button", name="Approve").click()
    expect(panel.dialog.get_by_role("heading", name="Ada Practice")).to_be_focused()
    expect(panel.spoken).to_have_text("Logged in.")
    panel.wait_until_closed(window)

    panel.choose("Security").button("Link GitHub").click()
    running_github_like.approve_device(code_of(panel), ADA)
    expect(panel.button("Unlink GitHub")).to_be_visible()

    needed = failure(403, "reauthentication_required", "Prove it.")
    needed[1]["error"]["details"] = {"methods": ["oidc:studio", "github"]}
    panel.answers["identities/github"] = needed
    panel.button("Unlink GitHub").click()
    panel.page.get_by_role("button", name="Unlink GitHub").last.click()
    window = window_of(panel, "Prove it with Studio")
    panel.answers.clear()
    window.get_by_role("button", name="Approve").click()
    expect(panel.button("Link GitHub")).to_be_visible()
    expect(panel.button("Unlink Studio")).to_have_count(0)
    assert panel.errors == []


def test_whoever_declines_there_reads_it_here_and_can_take_a_code(
    panel: Panel,
    running_openid_provider: OpenIdProvider,  # noqa: F811
):
    panel.open().choose("Studio")
    window = window_of(panel, "Continue with Studio")
    window.get_by_role("button", name="Deny").click()
    alert = panel.dialog.get_by_role("alert").filter(has_text=re.compile("you declined"))
    expect(alert).to_be_visible()
    expect(panel.button("Continue with Studio")).to_be_focused()
    panel.wait_until_closed(window)
    running_openid_provider.approve_device(code_of(panel), BEN)
    expect(panel.dialog.get_by_role("heading", name=BEN.name)).to_be_focused()
