"""A browser that a log-in provider sends back, in the stand-in and in a real ComfyUI.

ComfyUI 0.19 and newer refuse whatever another site's page has sent, navigations included. The way
back from a provider is such a navigation, so it is answered before that check, and nothing else is.
"""

import time
from urllib.parse import urlsplit

import pytest
from passport.dev.peer_fixtures import openid_provider, running_openid_provider  # noqa: F401
from passport.dev.peers.openid_provider import CLIENT_SECRET, DEVICE_CLIENT
from passport.dev.practice import ADA, BEN
from passport.tests.comfyui.harness.client import PATIENCE_SECONDS
from passport.tests.comfyui.harness.hosts import run_host

STUDIO = "oidc:studio"
CALLBACK = f"/passport/oauth/{STUDIO}/callback"
FIRST_VERSION_THAT_REFUSES = (0, 19, 0)
# What browsers send as they follow a redirect from another site; there is no Origin.
FROM_ANOTHER_SITE = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
    "Accept": "text/html",
}
COMFYUIS_OWN = ["/", "/queue", "/history", "/object_info", "/system_stats", "/api/queue"]
LOOKING_LIKE_OURS = [
    "/userdata/passport%2Foauth%2Fgoogle%2Fcallback",
    "/api/userdata/callback",
    "/passport/callback",
    "/passport/status/callback",
]
OURS = ["/passport/status", "/passport/account", "/passport/checks", "/api/passport/status"]


@pytest.fixture(scope="module")
def host(kind, service, new_folder, running_openid_provider):  # noqa: F811
    """A host where people can log in at a provider of the studio's own."""
    environment = {
        "PASSPORT_OIDC_STUDIO_ISSUER": running_openid_provider.url,
        "PASSPORT_OIDC_STUDIO_CLIENT_ID": DEVICE_CLIENT,
        "PASSPORT_OIDC_STUDIO_DEVICE": "true",
        "PASSPORT_OIDC_STUDIO_CLIENT_SECRET": CLIENT_SECRET,
    }
    with run_host(kind, new_folder(), service.url, environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def refuses(host):
    """Whether this version of ComfyUI refuses what another site has sent."""
    with host.client() as client:
        version = client.get("/system_stats").json()["system"]["comfyui_version"]
    return tuple(int(part) for part in version.split(".")[:3]) >= FIRST_VERSION_THAT_REFUSES


@pytest.fixture
def studio(host, openid_provider):  # noqa: F811
    """The provider, which knows where this host is."""
    openid_provider.set_redirect_uris(f"{host.url}{CALLBACK}")
    return openid_provider


def come_back(client, address):
    """Follow the provider's redirect, as a browser does."""
    back = urlsplit(address)
    return client.get(f"{back.path}?{back.query}", FROM_ANOTHER_SITE)


def start(client):
    answer = client.call("POST", f"oauth/{STUDIO}/start", {})
    assert answer.status == 200, answer.body
    return answer.json()["authorization_url"]


def is_signed_in(client):
    return client.call("GET", "status").json()["signed_in"]


def test_a_whole_log_in_comes_back_from_another_site(new_client, studio):
    client = new_client()
    page = come_back(client, studio.approve(start(client), ADA))

    assert page.status == 200, page.body
    assert page.headers["Content-Type"].startswith("text/html")
    assert b"You are logged in" in page.body
    assert client.call("GET", "account").json()["account"]["email"] == ADA.email
    assert [name for name in client.cookies if "flow" in name] == []


def test_whoever_says_no_there_comes_back_to_our_page(new_client, studio):
    client = new_client()
    page = come_back(client, studio.deny(start(client)))
    assert page.status == 403
    assert b"log_in_denied" in page.body
    assert not is_signed_in(client)


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_log_in_that_nobody_began_ends_on_our_page(stranger, prefix):
    page = stranger.get(f"{prefix}{CALLBACK}?state=unknown&code=stolen", FROM_ANOTHER_SITE)
    assert page.status == 410
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Cache-Control"] == "no-store"
    assert b"flow_invalid" in page.body


def test_another_browser_cannot_finish_it(new_client, studio):
    """Whoever is sent somebody else's way back is not logged in as them."""
    client, other = new_client(), new_client()
    address = studio.approve(start(client), ADA)
    assert come_back(other, address).status == 410
    assert not is_signed_in(other)
    assert come_back(client, address).status == 200


def test_by_code_nobody_has_to_come_back(new_client, studio):
    client = new_client()
    begun = client.call("POST", f"device/{STUDIO}", {}).json()
    assert set("".join(begun["qr"])) == {"0", "1"}
    studio.approve_device(begun["user_code"], BEN)

    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = client.call("POST", f"device/{STUDIO}/poll", {"flow": begun["flow"]})
        assert answer.status == 200, answer.body
        if answer.json()["state"] == "done":
            break
        assert time.monotonic() < give_up_at
        time.sleep(0.2)
    assert client.call("GET", "account").json()["account"]["email"] == BEN.email


@pytest.mark.parametrize("path", COMFYUIS_OWN)
def test_comfyuis_own_routes_are_refused_where_it_refuses(stranger, refuses, path):
    assert stranger.get(path, FROM_ANOTHER_SITE).status == (403 if refuses else 200)
    assert stranger.get(path).status == 200


@pytest.mark.parametrize("path", LOOKING_LIKE_OURS)
def test_a_path_that_looks_like_the_way_back_opens_nothing(stranger, refuses, path):
    status = stranger.get(path, FROM_ANOTHER_SITE).status
    assert status == 403 if refuses else status in (403, 404)


@pytest.mark.parametrize("path", OURS)
def test_our_other_routes_are_refused_in_every_version(browser, path):
    assert browser.get(path).status == 200
    assert browser.get(path, FROM_ANOTHER_SITE).status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_a_navigation_comes_back(browser, refuses, method):
    answer = browser.send(method, f"{CALLBACK}?state=unknown&code=x", b"", FROM_ANOTHER_SITE)
    assert answer.status == 403 if refuses else answer.status in (200, 403, 405)
    assert b"Passport" not in answer.body


def test_a_log_in_cannot_be_begun_by_another_site(browser):
    headers = {**FROM_ANOTHER_SITE, "X-Passport": "1", "Content-Type": "application/json"}
    for path in (f"oauth/{STUDIO}/start", f"device/{STUDIO}"):
        assert browser.send("POST", f"/passport/{path}", b"{}", headers).status == 403
