"""Whose key a run gets: that of the browser or script that queued it, valid as the run starts."""

import pytest
from passport.tests.comfyui.harness.client import node

UNAUTHORIZED = "Unauthorized: Please login first to use this node."


def test_a_browser_that_is_logged_in_runs_with_its_key(host, browser, service, ada, text):
    outcome = browser.run(host.api_nodes(text))
    assert outcome.succeeded, outcome.error
    assert service.keys_sent_with(text) == [ada.key]


def test_a_cookie_jar_and_a_bare_post_are_enough(host, new_client, service, ada, text):
    script = new_client().log_in(ada)
    answer = script.post_prompt({"prompt": host.api_nodes(text)})
    assert script.wait_for_end(answer.json()["prompt_id"]).succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_a_form_of_another_content_type_changes_nothing(host, browser, service, ada, text):
    outcome = browser.run(host.api_nodes(text), headers={"Content-Type": "text/plain"})
    assert outcome.succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_without_a_log_in_an_api_node_says_what_comfyui_says(host, stranger, service, text):
    outcome = stranger.run(host.api_nodes(text))
    assert outcome.error["exception_message"].startswith(UNAUTHORIZED)
    assert set(service.keys_sent_with(text)) <= {None}


def test_after_the_log_out_the_old_cookie_runs_without_a_key(host, browser, service, text):
    kept = dict(browser.cookies)
    browser.log_out()
    assert browser.cookies == {}
    browser.cookies = kept
    outcome = browser.run(host.api_nodes(text))
    assert outcome.error["exception_message"].startswith(UNAUTHORIZED)
    assert set(service.keys_sent_with(text)) <= {None}


def test_a_log_out_leaves_queued_runs_their_key(host, browser, service, ada, text):
    with host.busy():
        prompt_id = browser.queue(host.api_nodes(text))
        browser.log_out()
    assert browser.wait_for_end(prompt_id).succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_a_key_replaced_while_the_run_waits_is_the_one_it_gets(host, browser, service, ada, text):
    newer = service.new_key(ada)
    with host.busy():
        prompt_id = browser.queue(host.api_nodes(text))
        answer = browser.call("PUT", "credentials/comfy", {"secret": newer})
        assert answer.status == 200, answer.body
    assert browser.wait_for_end(prompt_id).succeeded
    assert service.keys_sent_with(text) == [newer]


@pytest.mark.parametrize("forget", ["credentials/comfy", "session?forget=true"])
def test_a_key_forgotten_while_the_run_waits_fails_it_and_says_so(
    host, browser, service, text, forget
):
    with host.busy():
        prompt_id = browser.queue(host.api_nodes(text))
        assert browser.call("DELETE", forget).status == 204
    outcome = browser.wait_for_end(prompt_id)
    assert not outcome.succeeded
    assert (
        "removed from this server after this run was queued" in (outcome.error["exception_message"])
    )
    assert outcome.error["node_id"] == "1"
    assert service.keys_sent_with(text) == []


def test_a_refused_run_tells_its_client_over_the_socket(host, browser, text):
    with host.busy():
        prompt_id = browser.queue(host.api_nodes(text))
        browser.call("DELETE", "credentials/comfy")
    browser.socket.wait_for(
        lambda message: (
            message["type"] == "execution_error" and message["data"]["prompt_id"] == prompt_id
        )
    )
    browser.socket.wait_for(
        lambda message: (
            message["type"] == "executing"
            and message["data"] == {"node": None, "prompt_id": prompt_id}
        )
    )


def test_the_queue_goes_on_after_a_refused_run(host, browser, stranger, text):
    with host.busy():
        prompt_id = browser.queue(host.api_nodes(text))
        browser.call("DELETE", "credentials/comfy")
    assert not browser.wait_for_end(prompt_id).succeeded
    assert stranger.run({"1": node("PlainShow", text=text)}).text("1") == text


@pytest.mark.asvs("8.3.3")
@pytest.mark.threat(23)
def test_many_runs_of_two_people_are_never_mixed_up(host, new_client, service, ada, ben, text):
    people = [(new_client().log_in(ada), ada), (new_client().log_in(ben), ben)]
    queued = []
    with host.busy():
        for number in range(25):
            for client, person in people:
                question = f"{text} {number} for {person.id}"
                queued.append((client, person, question, client.queue(host.api_nodes(question))))
    for client, person, question, prompt_id in queued:
        assert client.wait_for_end(prompt_id).succeeded
        assert service.keys_sent_with(question) == [person.key]


def test_a_kept_alive_connection_takes_nobody_elses_key(host, browser, stranger, service, text):
    """One task answers all requests of a connection: its context must not stick to it."""
    import http.client
    import json

    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
    body = json.dumps({"prompt": host.api_nodes(text)})
    try:
        connection.request("GET", "/queue", headers={"Cookie": cookie})
        connection.getresponse().read()
        connection.request("POST", "/prompt", body, {"Content-Type": "application/json"})
        prompt_id = json.loads(connection.getresponse().read())["prompt_id"]
    finally:
        connection.close()
    assert not stranger.wait_for_end(prompt_id).succeeded
    assert set(service.keys_sent_with(text)) <= {None}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_foreign_page_gets_nothing_of_the_cookie(host, browser, stranger, service, text, headers):
    answer = browser.post_prompt({"prompt": host.api_nodes(text)}, headers)
    if answer.status == 200:  # ComfyUI itself refuses some of them
        assert not stranger.wait_for_end(answer.json()["prompt_id"]).succeeded
    assert set(service.keys_sent_with(text)) <= {None}


def test_the_status_node_tells_who_runs_and_with_what(host, browser, stranger, ada):
    prompt = {
        "1": node("PassportStatus"),
        "account": node("PlainShow", text=["1", 1]),
        "credential": node("PlainShow", text=["1", 2]),
    }
    outcome = browser.run(prompt)
    assert outcome.text("account") == ada.name
    assert outcome.text("credential") == f"account comfyui-…{ada.key[-4:]}"
    outcome = stranger.run(prompt)
    assert outcome.text("account") == ""
    assert outcome.text("credential") == "none"
