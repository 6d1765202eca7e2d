"""What api.comfy.org and cloud.comfy.org answer to the holder of a log-in, and how it is read."""

from __future__ import annotations

import pytest
from aiohttp import web
from passport.providers.comfy_account import ComfyAccountApi, ComfyPass
from passport.providers.comfy_account_answers import Balance
from passport.providers.comfy_cloud import ComfyCloud
from passport.providers.comfy_errors import (
    ComfyKeyMissingError,
    ComfyRefusedError,
    ComfyTokenInvalidError,
)
from passport.providers.errors import (
    ApiKeyRefusedError,
    FlowExpiredError,
    LogInDeniedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.secret import Secret
from passport.tests.backend.comfy_in_memory import KEY

HELD = ComfyPass(Secret("canary-token"))
CUSTOMER = {"id": "u", "email": None, "name": None}


@pytest.fixture
async def scripted(serve, client):
    """`await scripted(answers)`: the API, and the list of what it was asked; answers in turn."""

    async def start(*answers):
        asked, left = [], list(answers)

        async def handle(request):
            asked.append((request.method, request.path))
            status, body = left.pop(0)
            if isinstance(body, str):
                return web.Response(text=body, status=status, content_type="text/html")
            return web.json_response(body, status=status)

        return ComfyAccountApi(await serve(handle), client), asked

    return start


async def test_a_customer_who_is_not_set_up_is_set_up_and_asked_once_more(scripted):
    api, asked = await scripted((409, {}), (201, CUSTOMER), (200, {"amount_micros": 1}))
    assert await api.balance(HELD) == Balance(1)
    assert asked == [
        ("GET", "/customers/balance"),
        ("POST", "/customers"),
        ("GET", "/customers/balance"),
    ]


async def test_a_second_409_is_said_and_not_tried_for_ever(scripted):
    api, asked = await scripted((409, {}), (200, CUSTOMER), (409, {}))
    with pytest.raises(ComfyRefusedError) as caught:
        await api.balance(HELD)
    assert caught.value.reason == "not_set_up"
    assert len(asked) == 3


async def test_404_means_the_same(scripted):
    api, _ = await scripted((404, {}), (201, CUSTOMER), (200, {"api_keys": []}))
    assert await api.list_keys(HELD) == []


async def test_no_subscription_known_is_none(scripted):
    api, _ = await scripted((404, {}), (200, CUSTOMER), (404, {}))
    assert (await api.subscription(HELD)).state == "none"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"is_active": False}, "none"),
        ({"is_active": True, "subscription_id": "s"}, "active"),
        ({"is_active": True, "subscription_id": "s", "end_date": "2026-12-01"}, "ending"),
        ({"is_active": False, "subscription_id": "s", "end_date": "2026-01-01"}, "ended"),
    ],
)
async def test_the_states_of_a_subscription(scripted, fields, state):
    api, _ = await scripted((200, fields))
    assert (await api.subscription(HELD)).state == state


@pytest.mark.parametrize(
    ("fields", "micros"),
    [
        ({"effective_balance_micros": 3, "amount_micros": 2}, 3),
        ({"effective_balance_micros": 0, "amount_micros": 2}, 2),
        ({"effective_balance_micros": None, "amount_micros": 0, "prepaid_balance_micros": 7}, 7),
        ({"effective_balance_micros": -4, "amount_micros": 2}, -4),
        ({"amount_micros": 0}, 0),
    ],
)
async def test_which_field_is_the_balance(scripted, fields, micros):
    api, _ = await scripted((200, fields))
    assert (await api.balance(HELD)).micros == micros


def test_a_dollar_is_211_credits():
    assert (Balance(1_000_000).usd, Balance(1_000_000).credits) == (1, 211)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<p>portal"), (200, []), (200, {"amount_micros": "5"}), (200, {}), (400, {}), (204, {})],
)
async def test_what_is_no_balance_is_nonsense(scripted, status, body):
    api, _ = await scripted((status, body))
    with pytest.raises(ServiceAnsweredNonsenseError):
        await api.balance(HELD)


