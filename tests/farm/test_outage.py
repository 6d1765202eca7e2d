"""End to end: the database of a farm goes away and comes back; ComfyUI runs on all the while."""

from __future__ import annotations

import time

import pytest
from passport.dev.practice import PRACTICE_KEY, demo_prompt
from passport.tests.farm.conftest import PASSWORD
from passport.tests.farm.test_two_machines import codes, signed_in, until


@pytest.fixture
def outage(farm, ada):
    """The second machine knows her; then the database goes."""
    until(lambda: ada.there.get("/passport/account").status == 200, "known")
    farm.server.go_down()
    yield
    farm.server.come_up()
    back_on_both(ada)


def back_on_both(ada):
    """Each machine finds out for itself that the database is there again."""
    for each in (ada.here, ada.there):
        until(lambda each=each: each.get("/passport/account").status == 200, "there again")


def test_who_is_signed_in_reads_that_the_database_is_away_and_not_that_they_are_a_stranger(
    ada, outage
):
    answers = [
        ada.there.get("/passport/status"),
        ada.there.get("/passport/account"),
        ada.there.call("PATCH", "account", {"display_name": "Ada"}),
        ada.there.call("POST", "tickets"),
        ada.there.call("DELETE", "sessions"),
    ]
    assert codes(*answers) == ["database_unreachable"] * 5
    assert {answer.status for answer in answers} == {503}
    assert "PASSPORT_DATABASE_URL" in answers[0].json()["error"]["message"]


def test_comfyuis_own_pages_are_served_as_fast_as_before(farm, ada, outage):
    until(lambda: codes(ada.there.get("/passport/account")), "asked once")
    began = time.perf_counter()
    for _ in range(20):
        assert ada.there.get("/system_stats").status == 200
    print(f"20 pages during the outage: {time.perf_counter() - began:.2f} s")  # noqa: T201


def test_a_run_goes_on_without_a_credential(farm, ada, outage):
    outcome = ada.there.run(demo_prompt(), extra_data={"api_key_comfy_org": PRACTICE_KEY})
    assert outcome.succeeded, "a key that the client brings needs no store"
    assert not ada.there.run(demo_prompt()).succeeded


class TestACancelledAccount:
    @pytest.fixture
    def ada(self, ada):
        assert ada.here.call("POST", "account/cancel", {"password": PASSWORD}).status == 200
        until(lambda: ada.there.post_prompt({"prompt": {}}).status == 403, "cancelled")
        return ada

    def test_it_stays_known_as_such_and_runs_nothing(self, ada, outage):
        answer = ada.there.post_prompt({"prompt": {}})
        assert (answer.status, codes(answer)) == (403, ["account_cancelled"])


def test_it_goes_on_by_itself_and_what_ended_meanwhile_has_ended(farm, ada):
    farm.server.go_down()
    until(lambda: ada.there.get("/passport/account").status == 503, "noticed")
    farm.server.come_up()
    back_on_both(ada)
    assert ada.here.call("DELETE", "session").status == 204
    until(lambda: not signed_in(ada.there), "a session ended after the outage")


def test_a_frozen_server_is_noticed_by_each_machine_and_comfyui_does_not_wait(farm, ada):
    until(lambda: ada.there.get("/passport/account").status == 200, "known")
    farm.server.freeze()
    try:
        stranger = farm.client(1)
        first, _ = timed(lambda: stranger.get("/passport/status"))
        assert first < 10, "2.25 by design"
        local, answer = timed(lambda: stranger.get("/system_stats"))
        assert (answer.status, local < 5) == (200, True)
        later, answer = timed(lambda: stranger.get("/passport/status"))
        assert later < 5, "0.75 by design"
        assert (answer.status, codes(answer)) == (503, ["database_unreachable"])
        assert stranger.run(demo_prompt(), extra_data={"api_key_comfy_org": PRACTICE_KEY}).succeeded
    finally:
        farm.server.thaw()
    back_on_both(ada)


def timed(call):
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def test_a_restart_under_load_loses_nothing_that_was_acknowledged(farm, ada):
    """People rename themselves all the while; what was answered with 200 is there."""
    acknowledged, statuses = "", set()
    for number in range(40):
        if number == 10:
            farm.server.go_down()
            farm.server.come_up()
        name = f"Ada {number}"
        answer = ada.here.call("PATCH", "account", {"display_name": name})
        statuses.add(answer.status)
        if answer.status == 200:
            acknowledged = name
    assert statuses <= {200, 503}
    until(lambda: ada.there.get("/passport/account").status == 200, "there again")
    kept = ada.there.get("/passport/account").json()["account"]["display_name"]
    assert kept == acknowledged == "Ada 39"
