"""Who holds a key, as api.comfy.org says it."""

from __future__ import annotations

import traceback

import pytest
from aiohttp import web
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.dev.practice import ADA, FREE_TIER_KEY, PRACTICE_KEY
from passport.providers.comfy_api import DEFAULT_BASE, ComfyApi, Customer
from passport.providers.errors import (
    ApiKeyNotPermittedError,
    ApiKeyRefusedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.providers.http_client import HttpClient
from passport.secret import Secret
from passport.tests.backend.comfy_in_memory import KEY


@pytest.fixture
async def service():
    """A FAKE of the service, written from its published interface."""
    async with FakeComfyApi() as started:
        yield started


async def test_a_key_names_its_holder(client, service):
    customer = await ComfyApi(service.url, client).identify(Secret(PRACTICE_KEY))
    assert customer == Customer(ADA.id, ADA.name, ADA.email)
    (call,) = service.calls
    assert (call.method, call.path, call.api_key) == ("POST", "/customers", PRACTICE_KEY)
    assert call.authorization is None


async def test_asking_twice_is_harmless(client, service):
    api = ComfyApi(service.url + "/", client)
    first = await api.identify(Secret(PRACTICE_KEY))
    assert await api.identify(Secret(PRACTICE_KEY)) == first
    assert [call.status for call in service.calls] == [201, 200]


@pytest.mark.parametrize(
    ("key", "kind"), [(KEY, ApiKeyRefusedError), (FREE_TIER_KEY, ApiKeyNotPermittedError)]
)
async def test_a_refused_key_and_a_free_tier_are_told_apart(client, service, key, kind):
    with pytest.raises(kind) as caught:
        await ComfyApi(service.url, client).identify(Secret(key))
    assert key not in "".join(traceback.format_exception(caught.value))


@pytest.mark.asvs("16.5.2")
@pytest.mark.parametrize(
    ("mode", "kind", "cause"),
    [
        ("slow", ServiceUnreachableError, "timeout"),
        ("down", ServiceUnreachableError, "connect"),
        ("server_error", ServiceUnreachableError, "server_error"),
        ("proxy_407", ServiceUnreachableError, "proxy"),
        ("redirect", ServiceUnreachableError, "redirect"),
        ("nonsense", ServiceAnsweredNonsenseError, None),
    ],
)
async def test_advisory_a_disturbed_network_is_never_a_wrong_key(service, mode, kind, cause):
    await service.set_mode(mode, slow_seconds=2)
    with pytest.raises(kind) as caught:
        await ComfyApi(service.url, HttpClient(timeout_seconds=0.3)).identify(Secret(PRACTICE_KEY))
    assert caught.value.details.get("cause") == cause


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, None),
        (200, []),
        (200, "customer"),
        (200, {}),
        (200, {"id": ""}),
        (200, {"id": 5}),
        (200, {"id": None, "email": "x"}),
        (202, {"id": "x"}),
        (204, None),
        (400, {"error": "x"}),
        (404, {"id": "x"}),
        (409, {"error": "x"}),
    ],
)
async def test_what_is_no_customer_is_nonsense_and_says_what_to_look_for(
    client, serve, status, body
):
    async def handle(_):
        return web.json_response(body, status=status)

    with pytest.raises(ServiceAnsweredNonsenseError, match="captive portal") as caught:
        await ComfyApi(await serve(handle), client).identify(Secret(KEY))
    assert caught.value.details == {"status": status}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada", "Ada"),
        ("  Ada \n", "Ada"),
        ("A\0d\u202ea\x1b[31m", "Ada[31m"),
        ("x" * 1000, "x" * 255),
        ("", None),
        ("\u200b", None),
        (5, None),
        (None, None),
        (["Ada"], None),
    ],
)
async def test_what_the_service_calls_people_is_made_harmless(client, serve, name, expected):
    async def handle(_):
        return web.json_response({"id": "x", "name": name, "email": name})

    customer = await ComfyApi(await serve(handle), client).identify(Secret(KEY))
    assert customer.name == expected
    assert customer.email == (expected if expected != "x" * 255 else "x" * 320)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("", DEFAULT_BASE),
        ("https://x.example/", "https://x.example"),
        ("https://x/y", "https://x/y"),
    ],
)
def test_the_owner_can_name_another_service(base, expected):
    assert ComfyApi(base, HttpClient()).base == expected


def test_the_default_is_the_real_service_over_tls():
    assert DEFAULT_BASE == "https://api.comfy.org"
