"""A malformed prompt gets the answer that ComfyUI gives without us, and harms nobody after it."""

import json

import pytest
from passport.tests.comfyui.harness.client import node
from passport.tests.comfyui.harness.hosts import run_host

SHOW = {"1": node("PlainShow", text="odd")}
ODD_BODIES = {
    "no JSON": b"{",
    "nothing": b"",
    "a list": b"[]",
    "a text": b'"prompt"',
    "null": b"null",
    "a number": b"7",
    "an empty object": b"{}",
    "not UTF-8": b'{"prompt": "\xff"}',
    "prompt is null": {"prompt": None},
    "prompt is a list": {"prompt": [1, 2]},
    "prompt is a text": {"prompt": "1"},
    "prompt is empty": {"prompt": {}},
    "a node is null": {"prompt": {"1": None}},
    "a node is a text": {"prompt": {"1": "PlainShow"}},
    "no class_type": {"prompt": {"1": {"inputs": {}}}},
    "class_type is a number": {"prompt": {"1": {"class_type": 1, "inputs": {}}}},
    "class_type is a list": {"prompt": {"1": {"class_type": ["PlainShow"], "inputs": {}}}},
    "an unknown class": {"prompt": {"1": node("NoSuchNode")}},
    "no inputs": {"prompt": {"1": {"class_type": "PlainShow"}}},
    "a missing input": {"prompt": {"1": node("PlainShow")}},
    "a dangling link": {"prompt": {"1": node("PlainShow", text=["9", 0])}},
    "a loop": {"prompt": {"1": node("PlainShow", text=["1", 0])}},
    "number is a text": {"prompt": SHOW, "number": "first"},
}


@pytest.fixture(scope="module", params=[False, True], ids=["new", "old"])
def old(request, kind):
    """Whether the stand-in queues what an old ComfyUI did; a real one is as old as it is."""
    if kind == "comfyui" and request.param:
        pytest.skip("A real ComfyUI is as old as it is.")
    return request.param


@pytest.fixture(scope="module")
def host(kind, old, service, new_folder):
    with run_host(kind, new_folder(), service.url, old_leaks=old) as running:
        yield running


@pytest.fixture(scope="module")
def plain_host(kind, old, service, new_folder):
    """The same host without Passport."""
    with run_host(kind, new_folder(), service.url, old_leaks=old, extension=None) as running:
        yield running


def answer_of(host, body, cookies=None):
    """Status and kind of error; None where the server closes the connection without an answer."""
    with host.client() as client:
        client.cookies = cookies or {}
        answer = client.post_prompt(body)
    try:
        error = answer.json()["error"]["type"]
    except (ValueError, KeyError, TypeError):
        error = None
    return answer.status, error


@pytest.mark.parametrize("odd", ODD_BODIES)
def test_the_answer_is_the_one_of_plain_comfyui(host, plain_host, browser, odd):
    body = ODD_BODIES[odd]
    expected = answer_of(plain_host, body)
    assert answer_of(host, body) == expected
    assert answer_of(host, body, browser.cookies) == expected


@pytest.mark.parametrize("odd", [[], ["x"], "", "text", [["api_key_comfy_org", "x"]]], ids=str)
def test_extra_data_of_another_kind_is_answered_as_without_us(host, plain_host, browser, odd):
    body = {"prompt": SHOW, "extra_data": odd}
    assert answer_of(host, body) == answer_of(plain_host, body)
    assert answer_of(host, body, browser.cookies) == answer_of(plain_host, body)


# Not a number: after one, a ComfyUI before 0.3.68 runs nothing any more, with or without us.
@pytest.mark.parametrize("odd", [[], ["x"], "", "text", None], ids=str)
def test_the_queue_goes_on_after_extra_data_of_another_kind(host, browser, service, ada, text, odd):
    browser.post_prompt({"prompt": SHOW, "extra_data": odd})
    assert browser.run(host.api_nodes(text)).succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_extra_data_null_runs_with_the_key(host, browser, service, ada, text):
    """Clients that write null for nothing get an error from ComfyUI; here they need none."""
    answer = browser.post_prompt({"prompt": host.api_nodes(text), "extra_data": None})
    assert answer.status == 200
    assert browser.wait_for_end(answer.json()["prompt_id"]).succeeded
    assert service.keys_sent_with(text) == [ada.key]


@pytest.mark.parametrize("odd", [7, True, None, ["x"], {"a": "b"}, ""], ids=str)
def test_a_sent_key_that_is_no_text_is_none(host, browser, service, ada, text, odd):
    outcome = browser.run(host.api_nodes(text), extra_data={"api_key_comfy_org": odd})
    assert outcome.succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_the_rest_of_extra_data_reaches_the_nodes_untouched(host, browser):
    workflow = {"nodes": [], "extra": {"note": "kept"}}
    extra_data = {"extra_pnginfo": {"workflow": workflow}, "of_another_pack": [1, {"a": None}]}
    outcome = browser.run({"1": node("PlainPicture", name="kept")}, extra_data=extra_data)
    assert b"kept" in (host.data_folder / "output" / "kept.png").read_bytes()
    shown = json.dumps(outcome.entry["prompt"])
    assert '"of_another_pack": [1, {"a": null}]' in shown
