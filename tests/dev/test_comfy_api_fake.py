"""The fake service keeps to the published interface, and misbehaves only when told."""

import aiohttp
import pytest
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.dev.fakes.comfy_api_modes import MODES
from passport.dev.practice import (
    ADA,
    FREE_TIER_KEY,
    KEY_LENGTH,
    KEY_PREFIX,
    PRACTICE_KEY,
    PRACTICE_KEY_2,
)


@pytest.fixture
async def api():
    async with FakeComfyApi() as started:
        yield started


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


async def post_customer(client, api, key):
    headers = {"X-API-KEY": key}
    async with client.post(f"{api.url}/customers", headers=headers, json={}) as response:
        return response.status, await response.json()


def test_practice_keys_have_the_shape_of_real_ones_and_differ():
    keys = {PRACTICE_KEY, PRACTICE_KEY_2, FREE_TIER_KEY}
    assert len(keys) == 3
    assert all(key.startswith(KEY_PREFIX) and len(key) == KEY_LENGTH for key in keys)


async def test_a_known_key_is_its_customer_created_then_existing(api, client):
    status, customer = await post_customer(client, api, PRACTICE_KEY)
    assert (status, customer["email"]) == (201, ADA.email)
    status, again = await post_customer(client, api, PRACTICE_KEY)
    assert (status, again["id"]) == (200, customer["id"])


async def test_two_practice_keys_are_two_persons(api, client):
    _, first = await post_customer(client, api, PRACTICE_KEY)
    _, second = await post_customer(client, api, PRACTICE_KEY_2)
    assert first["id"] != second["id"]


@pytest.mark.parametrize(("key", "status"), [(FREE_TIER_KEY, 403), ("comfyui-unknown", 401)])
async def test_a_key_without_rights_gets_error_and_message(api, client, key, status):
    answered, body = await post_customer(client, api, key)
    assert answered == status
    assert set(body) == {"error", "message"}


async def test_a_revoked_key_is_refused(api, client):
    api.revoke(PRACTICE_KEY)
    assert (await post_customer(client, api, PRACTICE_KEY))[0] == 401


async def test_balance_and_events_need_a_credential(api, client):
    for path in ("/customers/me", "/customers/balance", "/customers/events"):
        async with client.get(api.url + path) as response:
            assert response.status == 401
        async with client.get(api.url + path, headers={"X-API-KEY": PRACTICE_KEY}) as response:
            assert response.status == 200


async def test_down_refuses_connections_and_up_takes_them_again(api, client):
    await post_customer(client, api, PRACTICE_KEY)
    await api.set_mode("down")
    with pytest.raises(aiohttp.ClientConnectionError):
        await post_customer(client, api, PRACTICE_KEY)
    await api.set_mode("up")
    assert (await post_customer(client, api, PRACTICE_KEY))[0] == 200


@pytest.mark.parametrize(
    ("mode", "status", "content_type"),
    [
        ("server_error", 500, "application/json"),
        ("nonsense", 200, "text/html"),
        ("proxy_407", 407, "text/html"),
        ("redirect", 302, "text/plain"),
    ],
)
async def test_a_mode_answers_instead_of_the_service(api, client, mode, status, content_type):
    await api.set_mode(mode)
    url = f"{api.url}/customers"
    headers = {"X-API-KEY": PRACTICE_KEY}
    async with client.post(url, headers=headers, allow_redirects=False) as response:
        assert response.status == status
        assert content_type in response.content_type or status == 302


async def test_slow_keeps_a_client_waiting(api, client):
    await api.set_mode("slow", slow_seconds=30)
    timeout = aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(TimeoutError):
        await client.post(f"{api.url}/customers", timeout=timeout)


async def test_an_unknown_mode_is_refused(api):
    with pytest.raises(ValueError, match="none of"):
        await api.set_mode("sulking")
    assert api.mode in MODES


async def test_calls_are_recorded_and_controlled_over_http(api, client):
    await post_customer(client, api, PRACTICE_KEY)
    assert api.count("/customers") == 1
    async with client.post(api.control_url, json={"mode": "down"}) as response:
        assert (await response.json())["calls"][0]["api_key"] == PRACTICE_KEY
    async with client.post(api.control_url, json={"mode": "up", "forget_calls": True}) as response:
        assert (await response.json())["calls"] == []


@pytest.mark.parametrize(("ordered", "status"), [("401 unauthorized", 401), ("500 server", 500)])
async def test_a_node_can_order_an_error(api, client, ordered, status):
    body = {"service_answer": ordered}
    headers = {"X-API-KEY": PRACTICE_KEY}
    url = f"{api.url}/proxy/practice/answers"
    async with client.post(url, json=body, headers=headers) as response:
        assert response.status == status
