"""What the owner sees of the log-in providers, and how they are checked."""

from __future__ import annotations

import pytest
from passport.clock import utc_now
from passport.dev.peer_fixtures import evil_provider, running_evil_provider  # noqa: F401
from passport.tests.server_routes.fixtures import registered

PATH = "/passport/oauth/{}/callback"


@pytest.fixture
async def server(start_server, evil_provider):  # noqa: F811
    server = await start_server(
        PASSPORT_OIDC_EVIL_ISSUER=evil_provider.url,
        PASSPORT_OIDC_EVIL_CLIENT_ID=evil_provider.client_id,
        PASSPORT_OIDC_EVIL_CLIENT_SECRET=evil_provider.client_secret,
        PASSPORT_OIDC_EVIL_LABEL="Evil",
        PASSPORT_OIDC_EVIL_DEVICE="true",
        PASSPORT_PUBLIC_URL="https://studio.example/comfy/",
    )
    server.clock.now = utc_now()
    return server


async def check(owner, kind="oidc:evil"):
    answer = await owner.post(f"providers/{kind}/check")
    assert answer.status == 200, answer.body
    rows = answer.json["checks"]
    assert [row["id"] for row in rows] == ["provider_client", "provider_device"]
    return rows


async def test_they_stand_with_the_addresses_that_they_have_to_know(server, owner):
    listed = (await owner.get("providers")).json["providers"]
    assert [each["id"] for each in listed] == ["google", "github", "oidc:evil"]
    google, _, evil = listed
    assert (google["label"], google["set_up"], google["ways"]) == ("Google", False, [])
    assert (evil["label"], evil["set_up"]) == ("Evil", True)
    assert evil["ways"] == ["redirect", "device"]
    path = PATH.format("oidc:evil")
    assert evil["redirect_uris"] == [
        server.url + path,
        f"https://studio.example/comfy{path}",
    ]


async def test_no_secret_of_theirs_is_shown(server, owner, evil_provider):  # noqa: F811
    for answer in (await owner.get("providers"), await owner.post("providers/oidc:evil/check")):
        assert evil_provider.client_secret.encode() not in answer.body


async def test_who_is_no_owner_sees_and_checks_nothing(server, owner, evil_provider):  # noqa: F811
    ada = await registered(server, "ada@example.org")
    for browser, code in ((ada, "owner_only"), (server.browser(), "not_signed_in")):
        assert (await browser.get("providers")).code == code
        assert (await browser.post("providers/oidc:evil/check")).code == code
    assert evil_provider.calls == []


async def test_one_that_knows_this_server_is_good(server, owner, evil_provider):  # noqa: F811
    evil_provider.set("token", {"error": "invalid_grant"}, status=400)
    client, device = await check(owner)
    assert (client["state"], device["state"]) == ("ok", "ok")
    (asked,) = [call.form for call in evil_provider.calls if call.part == "token"]
    assert asked["code"] == "a-code-that-nobody-was-given"


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
async def test_one_that_does_not_says_so(server, owner, evil_provider, error):  # noqa: F811
    evil_provider.set("token", {"error": error, "error_description": "canary"}, status=401)
    evil_provider.set("device", {"error": error}, status=401)
    for row in await check(owner):
        assert row["state"] == "fail"
        assert row["remedy"]
        assert "canary" not in str(row)


LIES = {
    "another issuer": {"issuer": "https://another.example"},
    "an address in clear": {"token_endpoint": "http://another.example/token"},
    "an internal address": {
        "token_endpoint": "https://169.254.169.254/x",
        "device_authorization_endpoint": "https://169.254.169.254/x",
    },
    "no token endpoint": {"token_endpoint": None},
}


@pytest.mark.parametrize("lie", LIES)
async def test_one_that_lies_fails(server, owner, evil_provider, lie):  # noqa: F811
    evil_provider.set("discovery", evil_provider.discovery(**LIES[lie]))
    for row in await check(owner):
        assert row["state"] == "fail"
        assert row["remedy"]


async def test_one_without_device_flow_says_so(server, owner, evil_provider):  # noqa: F811
    changed = evil_provider.discovery(device_authorization_endpoint=None)
    evil_provider.set("discovery", changed)
    _, device = await check(owner)
    assert (device["state"], "device flow" in device["remedy"]) == ("fail", True)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("google", 409, "provider_not_set_up"),
        ("oidc:unknown", 404, "provider_unknown"),
        ("oidc:%3Cscript%3E", 404, "provider_unknown"),
    ],
)
async def test_one_that_is_not_there(server, owner, kind, status, code):
    answer = await owner.post(f"providers/{kind}/check")
    assert (answer.status, answer.code) == (status, code)
    assert b"script" not in answer.body
