"""A log-in at Comfy that was handed over: runs have the key that it made, or the token itself.

The service is a FAKE; the frontend's own log-in is faked at its edge: its ID token is sent along.
"""

import time

import pytest
from passport.tests.comfyui.harness.hosts import run_host
from passport.tests.leaks.exits import all_exits, search

PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def host(kind, service, new_folder):
    environment = {"PASSPORT_FIREBASE_KEYS_URL": service.api.keys_url}
    with run_host(kind, new_folder(), service.url, environment=environment) as running:
        yield running


@pytest.fixture
def keyless(service):
    """Comfy makes no keys."""
    service.api.account.refuse_keys = True
    yield
    service.api.account.refuse_keys = False


def hand_over(client, token):
    answer = client.call("POST", "comfy-account/hand-over", {"id_token": token})
    assert answer.status in (200, 201), answer.body
    return answer.json()


def made_key(service, person):
    (made,) = [key for key in service.api.customers.keys if key.person_id == person.id]
    return made


def test_every_browser_and_script_runs_with_the_key_that_was_made(
    host, new_client, service, ada, text
):
    token = service.api.token_for(ada)
    first, second, script = new_client(), new_client(), new_client()
    hand_over(first, token)
    hand_over(second, token)
    made = made_key(service, ada)
    key = first.call("POST", "api-keys", {"name": "curl"}).json()["api_key"]["key"]

    assert first.run(host.api_nodes(text)).succeeded
    assert second.run(host.api_nodes(text)).succeeded
    assert script.run(host.api_nodes(text), headers={"Authorization": f"Bearer {key}"}).succeeded

    assert service.keys_sent_with(text) == [made.plaintext] * 3
    shown = {"X-Comfy-Token": token}
    deleted = first.call("DELETE", f"comfy-account/keys/{made.id}", headers=shown)
    assert deleted.status == 204
    assert [key for key in service.api.customers.keys if key.person_id == ada.id] == []
    assert not second.run(host.api_nodes(text)).succeeded


def test_where_comfy_makes_no_key_nodes_find_the_token_as_a_token(
    host, new_client, service, ada, text, keyless
):
    token = service.api.token_for(ada)
    browser = new_client()
    assert hand_over(browser, token)["reason"] == "not_permitted"

    outcome = browser.run(host.api_nodes(text))

    assert outcome.succeeded, outcome.error
    assert service.tokens_sent_with(text) == [f"Bearer {token}"]
    assert service.keys_sent_with(text) == [None]


def test_a_token_that_has_expired_is_never_sent(host, new_client, service, ada, text, keyless):
    soon = int(time.time()) + 2  # noqa: TID251  # the service has a clock of its own
    browser = new_client()
    hand_over(browser, service.api.token_for(ada, exp=soon))
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while browser.call("GET", "credentials").json()["credentials"][0]["state"] != "expired":
        assert time.monotonic() < give_up_at
        time.sleep(0.1)

    outcome = browser.run(host.api_nodes(text))

    assert "Log in at Comfy again" in outcome.error["exception_message"]
    assert service.tokens_sent_with(text) == []


@pytest.mark.parametrize("refuse", [False, True], ids=["key made", "token bound"])
def test_neither_token_nor_key_leaves_by_any_exit(
    host, new_client, stranger, service, ada, text, refuse
):
    service.api.account.refuse_keys = refuse
    try:
        token = service.api.token_for(ada)
        browser = new_client()
        answer = browser.call("POST", "comfy-account/hand-over", {"id_token": token})
        with host.busy():
            waiting = browser.queue(host.api_nodes(text))
            early = list(all_exits(host, [browser, stranger], [waiting]))
        outcome = browser.wait_for_end(waiting)
    finally:
        service.api.account.refuse_keys = False
    assert outcome.succeeded, outcome.error
    for client in (browser, stranger):
        client.wait_for_silence()

    answers = [("hand-over", answer.body)]
    answers += [
        (path, browser.call("GET", path).body) for path in ("comfy-account", "credits", "audit")
    ]
    exits = [*early, *all_exits(host, [browser, stranger], [waiting]), *answers]

    assert any(name.endswith("-wal") for name, _ in exits)
    # The head of a token says only how it is signed, and every token begins with it.
    assert search(token.partition(".")[2], exits) == []
    for key in service.api.customers.keys:
        if key.person_id == ada.id:
            assert search(key.plaintext, exits) == []
