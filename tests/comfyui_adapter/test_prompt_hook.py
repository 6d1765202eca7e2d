"""What the hook leaves in a posted prompt: never a credential, at most a handle."""

from __future__ import annotations

import logging
import re

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2

HANDLE = re.compile(r"[A-Za-z0-9_-]{32}")
OWN = {"1": {"class_type": "Own", "inputs": {}}}


async def leave(adapter, client, **body):
    answer = await client.post("/prompt", body)
    return answer.json["left"], answer.json["runs_with"]


@pytest.fixture
async def ada(browser):
    await browser.log_in(PRACTICE_KEY)
    return browser


@pytest.mark.asvs("8.3.3")
@pytest.mark.threat(5)
@pytest.mark.parametrize("extra", [{}, {"extra_data": None}, {"extra_data": {}}])
async def test_a_signed_in_prompt_gets_a_handle_that_is_no_secret(adapter, ada, extra):
    left, runs_with = await leave(adapter, ada, prompt=OWN, **extra)

    assert set(left["extra_data"]) == {"passport"}
    assert HANDLE.fullmatch(left["extra_data"]["passport"])
    assert runs_with == "account"
    assert PRACTICE_KEY not in str(left)


async def test_what_else_stands_in_extra_data_stays(adapter, ada):
    extra_data = {"extra_pnginfo": {"workflow": {"nodes": []}}, "client_id": "c"}
    left, _ = await leave(adapter, ada, prompt=OWN, extra_data=extra_data)
    del left["extra_data"]["passport"]
    assert left["extra_data"] == extra_data
    assert left["prompt"] == OWN


@pytest.mark.parametrize("extra_data", [[], ["api_key_comfy_org"], "text", "", 0, 1, True, [[]]])
async def test_extra_data_that_is_no_object_is_nobodys(adapter, ada, extra_data):
    left, runs_with = await leave(adapter, ada, prompt=OWN, extra_data=extra_data)
    assert runs_with is None
    assert PRACTICE_KEY not in str(left)


@pytest.mark.parametrize("prompt", [None, [], "text", 1, {}, {"1": None}, {"1": {}}, {"1": []}])
async def test_a_prompt_that_is_none_is_left_to_comfyui(adapter, ada, prompt):
    left, _ = await leave(adapter, ada, prompt=prompt)
    assert left["prompt"] == prompt


@pytest.mark.parametrize("handle", ["forged", "", 1, None, [], {}, "A" * 32])
async def test_a_handle_that_the_client_sends_is_thrown_away(adapter, server, handle):
    stranger = server.browser()
    left, runs_with = await leave(adapter, stranger, prompt=OWN, extra_data={"passport": handle})
    assert left["extra_data"] == {}
    assert runs_with is None


async def test_a_handle_copied_from_another_run_is_thrown_away(adapter, server, ada):
    copied = (await adapter.post(ada, "Own"))["extra_data"]["passport"]
    left, runs_with = await leave(
        adapter, server.browser(), prompt=OWN, extra_data={"passport": copied}
    )
    assert left["extra_data"] == {}
    assert runs_with is None


@pytest.mark.threat(5)
@pytest.mark.parametrize("name", ["api_key_comfy_org", "auth_token_comfy_org"])
async def test_a_credential_that_the_client_sends_is_taken_out_and_kept(adapter, ada, name):
    left, runs_with = await leave(
        adapter, ada, prompt=OWN, extra_data={name: PRACTICE_KEY_2, "other": 1}
    )
    assert set(left["extra_data"]) == {"passport", "other"}
    assert PRACTICE_KEY_2 not in str(left)
    assert runs_with == "brought", "the client's own comes before the account's"


async def test_it_is_known_who_brought_it(adapter, server, ada):
    brought = {"api_key_comfy_org": PRACTICE_KEY_2}
    for client, bringer in ((ada, await ada.account_id()), (server.browser(), "127.0.0.1")):
        left = await adapter.post(client, "Own", extra_data=brought)
        assert server.claims.take(left["extra_data"]["passport"]).holder == bringer


