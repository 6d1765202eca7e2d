"""Handles: unguessable, good for one run, no secret."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from passport.secret import Secret
from passport.tests.backend.clock import START
from passport.vault import claims as claims_module
from passport.vault.claims import HANDLE_LENGTH_BYTES, ON_THE_WAY_FOR, Claim, Claims

CLAIM = Claim(START, account_id="account")


def test_a_claim_is_taken_once():
    claims = Claims()
    handle = claims.leave(CLAIM)
    assert claims.take(handle) is CLAIM
    assert claims.take(handle) is None


@pytest.mark.asvs("15.4.1")
def test_a_claim_is_taken_by_one_of_many_threads():
    claims, taken, start = Claims(), [], threading.Barrier(8)
    handle = claims.leave(CLAIM)

    def take():
        start.wait()
        taken.append(claims.take(handle))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [claim for claim in taken if claim] == [CLAIM]


@pytest.mark.parametrize("forged", [None, 0, 1.5, True, [], {}, b"bytes", "", "x" * 32, object()])
def test_advisory_a_forged_handle_gets_nothing(forged):
    claims = Claims()
    claims.leave(CLAIM)
    assert claims.take(forged) is None


@pytest.mark.asvs("11.5.1")
def test_handles_cannot_be_guessed_and_do_not_repeat():
    claims = Claims()
    handles = {claims.leave(CLAIM) for _ in range(1000)}
    assert len(handles) == 1000
    assert HANDLE_LENGTH_BYTES * 8 >= 128
    assert min(map(len, handles)) >= HANDLE_LENGTH_BYTES * 4 // 3


def test_the_oldest_claims_go_when_too_many_wait(monkeypatch):
    monkeypatch.setattr(claims_module, "MOST_WAITING", 3)
    claims = Claims()
    handles = [claims.leave(CLAIM) for _ in range(5)]
    assert [claims.take(handle) for handle in handles] == [None, None, CLAIM, CLAIM, CLAIM]


def test_advisory_the_claim_of_a_prompt_that_waits_is_never_pushed_out(monkeypatch):
    monkeypatch.setattr(claims_module, "MOST_WAITING", 3)
    queued: set[str] = set()
    claims = Claims(lambda: queued)
    later = replace(CLAIM, queued_at=START + ON_THE_WAY_FOR + timedelta(seconds=1))
    waiting = [claims.leave(CLAIM) for _ in range(2)]
    deleted = [claims.leave(CLAIM) for _ in range(1)]
    queued.update(waiting)
    on_the_way = [claims.leave(later) for _ in range(20)]
    assert [claims.take(handle) for handle in waiting] == [CLAIM] * 2
    assert [claims.take(handle) for handle in deleted] == [None]
    assert [claims.take(handle) for handle in on_the_way] == [later] * 20


def test_a_long_queue_is_not_looked_through_for_each_prompt(monkeypatch):
    monkeypatch.setattr(claims_module, "MOST_WAITING", 3)
    looks = []
    claims = Claims(lambda: looks.append(1) or set(claims._waiting))
    for _ in range(1000):
        claims.leave(CLAIM)
    assert len(claims._waiting) == 1000
    assert len(looks) < 12


@pytest.mark.threat(3)
def test_a_claim_does_not_show_what_the_request_brought():
    assert "secret" not in repr(Claim(START, brought={"api_key_comfy_org": Secret("secret")}))
