"""The host's routes answer as ComfyUI's do, to friend and stranger."""
# ruff: noqa: S310  (all addresses are the host's own)

import urllib.error
import urllib.request

import aiohttp
import pytest
from passport.dev.practice import demo_prompt

PATHS = [
    "/embeddings", "/extensions", "/features", "/history", "/i18n", "/models", "/node_replacements",
    "/object_info", "/prompt", "/queue", "/settings", "/system_stats", "/users",
]  # fmt: skip


@pytest.fixture
def host(start_host):
    return start_host(extension=None)


def status_of(host, path, data=None, method=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(host.url + path, data, named, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


async def post_prompt(host, prompt):
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{host.url}/prompt", json={"prompt": prompt}) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize("path", PATHS)
def test_a_route_is_served_twice(host, path):
    assert status_of(host, path) == 200
    assert status_of(host, f"/api{path}") == 200


def test_it_says_that_it_is_a_stand_in(host):
    assert "not ComfyUI" in host.get_json("/system_stats")["system"]["stand_in"]
    assert "not ComfyUI" in host.get_json("/internal/logs")


def test_an_empty_post_has_no_prompt(host):
    assert status_of(host, "/prompt", b"{}") == 400


def test_text_plain_json_is_taken_as_a_prompt(host):
    body = b'{"prompt": {"1": {"class_type": "PracticeShowText", "inputs": {"text": "x"}}}}'
    assert status_of(host, "/prompt", body, Content_Type="text/plain") == 200


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ({}, "prompt_no_outputs"),
        ({"1": {"class_type": "Unheard", "inputs": {}}}, "missing_node_type"),
        (
            {"1": {"class_type": "PracticeShowText", "inputs": {}}},
            "prompt_outputs_failed_validation",
        ),
    ],
)
async def test_a_bad_prompt_is_refused_with_comfyuis_shape(host, prompt, kind):
    status, body = await post_prompt(host, prompt)
    assert status == 400
    assert body["error"]["type"] == kind
    assert set(body["error"]) == {"type", "message", "details", "extra_info"}


async def test_a_wrong_input_is_named(host):
    prompt = demo_prompt()
    prompt["1"]["inputs"] |= {"seed": -1, "service_answer": "maybe"}
    _, body = await post_prompt(host, prompt)
    errors = body["node_errors"]["1"]["errors"]
    assert [error["type"] for error in errors] == ["value_not_in_list", "value_smaller_than_min"]


def test_a_prompt_id_must_be_a_uuid(host):
    body = b'{"prompt_id": "mine", "prompt": {}}'
    assert status_of(host, "/prompt", body) == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "null"}, 200),  # ComfyUI's gap, on purpose
        ({"Origin": "http://evil.example", "Host": "evil.example"}, 200),  # and DNS rebinding
    ],
)
def test_the_origin_check_is_comfyuis_with_its_gaps(host, headers, status):
    assert status_of(host, "/queue", **headers) == status


async def test_the_socket_greets_and_tells_of_a_run(host):
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{host.url}/ws?clientId=me") as socket,
    ):
        greeting = await socket.receive_json()
        assert (greeting["type"], greeting["data"]["sid"]) == ("status", "me")
        await socket.send_json({"type": "feature_flags", "data": {}})
        assert (await socket.receive_json())["type"] == "feature_flags"
        prompt = {"1": {"class_type": "PracticeShowText", "inputs": {"text": "hi"}}}
        await client.post(f"{host.url}/prompt", json={"prompt": prompt, "client_id": "me"})
        seen = []
        while "execution_success" not in seen:
            seen.append((await socket.receive_json())["type"])
    order = [kind for kind in seen if kind != "status"]
    assert order == ["execution_start", "execution_cached", "executing", "executed",
                     "execution_success"]  # fmt: skip


def test_a_users_file_can_be_written_read_moved_and_deleted(host):
    assert status_of(host, "/userdata/notes%2Fa.txt", b"text") == 200
    assert host.get_json("/userdata?dir=notes") == ["a.txt"]
    assert status_of(host, "/userdata/notes%2Fa.txt/move/b.txt", b"", "POST") == 200
    assert status_of(host, "/userdata/b.txt", method="DELETE") == 204
    assert status_of(host, "/userdata/b.txt") == 404


@pytest.mark.parametrize("path", ["..%2Fx.txt", "..%2F__passport%2Fmaster.key"])
def test_no_file_outside_the_users_folder_is_served(host, path):
    assert status_of(host, f"/userdata/{path}") == 403


def test_settings_are_kept(host):
    assert status_of(host, "/settings/My.Setting", b'"blue"') == 200
    assert host.get_json("/settings")["My.Setting"] == "blue"
    assert host.get_json("/settings/My.Setting") == "blue"
