"""COMFY_API_KEY and COMFY_API_KEY_FILE: the key of a machine that nobody logs in to."""

import pytest
from passport.tests.comfyui.harness.client import node
from passport.tests.comfyui.harness.hosts import run_host


@pytest.fixture(scope="module")
def owner(service):
    return service.new_person("Olga Owner")


@pytest.fixture(scope="module")
def key_file(tmp_path_factory, owner):
    file = tmp_path_factory.mktemp("secrets") / "comfy key"
    file.write_text(f"{owner.key}\n")
    return file


@pytest.fixture(scope="module", params=["COMFY_API_KEY", "COMFY_API_KEY_FILE"])
def host(request, kind, service, owner, key_file, new_folder):
    """A machine with a default key. The stand-in is as open as an old ComfyUI: what keeps the
    others out must be ours.
    """
    value = owner.key if request.param == "COMFY_API_KEY" else str(key_file)
    environment = {request.param: value, "PASSPORT_ALLOWED_NODE_PACKS": "growing_pack"}
    with run_host(
        kind, new_folder(), service.url, environment=environment, old_leaks=True
    ) as running:
        yield running


def test_a_script_on_the_machine_runs_with_it(host, stranger, service, owner, text):
    answer = stranger.post_prompt({"prompt": host.api_nodes(text)})
    assert stranger.wait_for_end(answer.json()["prompt_id"]).succeeded
    assert service.keys_sent_with(text) == [owner.key]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8188"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "192.168.0.7"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
    ids=str,
)
def test_whoever_may_come_from_elsewhere_does_not(host, stranger, service, text, headers):
    answer = stranger.post_prompt({"prompt": host.api_nodes(text)}, headers)
    if answer.status == 200:  # ComfyUI itself refuses some of them
        assert not stranger.wait_for_end(answer.json()["prompt_id"]).succeeded
    assert set(service.keys_sent_with(text)) <= {None}


@pytest.mark.parametrize("headers", [{"Host": "localhost:8188"}, {"Host": "[::1]:8188"}], ids=str)
def test_any_name_of_this_machine_is_as_good(host, stranger, service, owner, text, headers):
    answer = stranger.post_prompt({"prompt": host.api_nodes(text)}, headers)
    assert stranger.wait_for_end(answer.json()["prompt_id"]).succeeded
    assert service.keys_sent_with(text) == [owner.key]


def test_the_key_of_a_person_counts_before_it(host, browser, service, ada, text):
    assert browser.run(host.api_nodes(text)).succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_a_key_that_the_client_sent_counts_before_it(host, stranger, service, ada, text):
    outcome = stranger.run(host.api_nodes(text), extra_data={"api_key_comfy_org": ada.key})
    assert outcome.succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_a_person_who_has_forgotten_the_key_runs_with_it(host, browser, service, owner, text):
    browser.call("DELETE", "credentials/comfy")
    assert browser.run(host.api_nodes(text)).succeeded
    assert service.keys_sent_with(text) == [owner.key]


def test_a_pack_gets_it_only_by_the_owners_settings(host, stranger):
    outcome = stranger.run({"1": node("LeakyEchoes")})
    assert outcome.error["exception_type"].endswith("PassportNodePackNotAllowed")
    assert "PASSPORT_ALLOWED_NODE_PACKS" in outcome.error["exception_message"]


def test_the_status_tells_its_mask_and_no_more(host, stranger, owner):
    run = stranger.call("GET", "status").json()["run"]
    assert run == {"uses": "machine", "mask": f"comfyui-…{owner.key[-4:]}"}
    outcome = stranger.run({"1": node("PassportStatus"), "2": node("PlainShow", text=["1", 2])})
    assert outcome.text("2") == f"machine comfyui-…{owner.key[-4:]}"


def test_the_status_tells_a_stranger_elsewhere_nothing_of_it(host, stranger):
    run = stranger.call("GET", "status", headers={"X-Forwarded-For": "10.0.0.1"}).json()["run"]
    assert run == {"uses": "none", "mask": None}


@pytest.fixture
def file_only(host):
    if "COMFY_API_KEY_FILE" not in host.options.environment:
        pytest.skip("The environment of a process does not change.")


@pytest.mark.usefixtures("file_only")
def test_a_replaced_file_counts_at_once(host, stranger, service, owner, key_file, text):
    newer = service.new_key(owner)
    with host.busy():
        prompt_id = stranger.queue(host.api_nodes(text))
        key_file.write_text(newer)
    try:
        assert stranger.wait_for_end(prompt_id).succeeded
        assert service.keys_sent_with(text) == [newer]
    finally:
        key_file.write_text(owner.key)


@pytest.mark.usefixtures("file_only")
def test_a_removed_file_fails_the_run_and_says_so(host, stranger, service, key_file, text):
    content = key_file.read_text()
    key_file.unlink()
    try:
        outcome = stranger.run(host.api_nodes(text))
    finally:
        key_file.write_text(content)
    assert "COMFY_API_KEY_FILE" in outcome.error["exception_message"]
    assert service.keys_sent_with(text) == []