NO_HEADER_CARRIES = ["\ud800" * 32, "né" * 16, "a b" * 16, "line\n" * 8, "\0" * 32, "x" * 8193]


@pytest.mark.parametrize(
    "value",
    [None, "", [], [PRACTICE_KEY_2], {"a": PRACTICE_KEY_2}, 1, *NO_HEADER_CARRIES],
    ids=lambda value: ascii(value)[:20],
)
async def test_a_credential_of_a_strange_kind_is_taken_out_and_does_not_count(adapter, ada, value):
    left, runs_with = await leave(adapter, ada, prompt=OWN, extra_data={"api_key_comfy_org": value})
    assert set(left["extra_data"]) == {"passport"}
    assert runs_with == "account"


async def test_nobodys_prompt_is_left_as_it_was(adapter, server):
    left, runs_with = await leave(adapter, server.browser(), prompt=OWN)
    assert left == {"prompt": OWN}
    assert runs_with is None


@pytest.mark.asvs("16.5.3")
@pytest.mark.threat(15)
@pytest.mark.parametrize(
    "target", ["find_wanting_packs", "find_principal", "judge_request", "leave", "utc_now"]
)
async def test_a_hook_that_fails_inside_leaves_no_credential(
    adapter, ada, monkeypatch, caplog, target
):
    def fail(*_):
        raise RuntimeError(f"with {PRACTICE_KEY}")

    monkeypatch.setattr(f"passport.comfyui.prompt_hook.{target}", fail)
    sent = {"api_key_comfy_org": PRACTICE_KEY_2, "passport": "forged"}
    for extra_data in ({}, sent):
        left, _ = await leave(adapter, ada, prompt=OWN, extra_data=dict(extra_data))
        assert left["extra_data"].keys() <= {"passport"}
        assert left["extra_data"].get("passport") != "forged"
        assert PRACTICE_KEY_2 not in str(left)
        assert PRACTICE_KEY not in str(left)
    assert PRACTICE_KEY not in caplog.text


@pytest.mark.parametrize("target", ["find_wanting_packs", "find_principal", "leave"])
async def test_a_hook_that_fails_inside_binds_nobody(adapter, ada, monkeypatch, target):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(f"passport.comfyui.prompt_hook.{target}", fail)
    _, runs_with = await leave(adapter, ada, prompt=OWN)
    assert runs_with is None


async def test_a_hook_that_fails_says_so_in_one_line(adapter, ada, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("no matter")

    monkeypatch.setattr("passport.comfyui.prompt_hook.find_wanting_packs", fail)
    await leave(adapter, ada, prompt=OWN)
    (record,) = [r for r in caplog.records if r.name == "passport" and r.levelno >= logging.WARNING]
    assert record.getMessage() == "No credential for this run: RuntimeError"
    assert record.exc_info is None


@pytest.mark.parametrize("json_data", [None, [], "text", 1])
def test_a_body_that_is_no_object_is_given_back(adapter, json_data):
    assert adapter.passport.hook(json_data) is json_data


def test_outside_of_any_request_nobody_is_asked_for(adapter):
    json_data = {"prompt": OWN}
    assert adapter.passport.hook(json_data) == {"prompt": OWN}


async def test_without_services_a_prompt_goes_on(adapter, server, ada, monkeypatch):
    monkeypatch.setattr(server.composition, "services", None)
    monkeypatch.setattr(server.composition, "_build", lambda: 1 / 0)
    left, runs_with = await leave(
        adapter, ada, prompt=OWN, extra_data={"api_key_comfy_org": PRACTICE_KEY_2}
    )
    assert set(left["extra_data"]) == {"passport"}
    assert runs_with == "brought"
    left, runs_with = await leave(adapter, ada, prompt=OWN)
    assert (left, runs_with) == ({"prompt": OWN}, None)
