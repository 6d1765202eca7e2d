"""The fake service's accounts: log-ins, API keys, money, subscriptions, log-ins by code."""

import base64
import dataclasses
import hashlib

import aiohttp
import jwt
import pytest
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.dev.practice import ADA, BEN, FAY, KEY_LENGTH, KEY_PREFIX, PRACTICE_KEY

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
CODES = "/api/auth/desktop-login-codes"


@pytest.fixture
async def api():
    async with FakeComfyApi() as started:
        yield started


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ask(api, client):
    """`await ask("GET", "/customers/me", person)`: (status, body), as who is logged in."""

    async def send(method, path, who=None, body=None, base=None, **headers):
        if who is not None:
            token = who if isinstance(who, str) else api.token_for(who)
            headers["Authorization"] = f"Bearer {token}"
        url = (base or api.url) + path
        async with client.request(method, url, json=body, headers=headers) as response:
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else None

    return send


@pytest.fixture
def ask_cloud(api, ask):
    """The same at the cloud, with the token that the cloud gives for the log-in."""

    async def send(method, path, who, body=None):
        _, answer = await ask("POST", "/api/auth/token", who, {}, base=api.cloud_url)
        return await ask(method, path, answer["token"], body, base=api.cloud_url)

    return send


async def test_a_token_is_its_person_and_its_key_is_published(api, client, ask):
    assert (await ask("GET", "/customers/me", ADA))[1]["email"] == ADA.email
    async with client.get(api.keys_url) as response:
        (key,) = (await response.json())["keys"]
    token = api.token_for(ADA)
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": key["kid"], "typ": "JWT"}
    issuer = "https://securetoken.google.com/dreamboothy"
    claims = jwt.decode(token, jwt.PyJWK(key), ["RS256"], audience="dreamboothy", issuer=issuer)
    assert (claims["sub"], claims["email_verified"]) == (ADA.id, True)


@pytest.mark.parametrize(
    "changes", [{"exp": 1}, {"aud": "another"}, {"iss": "https://another.example"}]
)
async def test_a_token_that_is_no_good_is_refused(api, ask, changes):
    assert (await ask("GET", "/customers/me", api.token_for(ADA, **changes)))[0] == 401


async def test_a_test_may_say_which_tokens_are_good(api, ask):
    claims = {"sub": "from-elsewhere", "email": "eve@practice.example"}
    api.accept_tokens_by(lambda token: claims if token == "theirs" else None)
    assert (await ask("GET", "/customers/balance", ADA))[0] == 401
    assert (await ask("GET", "/customers/balance", "theirs"))[0] == 409
    status, customer = await ask("POST", "/customers", "theirs", {})
    assert (status, customer["id"]) == (201, "from-elsewhere")
    assert (await ask("GET", "/customers/balance", "theirs"))[0] == 200


async def test_who_is_not_set_up_gets_409_until_post_customers(api, ask):
    api.add_person(dataclasses.replace(ADA, id="new", key="", token="", provisioned=False))
    new = api.people[-1]
    assert (await ask("GET", "/customers/api-keys", new))[0] == 409
    assert (await ask("GET", "/customers/me", new))[0] == 404
    assert (await ask("POST", "/customers", new, {}))[0] == 201
    assert (await ask("GET", "/customers/api-keys", new))[0] == 200


async def test_a_made_key_works_until_it_is_deleted(api, ask):
    asked = {"name": "This server", "description": "made by a test"}
    status, answer = await ask("POST", "/customers/api-keys", ADA, asked)
    key = answer["api_key"]
    secret = key.pop("plaintext_key")
    assert (status, len(secret)) == (201, KEY_LENGTH)
    assert secret.startswith(KEY_PREFIX)
    assert (await ask("GET", "/customers/api-keys", ADA))[1] == {"api_keys": [key]}
    assert (await ask("GET", "/customers/api-keys", BEN))[1] == {"api_keys": []}
    by_key = {"X-API-KEY": secret}
    assert (await ask("GET", "/customers/me", **by_key))[1]["id"] == ADA.id
    path = f"/customers/api-keys/{key['id']}"
    assert (await ask("DELETE", path, BEN))[0] == 404
    assert (await ask("DELETE", path, ADA))[0] == 204
    assert (await ask("DELETE", path, ADA))[0] == 404
    assert (await ask("GET", "/customers/me", **by_key))[0] == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_keys_are_managed_by_a_log_in_alone(ask, method):
    by_key = {"X-API-KEY": PRACTICE_KEY}
    assert (await ask(method, "/customers/api-keys", body={"name": "x"}, **by_key))[0] == 401


async def test_making_keys_can_be_refused(api, ask, client):
    assert (await ask("POST", "/customers/api-keys", FAY, {"name": "x"}))[0] == 403
    async with client.post(api.control_url, json={"refuse_keys": True}):
        pass
    assert (await ask("POST", "/customers/api-keys", ADA, {"name": "x"}))[0] == 403
    assert (await ask("GET", "/customers/api-keys", ADA))[1] == {"api_keys": []}


