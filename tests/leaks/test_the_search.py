"""The leak test can see: without Passport it finds what ComfyUI itself lets out."""

import pytest
from passport.tests.comfyui.harness.client import node
from passport.tests.comfyui.harness.hosts import run_host
from passport.tests.leaks.exits import all_exits, search


@pytest.fixture(scope="module")
def bare_host(service, new_folder):
    """The stand-in with the habits of an old ComfyUI, without Passport."""
    options = {"extension": None, "old_leaks": True, "verbose": "DEBUG"}
    with run_host("stand-in", new_folder(), service.url, **options) as running:
        yield running


@pytest.fixture
def find(bare_host, ada):
    """`find(graph)`: the exits that show Ada's key after she has sent it along with this graph."""

    def run(graph):
        with bare_host.client() as client, bare_host.client() as other:
            sent = {"api_key_comfy_org": ada.key}
            outcome = client.run(graph, extra_data=sent)
            client.wait_for_silence()
            exits = all_exits(bare_host, [client, other], [outcome.prompt_id])
            return set(search(ada.key, exits)), outcome.prompt_id

    return run


def test_it_finds_the_key_in_the_history_and_in_the_logs(bare_host, find, text):
    found, prompt_id = find(bare_host.api_nodes(text))
    assert found >= {"/history", f"/history/{prompt_id}", "/internal/logs", "console"}
    assert found >= {"/internal/logs/raw", "view temp"}
    assert any(name.startswith("file temp/api_logs/") for name in found)


@pytest.mark.parametrize("leaky", ["LeakyEchoes", "LeakyRaises", "LeakyTells", "LeakyNests"])
def test_it_finds_the_key_of_a_careless_node(find, leaky):
    found, prompt_id = find({"1": node(leaky)})
    assert found >= {"socket", "/history", f"/history/{prompt_id}"}


def test_it_finds_the_key_in_both_kinds_of_socket_messages(find):
    found, _ = find({"1": node("LeakySends")})
    assert found >= {"socket", "socket (binary)"}


@pytest.mark.parametrize("leaky", ["LeakyLogs", "LeakyLogsBadly"])
def test_it_finds_the_key_in_the_log(find, leaky):
    found, _ = find({"1": node(leaky)})
    assert found >= {"console", "/internal/logs", "/internal/logs/raw"}
    assert leaky == "LeakyLogsBadly" or "file user/leaky_pack.log" in found


@pytest.mark.parametrize("token", [f"{'x' * 30}-{'y' * 12}", f"{'x' * 42}-", f"-{'y' * 42}"])
def test_it_finds_a_token_wherever_its_dashes_stand(token):
    assert search(token, [("here", f"reset={token}&".encode())]) == ["here"]


def test_it_finds_a_part_of_the_key_and_not_its_mask(ada):
    part = ada.key[30:52].encode()
    mask = f"comfyui-…{ada.key[-4:]}".encode()
    assert search(ada.key, [("here", b"..." + part), ("mask", mask)]) == ["here"]
