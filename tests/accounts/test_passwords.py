"""Passwords: hashed as OWASP asks, compared as they were given, a few at a time."""

from __future__ import annotations

import asyncio
import threading

import argon2
import pytest
from passport.accounts import passwords as passwords_module
from passport.accounts.errors import ServerBusyError
from passport.accounts.passwords import MOST_WAITING, RETRY_AFTER_SECONDS, Passwords, count_workers
from passport.tests.backend.fixtures import CHEAP
from passport.tests.backend.people import PASSWORD


@pytest.fixture
def passwords():
    made = Passwords(**CHEAP)
    yield made
    made.close()


@pytest.fixture
def owasp():
    made = Passwords()
    yield made
    made.close()


@pytest.mark.asvs("11.4.2")
async def test_the_hash_is_argon2id_with_the_parameters_of_owasp(owasp):
    kept = await owasp.hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in kept
    assert await owasp.verify(kept, PASSWORD)


async def test_two_hashes_of_one_password_have_nothing_in_common(passwords):
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first.rpartition("$")[0] != second.rpartition("$")[0], "a salt of its own"
    assert first.rpartition("$")[2] != second.rpartition("$")[2]
    assert await passwords.verify(first, PASSWORD)
    assert await passwords.verify(second, PASSWORD)


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize(
    ("password", "other"),
    [
        (PASSWORD, PASSWORD.upper()),
        (PASSWORD, PASSWORD + " "),
        (PASSWORD + " ", PASSWORD),
        (" " + PASSWORD, PASSWORD),
        (PASSWORD, PASSWORD + "\n"),
        (PASSWORD, ""),
        ("x" * 72 + "a", "x" * 72 + "b"),  # bcrypt would not see it
        ("x" * 127 + "a", "x" * 127 + "b"),
        ("before\0after one", "before\0after two"),  # C would not see it
        ("before\0after one", "before"),
        ("\u00e5ngstr\u00f6m", "a\u030angstro\u0308m"),  # as given, not normalized
        ("\uff41bcdefghijkl", "abcdefghijkl"),
        ("stra\u00dfe", "strasse"),
        ("\U0001f511" * 12, "\U0001f510" * 12),
    ],
)
async def test_a_password_is_what_was_given_and_nothing_else(passwords, password, other):
    kept = await passwords.hash(password)
    assert await passwords.verify(kept, password)
    assert not await passwords.verify(kept, other)


@pytest.mark.asvs("6.3.8")
async def test_nobody_has_no_password_and_finding_that_out_is_the_same_work(owasp, monkeypatch):
    verified = []
    verify = argon2.PasswordHasher.verify

    def watch(self, kept, password):
        verified.append(kept)
        return verify(self, kept, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", watch)
    for password in (PASSWORD, "", "\0", "A" * 43):
        assert await owasp.verify(None, password) is False
    assert len(verified) == 4
    parameters = argon2.extract_parameters(await owasp.hash(PASSWORD))
    assert all(argon2.extract_parameters(kept) == parameters for kept in verified)


async def test_nobodys_hash_gives_nobody_in_even_when_it_matches(passwords, monkeypatch):
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *_: True)
    assert await passwords.verify(None, PASSWORD) is False


@pytest.mark.parametrize("kept", ["", "x", "$argon2id$", PASSWORD, "$2b$12$" + "a" * 53, "\0"])
async def test_what_is_no_hash_matches_nothing(passwords, kept):
    assert await passwords.verify(kept, PASSWORD) is False
    assert await passwords.verify(kept, kept) is False


@pytest.mark.parametrize(
    ("before", "outdated"),
    [
        ({}, False),
        ({"memory_kib": 16}, True),
        ({"passes": 2}, True),
    ],
)
async def test_a_hash_of_other_parameters_is_outdated_and_still_opens(passwords, before, outdated):
    earlier = Passwords(**{**CHEAP, **before})
    kept = await earlier.hash(PASSWORD)
    earlier.close()
    assert passwords.is_outdated(kept) is outdated
    assert await passwords.verify(kept, PASSWORD)


def test_on_the_command_line_a_hash_is_made_at_once(passwords):
    assert asyncio.run(passwords.verify(passwords.hash_now(PASSWORD), PASSWORD))


@pytest.mark.parametrize(
    ("cores", "workers"),
    [(1, 1), (2, 1), (3, 1), (4, 1), (7, 1), (8, 2), (12, 3), (16, 4), (64, 4), (256, 4)],
)
def test_most_cores_are_left_to_comfyui(cores, workers):
    assert count_workers(cores) == workers


@pytest.mark.parametrize("cores", [None, 1, 32])
def test_it_counts_the_cores_of_this_machine(monkeypatch, cores):
    monkeypatch.setattr(passwords_module.os, "cpu_count", lambda: cores)
    made = Passwords()
    made.close()
    assert made.workers == count_workers(cores or 1)


class Held:
    """Holds each hash up until it is let go, and counts how many run at once."""

    def __init__(self, passwords, monkeypatch):
        self.go_on, self.running, self.most, self.done = threading.Event(), 0, 0, 0
        self._lock = threading.Lock()
        monkeypatch.setattr(type(passwords), "_verify", self._verify)

    def _verify(self, *_):
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.go_on.wait(10)
        with self._lock:
            self.running -= 1
            self.done += 1
        return True


@pytest.mark.threat(13)
@pytest.mark.parametrize("workers", [1, 2, 4])
async def test_no_more_run_at_once_than_there_are_workers(monkeypatch, workers):
    passwords = Passwords(**{**CHEAP, "workers": workers})
    held = Held(passwords, monkeypatch)
    tasks = [asyncio.create_task(passwords.verify("hash", PASSWORD)) for _ in range(12)]
    while held.running < workers:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)
    held.go_on.set()
    assert all(await asyncio.gather(*tasks))
    assert (held.most, held.done) == (workers, 12)
    passwords.close()


@pytest.mark.asvs("15.2.2")
@pytest.mark.threat(13)
async def test_advisory_whoever_comes_when_the_queue_is_full_is_sent_away_at_once(
    passwords, monkeypatch
):
    """Threat 13: a thousand log-ins at once cost the machine no more than some dozens."""
    held = Held(passwords, monkeypatch)
    tasks = [asyncio.create_task(passwords.verify("hash", PASSWORD)) for _ in range(1000)]
    done, waiting = await asyncio.wait(tasks, timeout=0.2)
    assert len(waiting) == MOST_WAITING + passwords.workers
    errors = [task.exception() for task in done]
    assert {type(error) for error in errors} == {ServerBusyError}
    assert {error.retry_after_seconds for error in errors} == {RETRY_AFTER_SECONDS}
    with pytest.raises(ServerBusyError):
        await passwords.hash(PASSWORD)
    held.go_on.set()
    assert all(await asyncio.gather(*waiting))
    assert held.done == len(waiting)
    assert await passwords.verify("hash", PASSWORD), "there is room again"


async def test_the_event_loop_goes_on_meanwhile(passwords, monkeypatch):
    held = Held(passwords, monkeypatch)
    task = asyncio.create_task(passwords.verify("hash", PASSWORD))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not task.done()
    held.go_on.set()
    assert await task


async def test_a_failure_gives_its_place_in_the_queue_back(passwords, monkeypatch):
    monkeypatch.setattr(type(passwords), "_verify", lambda *_: 1 / 0)
    for _ in range(MOST_WAITING * 2):
        with pytest.raises(ZeroDivisionError):
            await passwords.verify("hash", PASSWORD)
