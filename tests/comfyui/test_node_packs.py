"""Who may have the key: ComfyUI's own API nodes, and the packs that the account has allowed."""

import pytest
from passport.tests.comfyui.harness.client import node

PACK = "leaky_pack"
LEAKY = {"1": node("LeakyEchoes")}
GROWS = {"1": node("Grows", into="LeakyEchoes")}


def was_refused(outcome):
    kind = outcome.error.get("exception_type", "")
    return not outcome.succeeded and kind.endswith("PassportNodePackNotAllowed")


def got_a_key(outcome):
    """LeakyEchoes shows its credentials, of which the redaction leaves three stars."""
    return outcome.text("1").endswith("***")


@pytest.mark.threat(4)
def test_a_pack_that_nobody_allowed_fails_the_run_and_is_named(browser):
    outcome = browser.run({"other": node("PlainShow", text="x"), "asks": node("LeakyEchoes")})
    assert was_refused(outcome)
    assert f"“{PACK}”" in outcome.error["exception_message"]
    assert outcome.error["node_id"] == "asks"
    assert outcome.error["node_type"] == "LeakyEchoes"
    assert outcome.error["traceback"] == []


def test_the_question_waits_for_an_answer(browser):
    browser.run(LEAKY)
    asked = browser.call("GET", "node-packs").json()["asked"]
    assert [(one["name"], one["node_types"]) for one in asked] == [(PACK, ["LeakyEchoes"])]
    browser.allow(PACK, "always")
    assert browser.call("GET", "node-packs").json()["asked"] == []


def test_no_other_node_of_a_refused_run_gets_the_key_either(host, browser, service, text):
    assert was_refused(browser.run({**host.api_nodes(text), "asks": node("LeakyEchoes")}))
    assert service.keys_sent_with(text) == []


def test_allowed_once_it_works_once(browser):
    browser.allow(PACK, "once")
    assert got_a_key(browser.run(LEAKY))
    assert was_refused(browser.run(LEAKY))


def test_once_is_not_used_up_by_a_run_without_the_pack(host, browser, text):
    browser.allow(PACK, "once")
    assert browser.run(host.api_nodes(text)).succeeded
    assert got_a_key(browser.run(LEAKY))


def test_allowed_always_it_works_until_it_is_taken_back(browser):
    browser.allow(PACK, "always")
    assert got_a_key(browser.run(LEAKY))
    assert got_a_key(browser.run(LEAKY))
    assert browser.call("DELETE", f"node-packs/{PACK}").status == 204
    assert was_refused(browser.run(LEAKY))


def test_taken_back_while_the_run_waits_it_is_refused(host, browser):
    browser.allow(PACK, "always")
    with host.busy():
        prompt_id = browser.queue(LEAKY)
        browser.call("DELETE", f"node-packs/{PACK}")
    assert was_refused(browser.wait_for_end(prompt_id))


def test_allowed_only_after_it_was_queued_it_is_refused(host, browser):
    with host.busy():
        prompt_id = browser.queue(LEAKY)
        browser.allow(PACK, "always")
    assert was_refused(browser.wait_for_end(prompt_id))


def test_what_one_account_allows_is_not_allowed_by_another(browser, new_client, ben):
    browser.allow(PACK, "always")
    assert was_refused(new_client().log_in(ben).run(LEAKY))


def test_a_pack_that_wants_nothing_needs_no_permission(browser, text):
    assert browser.run({"1": node("PlainShow", text=text)}).text("1") == text


@pytest.mark.threat(4)
def test_a_node_that_another_grew_into_is_refused(browser):
    outcome = browser.run(GROWS)
    assert was_refused(outcome)
    assert f"“{PACK}”" in outcome.error["exception_message"]


def test_allowing_the_pack_that_grows_does_not_help(browser):
    browser.allow("growing_pack", "always")
    assert was_refused(browser.run(GROWS))


def test_a_node_that_an_api_node_stands_beside_is_refused_too(host, browser, text):
    assert was_refused(browser.run({**host.api_nodes(text), "9": node("Grows", into="LeakyTells")}))


def test_a_node_that_another_grew_into_works_when_its_pack_is_allowed(browser):
    browser.allow(PACK, "always")
    outcome = browser.run(GROWS)
    assert outcome.succeeded
    shown = next(iter(outcome.entry["outputs"].values()))["text"][0]
    assert shown.endswith("***")


@pytest.mark.parametrize("sent", ["api_key_comfy_org", "auth_token_comfy_org"])
def test_whoever_sends_a_key_along_decides_alone(browser, ben, sent):
    secret = {"api_key_comfy_org": ben.key, "auth_token_comfy_org": ben.token}[sent]
    outcome = browser.run(LEAKY, extra_data={sent: secret})
    assert outcome.succeeded
    assert "***" in outcome.text("1")


def test_without_an_account_the_pack_runs_and_gets_nothing(stranger):
    assert stranger.run(LEAKY).text("1") == "credential: None None"
