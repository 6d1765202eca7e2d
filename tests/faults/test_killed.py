"""Killed at any moment, Passport loses nothing that it has acknowledged and keeps nothing by half.

`PASSPORT_TEST_KILLS` says how many times; it is 40, or 400 at full length.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

from passport.storage.database import sqlite_url
from passport.tests.faults.full_length import at_full_length

KILLS = int(os.environ.get("PASSPORT_TEST_KILLS", "400" if at_full_length() else "40"))
MOST_STEPS = 16  # of which 7 are one person's
LONGEST_MOMENT_MILLISECONDS = 30
NURSERY = Path(__file__).with_name("nursery.py")


class Ledger:
    """What was acknowledged, and where a kill leaves open which of two it is."""

    def __init__(self) -> None:
        self.passwords: dict[str, set[str]] = {}
        self.sessions: dict[str, set[bool]] = {}
        self.open: set[str] = set()
        """Addresses that may be there, whose registration nobody has acknowledged."""
        self.counts = {"registered": 0, "changed": 0, "revoked": 0}

    def note(self, what: str, *about: str) -> None:
        if what in self.counts:
            self.counts[what] += 1
        getattr(self, f"_{what.replace(' ', '_')}")(*about)

    def _registering(self, email: str, _password: str) -> None:
        self.open.add(email)

    def _registered(self, email: str, password: str, token: str) -> None:
        self.open.remove(email)
        self.passwords[email] = {password}
        self.sessions[token] = {True}

    def _logged_in(self, _email: str, token: str) -> None:
        self.sessions[token] = {True}

    def _changing(self, email: str, password: str, other_token: str) -> None:
        self.passwords[email].add(password)
        self.sessions[other_token].add(False)

    def _changed(self, email: str, password: str, other_token: str) -> None:
        self.passwords[email] = {password}
        self.sessions[other_token] = {False}

    def _revoking(self, token: str) -> None:
        self.sessions[token].add(False)

    def _revoked(self, token: str) -> None:
        self.sessions[token] = {False}

    def write(self, path: Path) -> None:
        content = {
            "passwords": {email: sorted(each) for email, each in self.passwords.items()},
            "sessions": {token: sorted(each) for token, each in self.sessions.items()},
        }
        path.write_text(json.dumps(content))


def test_whatever_was_acknowledged_is_there_and_nothing_is_there_by_half(tmp_path):
    url, expected, ledger = sqlite_url(tmp_path), tmp_path / "expected", Ledger()
    command = [sys.executable, NURSERY, url, expected]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as nursery:
        for number in range(KILLS):
            child = begin(nursery, "work", number)
            # At any moment, and however slow the machine is today: so many steps on, and a bit.
            for _ in range(secrets.randbelow(MOST_STEPS)):
                ledger.note(*json.loads(nursery.stdout.readline()))
            time.sleep(secrets.randbelow(LONGEST_MOMENT_MILLISECONDS) / 1000)
            os.kill(child, signal.SIGKILL)
            lines, code = read_to_the_end(nursery)
            for line in lines:
                ledger.note(*line)
            assert code == -signal.SIGKILL

            ledger.write(expected)
            begin(nursery, "look", number)
            (*problems, (_, accounts)), code = read_to_the_end(nursery)
            assert (problems, code) == ([], 0), f"after {number + 1} kills"
            sure = len(ledger.passwords)
            assert sure <= accounts <= sure + len(ledger.open)
        nursery.stdin.close()
        assert nursery.wait(10) == 0
    assert min(ledger.counts.values()) > KILLS // 4, "the children had time to do something"


def begin(nursery: subprocess.Popen, what: str, number: int) -> int:
    nursery.stdin.write(f"{what} {number}\n")
    word, child = json.loads(nursery.stdout.readline())
    assert word == "started"
    return child


def read_to_the_end(nursery: subprocess.Popen) -> tuple[list[list[str]], int]:
    lines = []
    while (line := json.loads(nursery.stdout.readline()))[0] != "ended":
        lines.append(line)
    return lines, line[1]
