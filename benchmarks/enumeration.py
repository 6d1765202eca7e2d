"""Whether the time of an answer tells which mail addresses have an account here.

    python3 benchmarks/enumeration.py [--tries 200] [--cheap-hash]

Each try is of an address and from a network of its own, the two kinds in random order; the server
is another process. Wrong passwords are told apart from unknown addresses if any test says so; the
same comparison of unknown with unknown addresses shows what the tests make of noise alone. With
--cheap-hash the hash does not drown the rest: what differs besides it shows sooner.
"""

from __future__ import annotations

import argparse
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import alias  # noqa: F401  # first: it makes `passport` importable
from passport.accounts.passwords import MEMORY_KIB, PASSES, Passwords
from peers import Peer
from server_process import PASSWORD, Options, running
from significance import Difference, compare_samples

KNOWN, UNKNOWN, UNKNOWN_TOO = "known", "unknown", "unknown too"
KINDS = (KNOWN, UNKNOWN, UNKNOWN_TOO)
CHEAP = (8, 1)  # KiB and passes: the least that argon2 takes
WARM_UP_TRIES = 20
WRONG, ACCEPTED = 401, 202
REFILL_SECONDS = 30
SETTLE_SECONDS = 0.05
"""After a reset: the letter is on its way, and is not to be in the way of the next try."""

Samples = dict[str, list[float]]
Try = Callable[[Peer, str], float]


class Guesser:
    """Tries addresses, each from a network of its own, as if time had passed between them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._control = Peer(port)
        self._tries = 0

    def sample(self, attempt: Try, tries: int) -> Samples:
        """Return by kind how long the answers took."""
        order = [kind for kind in KINDS for _ in range(tries)]
        secrets.SystemRandom().shuffle(order)
        seconds: Samples = {kind: [] for kind in KINDS}
        for number, kind in enumerate([UNKNOWN, KNOWN] * WARM_UP_TRIES + order):
            taken = self._try_once(attempt, kind)
            if number >= 2 * WARM_UP_TRIES:
                seconds[kind].append(taken)
        return seconds

    def count(self, table: str) -> int:
        """Return how many rows the server's table has."""
        return self._control.ask("POST", "/benchmark/rows", {"table": table}).body["count"]

    def close(self) -> None:
        """Hang up."""
        self._control.close()

    def _try_once(self, attempt: Try, kind: str) -> float:
        self._control.ask("POST", "/benchmark/advance", {"seconds": REFILL_SECONDS})
        self._tries += 1
        name = "person" if kind == KNOWN else "nobody"  # as long, so that the body is
        peer = Peer(self._port, self._tries)
        try:
            return attempt(peer, f"{name}{self._tries}@example.org")
        finally:
            peer.close()


def guess_password(peer: Peer, email: str) -> float:
    """Log in with a wrong password."""
    body = {"email": email, "password": "not the password of anybody 3"}
    return _ask(peer, "/passport/session/email", body, WRONG)


def ask_for_reset(peer: Peer, email: str) -> float:
    """Ask for a reset mail."""
    seconds = _ask(peer, "/passport/password-resets", {"email": email}, ACCEPTED)
    time.sleep(SETTLE_SECONDS)
    return seconds


def ask_after_reset(peer: Peer, email: str) -> float:
    """Ask for a reset mail, then at once for another one of nobody's; the second is timed: the
    first letter may be on its way meanwhile.
    """
    _ask(peer, "/passport/password-resets", {"email": email}, ACCEPTED)
    body = {"email": f"{secrets.token_hex(8)}@example.org"}
    seconds = _ask(peer, "/passport/password-resets", body, ACCEPTED)
    time.sleep(SETTLE_SECONDS)
    return seconds


def _ask(peer: Peer, path: str, body: dict[str, str], expected: int) -> float:
    answer = peer.ask("POST", path, body)
    if answer.status != expected:
        raise RuntimeError(f"{path} answered {answer.status}: {answer.body}")
    return answer.seconds


@contextmanager
def mail_sink() -> Generator[int, None, None]:
    """Have a mail server that takes everything, in a process of its own; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen([sys.executable, "-m", "aiosmtpd", *arguments])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The mail sink does not start.")


def measure(tries: int, cheap_hash: bool = False) -> dict[str, Samples]:
    """Return the seconds of each kind of try, by what was tried."""
    memory_kib, passes = CHEAP if cheap_hash else (MEMORY_KIB, PASSES)
    password_hash = Passwords(memory_kib, passes).hash_now(PASSWORD)
    # Every number of a try is an account's, three kinds and three things that are tried.
    accounts = 3 * (3 * tries + 2 * WARM_UP_TRIES) + 1
    with mail_sink() as smtp_port:
        environment = {
            "PASSPORT_SMTP_HOST": "127.0.0.1",
            "PASSPORT_SMTP_PORT": str(smtp_port),
            "PASSPORT_SMTP_SECURITY": "none",
            "PASSPORT_MAIL_FROM": "comfy@example.org",
        }
        options = Options(accounts, password_hash, memory_kib, passes, environment=environment)
        with running(options) as port:
            return _measure(port, tries)


def _measure(port: int, tries: int) -> dict[str, Samples]:
    guesser = Guesser(port)
    found = {
        "wrong password": guesser.sample(guess_password, tries),
        "password reset": guesser.sample(ask_for_reset, tries),
        "right after a reset": guesser.sample(ask_after_reset, tries),
    }
    time.sleep(1)
    letters, expected = guesser.count("one_time_tokens"), 2 * (tries + WARM_UP_TRIES)
    if letters != expected or guesser.count("outbox"):
        raise RuntimeError(f"{letters} letters were sent instead of {expected}.")
    guesser.close()
    return found


def compare_kinds(samples: Samples) -> tuple[Difference, Difference]:
    """Return how the known differ from the unknown, and the unknown from the unknown."""
    return (
        compare_samples(samples[UNKNOWN], samples[KNOWN]),
        compare_samples(samples[UNKNOWN], samples[UNKNOWN_TOO]),
    )


def main() -> None:
    """Measure and print."""
    from report import print_section
    from rows_of_log_ins import measure_enumeration

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--cheap-hash", action="store_true")
    arguments = parser.parse_args()
    for section in measure_enumeration(arguments.tries, arguments.cheap_hash):
        print_section(section)


if __name__ == "__main__":
    main()
