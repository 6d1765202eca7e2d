"""`python3 dev try` from start to end, as a newcomer and as a script."""
# ruff: noqa: S310  (the commands and addresses are our own)

import json
import os
import signal
import socket
import time
import urllib.request

import pytest
from passport.dev.practice import PRACTICE_KEY, demo_prompt
from passport.dev.try_hosts import free_ports
from passport.tests.dev.running_try import Try, is_listening


@pytest.fixture
def start_try(tmp_path):
    started = []

    def start(*arguments):
        data = ["--data", str(tmp_path / "my data")]
        started.append(Try(*data, *(arguments or ["--port", "0"])))
        return started[-1]

    yield start
    for running in started:
        running.close()


def get(url):
    with urllib.request.urlopen(url) as response:
        return json.loads(response.read())


def test_the_first_line_is_all_a_script_needs(start_try):
    facts = start_try().facts
    assert {"url", "practice_key", "practice_key_2", "demo_prompt"} <= set(facts)
    body = json.dumps(
        {"prompt": facts["demo_prompt"], "extra_data": {"api_key_comfy_org": facts["practice_key"]}}
    )
    request = urllib.request.Request(f"{facts['url']}/prompt", body.encode())
    with urllib.request.urlopen(request) as response:
        prompt_id = json.loads(response.read())["prompt_id"]
    while not (history := get(f"{facts['url']}/history/{prompt_id}")):
        time.sleep(0.05)
    assert history[prompt_id]["status"]["status_str"] == "success"
    assert facts["demo_prompt"] == demo_prompt()
    assert facts["practice_key"] == PRACTICE_KEY


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_its_children_within_two_seconds(start_try, number):
    running = start_try()
    seconds, code = running.end(number)
    assert seconds < 2
    assert code == 0
    assert not is_listening(running.facts["url"])
    assert not is_listening(running.facts["service_url"])


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_the_children_end_when_it_is_killed(start_try):
    running = start_try()
    running.end(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while is_listening(running.facts["url"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_listening(running.facts["url"])


def test_a_taken_port_is_said_in_one_line(start_try):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = start_try("--port", str(taken.getsockname()[1]))
        assert running.facts is None
        errors = running.process.stderr.read().decode()
    assert running.process.wait(10) == 1
    assert "is taken" in errors
    assert "Traceback" not in errors


def test_the_next_port_is_tried_only_when_none_was_asked_for():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert list(free_ports("127.0.0.1", port)) == []
    assert list(free_ports("127.0.0.1", port)) == [port]
    assert next(free_ports("127.0.0.1", None)) >= 8188
    assert len(list(free_ports("127.0.0.1", 0))) == 1
