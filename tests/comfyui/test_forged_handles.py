"""The handle in extra_data opens nothing for anybody but the run that it was made for."""

import json

import pytest
from passport.tests.comfyui.harness.client import node

HANDLE = "passport"


def handles_in(data):
    """Every handle that stands somewhere in what the server shows."""
    found = []

    def look(value):
        if isinstance(value, dict):
            found.extend(one for name, one in value.items() if name == HANDLE)
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                look(item)

    look(data)
    return found


@pytest.mark.parametrize(
    "forged",
    ["", "x" * 32, "../../passport.db", 0, None, True, ["a"], {"a": "b"}, "0" * 100_000],
    ids=lambda value: repr(value)[:20],
)
def test_a_handle_that_was_made_up_gets_nothing(host, stranger, service, text, forged):
    outcome = stranger.run(host.api_nodes(text), extra_data={HANDLE: forged})
    assert not outcome.succeeded
    assert set(service.keys_sent_with(text)) <= {None}


def test_a_handle_that_was_made_up_takes_nothing_from_its_sender(host, browser, service, ada, text):
    assert browser.run(host.api_nodes(text), extra_data={HANDLE: "x" * 32}).succeeded
    assert service.keys_sent_with(text) == [ada.key]


@pytest.mark.threat(7)
def test_a_handle_copied_from_the_queue_gets_nothing(host, browser, stranger, service, ada, text):
    with host.busy():
        honest = browser.queue(host.api_nodes(f"{text} honest"))
        copied = handles_in(stranger.get("/queue").json())
        assert copied, "the queue shows the handle of the run that waits"
        thefts = [
            stranger.queue(
                host.api_nodes(f"{text} stolen"), extra_data={HANDLE: handle}, front=True
            )
            for handle in copied
        ]
    for theft in thefts:
        assert not stranger.wait_for_end(theft).succeeded
    assert set(service.keys_sent_with(f"{text} stolen")) <= {None}
    assert browser.wait_for_end(honest).succeeded
    assert service.keys_sent_with(f"{text} honest") == [ada.key]


def test_a_handle_copied_from_the_history_gets_nothing(host, browser, stranger, service, text):
    done = browser.run(host.api_nodes(f"{text} honest"))
    copied = handles_in(stranger.get(f"/history/{done.prompt_id}").json())
    for handle in [*copied, HANDLE]:
        outcome = stranger.run(host.api_nodes(f"{text} stolen"), extra_data={HANDLE: handle})
        assert not outcome.succeeded
    assert set(service.keys_sent_with(f"{text} stolen")) <= {None}


def test_another_persons_handle_gets_ones_own_key(host, browser, new_client, service, ben, text):
    other = new_client().log_in(ben)
    with host.busy():
        browser.queue(host.api_nodes(f"{text} of Ada"))
        (handle,) = handles_in(other.get("/queue").json())
        prompt_id = other.queue(host.api_nodes(f"{text} of Ben"), extra_data={HANDLE: handle})
    assert other.wait_for_end(prompt_id).succeeded
    assert service.keys_sent_with(f"{text} of Ben") == [ben.key]


def test_the_handle_tells_nothing_of_the_account(host, browser, ada):
    with host.busy():
        browser.queue(host.api_nodes("x"))
        (handle,) = handles_in(browser.get("/queue").json())
    account = browser.call("GET", "status").json()["account"]
    assert account["id"] not in handle
    assert handle not in json.dumps(browser.call("GET", "credentials").json())


@pytest.mark.threat(7)
def test_a_prompt_id_that_another_run_had_gets_nothing(host, browser, stranger, service, text):
    done = browser.run(host.api_nodes(f"{text} honest"))
    prompt_id = stranger.queue(host.api_nodes(f"{text} stolen"), prompt_id=done.prompt_id)
    stranger.run({"1": node("PlainShow", text=prompt_id)})  # the queue is in order: it has ended
    assert set(service.keys_sent_with(f"{text} stolen")) <= {None}
