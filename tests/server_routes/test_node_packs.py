"""node-packs: which packs may have the account's key."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2

ALWAYS, ONCE = {"decision": "always"}, {"decision": "once"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "node-packs", None),
        ("PUT", "node-packs/pack", ALWAYS),
        ("DELETE", "node-packs/pack", None),
    ],
)
async def test_nobody_decides_without_an_account(browser, method, path, body):
    answer = await browser.call(method, path, body)
    assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_at_first_no_pack_is_allowed_and_none_has_asked(browser):
    await browser.log_in(PRACTICE_KEY)
    assert (await browser.get("node-packs")).json == {"node_packs": [], "asked": []}


async def test_a_pack_that_is_always_allowed_stays_on_the_list(start_server, browser):
    cookie = (await browser.log_in(PRACTICE_KEY)).cookie

    answer = await browser.put("node-packs/ComfyUI-Friend", ALWAYS)

    pack = {"name": "ComfyUI-Friend", "decision": "always", "decided_at": "2026-11-23T02:00:00Z"}
    assert (answer.status, answer.json) == (200, {"node_pack": pack})
    restarted = (await start_server()).browser()
    listed = await restarted.get("node-packs", headers={"Cookie": cookie})
    assert listed.json == {"node_packs": [pack], "asked": []}


async def test_a_pack_allowed_once_is_not_on_the_list(browser):
    await browser.log_in(PRACTICE_KEY)

    answer = await browser.put("node-packs/friend", ONCE)

    assert answer.json["node_pack"]["decision"] == "once"
    assert (await browser.get("node-packs")).json["node_packs"] == []


async def test_a_pack_can_be_taken_back(browser):
    await browser.log_in(PRACTICE_KEY)
    await browser.put("node-packs/friend", ALWAYS)

    assert (await browser.delete("node-packs/friend")).status == 204
    assert (await browser.get("node-packs")).json["node_packs"] == []
    assert (await browser.delete("node-packs/friend")).status == 204


async def test_each_account_decides_for_itself(server, browser):
    other = server.browser()
    await browser.log_in(PRACTICE_KEY)
    await other.log_in(PRACTICE_KEY_2)
    await browser.put("node-packs/friend", ALWAYS)

    assert (await other.get("node-packs")).json["node_packs"] == []
    await other.delete("node-packs/friend")
    assert len((await browser.get("node-packs")).json["node_packs"]) == 1


async def test_a_refused_run_leaves_a_question_and_an_answer_settles_it(server, browser):
    account = (await browser.log_in(PRACTICE_KEY)).json["account"]
    server.services.node_packs.ask(account["id"], "curious", {"B", "A"})

    asked = (await browser.get("node-packs")).json["asked"]
    assert asked == [
        {"name": "curious", "asked_at": "2026-11-23T02:00:00Z", "node_types": ["A", "B"]}
    ]
    await browser.put("node-packs/curious", ONCE)
    assert (await browser.get("node-packs")).json["asked"] == []


async def test_names_are_kept_as_they_are(browser):
    await browser.log_in(PRACTICE_KEY)
    for path in ("ComfyUI%20Größe", "a.b", "Pack%25", "x" * 255):
        assert (await browser.put(f"node-packs/{path}", ALWAYS)).status == 200

    names = [pack["name"] for pack in (await browser.get("node-packs")).json["node_packs"]]
    assert sorted(names) == sorted(["ComfyUI Größe", "a.b", "Pack%", "x" * 255])


@pytest.mark.parametrize("path", ["x" * 256, "a%0d%0aFAKE", "%1b[31m", "%7f", "%e2%80%ae"])
async def test_what_cannot_be_a_name_is_refused(browser, path):
    await browser.log_in(PRACTICE_KEY)

    answer = await browser.put(f"node-packs/{path}", ALWAYS)

    assert (answer.status, answer.code) == (422, "node_pack_name_invalid")
    assert (await browser.get("node-packs")).json["node_packs"] == []


@pytest.mark.parametrize("decision", ["", "never", "ALWAYS", "always ", "once\n"])
async def test_other_decisions_are_refused(browser, decision):
    await browser.log_in(PRACTICE_KEY)

    answer = await browser.put("node-packs/friend", {"decision": decision})

    assert (answer.status, answer.code) == (422, "invalid_field")
    assert answer.json["error"]["details"] == {"field": "decision"}
