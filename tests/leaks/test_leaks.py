"""The key reaches the service, and no exit of the server.

A canary, a key that occurs nowhere else, goes through a run; then everything that anybody could
read is searched for it.
"""

import pytest
from passport.tests.comfyui.harness.client import node
from passport.tests.leaks.exits import all_exits, answers, search, sockets

LEAKY = "leaky_pack"
ENDINGS = {
    "LeakyRaises": "RuntimeError",
    "LeakyTells": "RuntimeError",
    "LeakyEchoes": None,
    "LeakyNests": None,
    "LeakyLogs": None,
    "LeakyLogsBadly": None,
    "LeakyPrints": None,
    "LeakySends": None,
}


@pytest.fixture
def leaks(host, browser, stranger, ada):
    """`leaks(*prompt_ids)`: the exits that show something of Ada's key or token."""

    def find(*prompt_ids):
        people = [browser, stranger]
        for client in people:
            client.wait_for_silence()
        exits = list(all_exits(host, people, prompt_ids))
        return search(ada.key, exits) + search(ada.token, exits)

    return find


@pytest.fixture
def trusting_browser(browser):
    """Ada's browser; she has allowed the leaky pack."""
    browser.allow(LEAKY, "always")
    return browser


@pytest.mark.asvs("14.2.4")
@pytest.mark.parametrize("ordered", ["", "401", "500"])
def test_a_run_of_an_api_node(host, browser, service, text, leaks, ordered):
    text = f"{ordered} {text}".strip()
    outcome = browser.run(host.api_nodes(text))
    assert outcome.succeeded is (not ordered)
    assert set(service.keys_sent_with(text)) == {browser.person.key}
    assert leaks(outcome.prompt_id) == []


def test_a_run_while_it_waits_and_while_it_runs(host, trusting_browser, stranger, ada, text):
    with host.gate(stranger) as gate:
        graph = {
            **host.api_nodes(text),
            "echo": node("LeakyEchoes"),
            "gate": node("PlainGate", name=gate, after=["echo", 0]),
        }
        with host.busy():
            waiting = trusting_browser.queue(graph)
            exits = list(answers([trusting_browser, stranger], [waiting]))
        assert search(ada.key, exits) == []
        trusting_browser.wait_for_start(waiting, "gate")
        exits = list(all_exits(host, [trusting_browser, stranger], [waiting]))
        assert search(ada.key, exits) == []
    assert trusting_browser.wait_for_end(waiting).succeeded


@pytest.mark.threat(4)
@pytest.mark.parametrize("leaky", ENDINGS)
def test_a_careless_node_of_an_allowed_pack(trusting_browser, leaks, leaky):
    outcome = trusting_browser.run({"1": node(leaky), "2": node("PlainShow", text="end")})
    assert outcome.error.get("exception_type") == ENDINGS[leaky], outcome.error
    assert leaks(outcome.prompt_id) == []


@pytest.mark.parametrize("leaky", ENDINGS)
def test_a_careless_node_gets_the_key_and_token_that_the_client_sent(stranger, ada, leaks, leaky):
    """Nobody asks about packs here: whoever sends a key along has decided."""
    sent = {"api_key_comfy_org": ada.key, "auth_token_comfy_org": ada.token}
    outcome = stranger.run({"1": node(leaky)}, extra_data=sent)
    assert outcome.error.get("exception_type") == ENDINGS[leaky], outcome.error
    assert leaks(outcome.prompt_id) == []


@pytest.mark.threat(5)
def test_a_key_that_the_client_sent_reaches_the_service(host, stranger, service, ada, text, leaks):
    outcome = stranger.run(host.api_nodes(text), extra_data={"api_key_comfy_org": ada.key})
    assert outcome.succeeded
    assert service.keys_sent_with(text) == [ada.key]
    assert leaks(outcome.prompt_id) == []


def test_a_token_that_the_client_sent_reaches_the_service(
    host, stranger, service, ada, text, leaks
):
    outcome = stranger.run(host.api_nodes(text), extra_data={"auth_token_comfy_org": ada.token})
    assert outcome.succeeded
    assert service.tokens_sent_with(text) == [f"Bearer {ada.token}"]
    assert leaks(outcome.prompt_id) == []


def test_what_the_client_sent_counts_before_what_it_stored(
    host, browser, service, ben, text, leaks
):
    outcome = browser.run(host.api_nodes(text), extra_data={"api_key_comfy_org": ben.key})
    assert service.keys_sent_with(text) == [ben.key]
    assert leaks(outcome.prompt_id) == []


def test_a_key_handed_on_to_a_node_that_fails_with_it(trusting_browser, leaks):
    graph = {"1": node("LeakyEchoes"), "2": node("PlainRaise", text=["1", 0])}
    outcome = trusting_browser.run(graph)
    assert outcome.error["node_type"] == "PlainRaise"
    assert leaks(outcome.prompt_id) == []


def test_a_result_that_comfyui_kept_from_another_persons_run(trusting_browser, stranger, leaks):
    """ComfyUI's cache knows graphs, not people: the next one gets the former one's result."""
    graph = {"1": node("LeakyEchoesOnce"), "2": node("PlainShow", text=["1", 0])}
    first = trusting_browser.run(graph)
    second = stranger.run(graph)
    assert first.succeeded
    assert second.succeeded
    assert leaks(first.prompt_id, second.prompt_id) == []


def test_a_pack_that_is_not_allowed(browser, leaks):
    outcome = browser.run({"1": node("LeakyTells")})
    assert outcome.error["exception_type"].endswith("PassportNodePackNotAllowed")
    assert leaks(outcome.prompt_id) == []


@pytest.mark.asvs("14.2.8")
def test_the_text_chunks_of_a_saved_picture(host, trusting_browser, text, leaks):
    name = text.replace(" ", "_")
    graph = {**host.api_nodes(text), "p": node("PlainPicture", name=name), "e": node("LeakyEchoes")}
    workflow = {"workflow": {"nodes": [], "extra": {"note": "drawn"}}}
    outcome = trusting_browser.run(graph, extra_data={"extra_pnginfo": workflow})
    assert outcome.succeeded
    assert b"drawn" in (host.data_folder / "output" / f"{name}.png").read_bytes()
    assert leaks(outcome.prompt_id) == []


@pytest.mark.threat(18)
def test_logging_in_replacing_checking_and_failing_to(host, browser, stranger, service, ada, leaks):
    newer = service.new_key(ada)
    browser.call("PUT", "credentials/comfy", {"secret": newer})
    browser.call("POST", "credentials/comfy/check")
    unknown = newer[:-6] + "000000"
    calls = [
        {"api_key": unknown},
        {"api_key": ada.key, "nonsense": ada.key},
        {"api_key": [ada.key]},
        {"api_key": ada.key + "x"},
        ada.key,
    ]
    for body in calls:
        assert stranger.call("POST", "session/api-key", body).status in (401, 422)
    with_key_in_path = stranger.get(f"/passport/status?key={ada.key}")
    assert ada.key.encode() not in with_key_in_path.body
    exits = list(all_exits(host, [browser, stranger], []))
    assert search(newer, exits) == []
    assert leaks() == []


@pytest.mark.threat(6)
def test_the_sockets_hear_nothing_of_another_persons_run(host, browser, stranger, ada, text):
    outcome = browser.run(host.api_nodes(text))
    assert outcome.succeeded
    assert search(ada.key, sockets([browser, stranger])) == []