async def test_a_reset_forgets_what_was_made_and_set(api, ask):
    await ask("POST", "/customers/api-keys", ADA, {"name": "x"})
    api.customers.subscription(ADA).is_active = False
    api.account.refuse_keys = True
    await api.reset()
    assert (await ask("GET", "/customers/api-keys", ADA))[1] == {"api_keys": []}
    assert (await ask("GET", "/customers/cloud-subscription-status", ADA))[1]["is_active"]
    assert (await ask("POST", "/customers/api-keys", ADA, {"name": "x"}))[0] == 201


async def test_events_come_in_pages_the_newest_first(ask):
    _, first = await ask("GET", "/customers/events?page=1&limit=10", ADA)
    _, last = await ask("GET", "/customers/events?page=3&limit=10", ADA)
    assert (first["total"], first["totalPages"], len(first["events"])) == (23, 3, 10)
    assert [event["event_type"] for event in last["events"]][-2:] == [
        "credit_added",
        "account_created",
    ]
    assert first["events"][0]["createdAt"] > last["events"][0]["createdAt"]


async def test_a_balance_can_be_set(api, ask):
    api.account.balances[ADA.id] = {"amount_micros": 0, "effective_balance_micros": -1}
    assert (await ask("GET", "/customers/balance", ADA))[1]["effective_balance_micros"] == -1


async def test_credits_and_invoices_are_pages_elsewhere(ask):
    asked = {"amount_micros": 10_000_000, "currency": "usd"}
    status, answer = await ask("POST", "/customers/credit", ADA, asked)
    assert (status, answer["checkout_url"][:8]) == (201, "https://")
    _, answer = await ask("POST", "/customers/billing", ADA, {})
    assert answer["billing_portal_url"].startswith("https://")


async def test_a_subscription_is_cancelled_once_and_taken_up_again(ask, ask_cloud):
    status_path = "/customers/cloud-subscription-status"
    renewal = (await ask("GET", status_path, ADA))[1]["renewal_date"]
    cancel = ("POST", "/api/billing/subscription/cancel", ADA)
    status, done = await ask_cloud(*cancel, {"idempotency_key": "k"})
    assert (status, done["cancel_at"]) == (200, renewal)
    assert (await ask_cloud(*cancel, {"idempotency_key": "k"}))[1] == done
    assert (await ask_cloud(*cancel, {}))[0] == 409
    assert (await ask("GET", status_path, ADA))[1]["end_date"] == renewal
    assert (await ask_cloud("POST", "/api/billing/subscription/resubscribe", ADA, {}))[0] == 200
    told = (await ask_cloud("GET", "/api/billing/status", ADA))[1]
    assert (told["is_active"], told["renewal_date"], told["end_date"]) == (True, renewal, None)


async def test_billing_takes_the_clouds_own_token_alone(api, ask):
    path = "/api/billing/subscription/cancel"
    assert (await ask("POST", path, ADA, {}, base=api.cloud_url))[0] == 401


async def test_who_has_no_subscription_cannot_cancel_one(ask, ask_cloud):
    assert (await ask("GET", "/customers/cloud-subscription-status", FAY))[1]["is_active"] is False
    assert (await ask_cloud("POST", "/api/billing/subscription/cancel", FAY, {}))[0] == 409


@pytest.fixture
async def code(api, ask):
    body = {"platform": "linux", "app_version": "1", "code_challenge": CHALLENGE.decode()}
    status, answer = await ask("POST", CODES, body=body, base=api.cloud_url)
    assert status == 201
    return answer["code"]


@pytest.fixture
def exchange(api, ask, code):
    async def send(verifier=VERIFIER):
        body = {"code": code, "code_verifier": verifier}
        return await ask("POST", f"{CODES}/exchange", body=body, base=api.cloud_url)

    return send


async def test_a_log_in_by_code_waits_for_the_person_and_works_once(api, code, exchange):
    assert await exchange() == (200, {"status": "pending"})
    api.cloud.approve(code, BEN)
    assert (await exchange("w" * 43))[0] == 403
    status, answer = await exchange()
    assert (status, answer["status"]) == (200, "complete")
    claims = jwt.decode(answer["custom_token"], options={"verify_signature": False})
    assert claims["uid"] == BEN.id
    assert (await exchange())[0] == 404


async def test_a_person_decides_on_a_page(api, code, exchange, client):
    url = f"{api.cloud_url}/cloud/login?desktop_login_code={code}"
    async with client.get(url) as response:
        assert BEN.name in await response.text()
    async with client.post(url, data={"person": ""}) as response:
        assert response.status == 200
    assert (await exchange())[0] == 403


async def test_a_code_that_is_over_is_unknown(api, code, exchange):
    api.cloud.forget(code)
    assert (await exchange())[0] == 404