async def test_a_refused_log_in_a_refused_key_and_a_plan_are_told_apart(scripted):
    api, _ = await scripted((401, {}), (401, {}), (403, {}))
    with pytest.raises(ComfyTokenInvalidError):
        await api.balance(HELD)
    with pytest.raises(ApiKeyRefusedError):
        await api.balance(ComfyPass(Secret(KEY), by_key=True))
    with pytest.raises(ComfyRefusedError):
        await api.balance(HELD)


async def test_a_filter_on_the_way_is_no_refusal(scripted):
    api, _ = await scripted((403, "<p>Blocked by your company"))
    with pytest.raises(ServiceUnreachableError):
        await api.make_key(HELD, "x", "")


@pytest.mark.parametrize(
    "made",
    [
        None,
        {},
        {"id": "k"},
        {"id": "k", "plaintext_key": "short"},
        {"id": "../x", "plaintext_key": KEY},
        {"id": "k" * 65, "plaintext_key": KEY},
        {"id": 5, "plaintext_key": KEY},
    ],
)
async def test_half_a_key_is_nonsense(scripted, made):
    api, _ = await scripted((201, {"api_key": made}))
    with pytest.raises(ServiceAnsweredNonsenseError):
        await api.make_key(HELD, "x", "")


async def test_a_key_that_is_not_there_is_missing(scripted):
    api, asked = await scripted((404, {}))
    with pytest.raises(ComfyKeyMissingError):
        await api.delete_key(HELD, "key-1")
    with pytest.raises(ComfyKeyMissingError):
        await api.delete_key(HELD, "../balance")
    assert asked == [("DELETE", "/customers/api-keys/key-1")]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://pay.example",
        "https://",
        "https://a@b.example",
        "//x",
        5,
        None,
    ],
)
async def test_only_https_addresses_are_handed_to_a_person(scripted, url):
    api, _ = await scripted((201, {"checkout_url": url}), (200, {"billing_portal_url": url}))
    with pytest.raises(ServiceAnsweredNonsenseError):
        await api.top_up(HELD, 5)
    with pytest.raises(ServiceAnsweredNonsenseError):
        await api.billing_portal(HELD)


async def test_what_the_service_tells_of_events_is_made_harmless(scripted):
    event = {"event_id": "e", "event_type": "a\u202eb\0", "params": {"x": {"deep": 1}, "y": "z\0"}}
    api, _ = await scripted((200, {"events": [event, {}, 5], "total": "many"}))
    (only,) = (await api.events(HELD)).items
    assert (only.type, only.params) == ("ab", {"y": "z"})


def test_a_pass_shows_nothing_of_itself():
    assert "canary" not in repr(HELD) + str(HELD) + repr(vars(HELD))


class TestCloud:
    @pytest.fixture
    async def answered(self, serve, client):
        async def start(status, body):
            async def handle(_):
                return web.json_response(body, status=status)

            return ComfyCloud(await serve(handle), client)

        return start

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (403, LogInDeniedError),
            (404, FlowExpiredError),
            (500, ServiceUnreachableError),
            (429, ServiceUnreachableError),
            (200, ServiceAnsweredNonsenseError),
        ],
    )
    async def test_what_is_final_and_what_is_not(self, answered, status, kind):
        cloud = await answered(status, {})
        with pytest.raises(kind):
            await cloud.exchange_code(Secret("dlc_x"), Secret("v"))

    @pytest.mark.parametrize(("status", "body"), [(408, {}), (200, {"status": "pending"})])
    async def test_what_means_later(self, answered, status, body):
        cloud = await answered(status, body)
        assert await cloud.exchange_code(Secret("dlc_x"), Secret("v")) is None

    @pytest.mark.parametrize("code", [None, "", 'dlc_"><script>', "x" * 500])
    async def test_a_code_that_is_none(self, answered, code):
        cloud = await answered(201, {"code": code, "expires_in": 5, "poll_interval": 0})
        with pytest.raises(ServiceAnsweredNonsenseError):
            await cloud.begin_code("c")

    async def test_times_that_make_no_sense_are_bounded(self, answered):
        answer = {"code": "dlc_12345678", "expires_in": 10**9, "poll_interval": 0}
        shown = await (await answered(201, answer)).begin_code("c")
        assert (shown.expires_in, shown.interval) == (1800, 2)
        assert "dlc_12345678" not in repr(shown)
