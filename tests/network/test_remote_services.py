"""Which services the Doctor probes follows from the settings."""

from __future__ import annotations

import pytest
from passport.network.remote_services import RemoteService, list_remote_services
from passport.openid_settings import OpenIdSettings
from passport.settings import Settings

COMFY = "https://api.comfy.org"


def ids(**settings) -> list[str]:
    return [item.check_id for item in list_remote_services(Settings(**settings), COMFY)][2:]


def test_comfys_own_are_always_there():
    first, second = list_remote_services(Settings(), COMFY)
    assert (first.check_id, first.urls) == ("reach:comfy_api", (COMFY,))
    assert (second.check_id, second.urls) == ("reach:platform", ("https://platform.comfy.org",))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"google_client_id": "x"}, ["reach:google"]),
        ({"google_device_client_id": "x"}, ["reach:google"]),
        ({"github_client_id": "x"}, ["reach:github"]),
        ({"firebase_web_key": "x"}, ["reach:firebase"]),
        ({"comfy_login_code": True}, ["reach:comfy_cloud"]),
        (
            {"oidc": tuple(OpenIdSettings(n, f"https://{n}.example/", "x") for n in ("kc", "ad"))},
            ["reach:oidc:kc", "reach:oidc:ad"],
        ),
    ],
)
def test_others_when_they_are_set_up(settings, expected):
    assert ids(**settings) == expected


def test_all_addresses_that_a_log_in_needs():
    found = {
        item.check_id: item.urls
        for item in list_remote_services(
            Settings(
                google_client_id="x",
                github_client_id="x",
                firebase_web_key="x",
                comfy_login_code=True,
                oidc=(OpenIdSettings("kc", "https://kc.example/realms/a", "x"),),
            ),
            COMFY,
        )
    }
    assert found["reach:google"] == ("https://accounts.google.com",)
    assert found["reach:github"] == ("https://github.com", "https://api.github.com")
    assert found["reach:firebase"] == (
        "https://identitytoolkit.googleapis.com/v1",
        "https://securetoken.googleapis.com/v1",
    )
    assert found["reach:comfy_cloud"] == ("https://cloud.comfy.org",)
    assert found["reach:oidc:kc"] == ("https://kc.example/realms/a",)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://kc.example/realms/a?b#c", "https://kc.example"),
        ("https://ada:canary@kc.example:8443/realms", "https://kc.example:8443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("nonsense", ""),
        ("http://[::1", ""),
    ],
)
def test_everybody_may_read_the_origin_and_no_more(url, origin):
    assert RemoteService("reach:x", (url, url)).origins == [origin]
