"""A hundred people log in at once by mail and password, over HTTP.

    python3 benchmarks/log_ins.py [--rounds 7]

Against argon2 alone in the same process with as many workers, and against an idle event loop.
Idle, argon2 alone, a hundred at once and a queue that is never full take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import alias  # noqa: F401  # first: it makes `passport` importable
from passport.accounts.passwords import Passwords
from peers import Answer, Peer, send_at_once
from server_process import PASSWORD, Options, running

PEOPLE = 100
FEWER = 50
IDLE_SECONDS = 1.5
CREATED, BUSY = 201, 503
FEW_WORKERS, MANY_WORKERS = 1, 4


@dataclass
class Rounds:
    """What each round has given."""

    bare_rates: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    queued_rates: list[float] = field(default_factory=list)
    served: list[int] = field(default_factory=list)
    idle_lags: list[float] = field(default_factory=list)
    bare_lags: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    workers: int = 0


class Site:
    """A server and its hundred clients, each of an account and a network of its own."""

    def __init__(self, port: int) -> None:
        self._control = Peer(port)
        self._peers = [Peer(port, 1 + number) for number in range(PEOPLE)]
        self._requests = [
            peer.pack(
                "POST",
                "/passport/session/email",
                {"email": f"person{number}@example.org", "password": PASSWORD},
            )
            for number, peer in enumerate(self._peers)
        ]

    def call(self, action: str, **body: object) -> dict:
        """Have the server do something for the benchmark."""
        return self._control.ask("POST", f"/benchmark/{action}", body).body

    def log_in(self, at_once: int) -> list[Answer]:
        """Let everybody log in, so many at once; whoever is sent away stays away."""
        answers = send_at_once(self._peers, self._requests, at_once)
        strange = {answer.status for answer in answers} - {CREATED, BUSY}
        if strange:
            raise RuntimeError(f"Log-ins were answered with {strange}.")
        return answers

    def warm_up(self) -> None:
        """Have everything imported but argon2: no password is so long that this one fits."""
        body = {"email": "nobody@example.org", "password": "x" * 200}
        self._peers[0].ask("POST", "/passport/session/email", body)

    def close(self) -> None:
        """Hang up."""
        for peer in (self._control, *self._peers):
            peer.close()


def measure(rounds: int) -> Rounds:
    """Measure rates and lags with the product's own parameters and number of workers."""
    found = Rounds()
    password_hash = Passwords().hash_now(PASSWORD)
    with running(Options(PEOPLE, password_hash)) as port:
        site = Site(port)
        site.log_in(FEWER)  # and everybody is known from where they are
        for _ in range(rounds):
            found.loads.append(os.getloadavg()[0])
            _measure_idle(site, found)
            _measure_bare(site, found)
            _measure_burst(site, found)
            found.queued_rates.append(_rate(site.log_in(FEWER)))
        site.close()
    return found


def _measure_idle(site: Site, found: Rounds) -> None:
    found.workers = site.call("begin")["workers"]
    time.sleep(IDLE_SECONDS)
    found.idle_lags += site.call("end")["lags"]


def _measure_bare(site: Site, found: Rounds) -> None:
    site.call("begin")
    found.bare_rates.append(PEOPLE / site.call("bare", count=PEOPLE)["seconds"])
    seen = site.call("end")
    found.bare_cpu.append(seen["cpu_seconds"] / PEOPLE)
    found.bare_lags += seen["lags"]


def _measure_burst(site: Site, found: Rounds) -> None:
    site.call("begin")
    answers = site.log_in(PEOPLE)
    seen = site.call("end")
    found.served.append(sum(answer.status == CREATED for answer in answers))
    found.rates.append(_rate(answers))
    found.cpu.append(seen["cpu_seconds"] / found.served[-1])
    found.lags += seen["lags"]


def _rate(answers: Iterable[Answer]) -> float:
    served = [answer.seconds for answer in answers if answer.status == CREATED]
    return len(served) / max(served)


def measure_memory() -> dict[int, float]:
    """Return by number of workers how many MiB the most is over what was resident before."""
    password_hash = Passwords().hash_now(PASSWORD)
    grown: dict[int, float] = {}
    for workers in (FEW_WORKERS, MANY_WORKERS):
        with running(Options(PEOPLE, password_hash, workers=workers)) as port:
            site = Site(port)
            site.warm_up()
            site.call("begin")
            before = site.call("end")["resident_mebibytes"]
            site.call("begin")
            site.log_in(PEOPLE)
            grown[workers] = site.call("end")["peak_mebibytes"] - before
            site.close()
    return grown


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values is below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio_of_neighbours(a: list[float], b: list[float]) -> float:
    """Return how many times a b is: the median over the rounds."""
    return statistics.median(two / one for one, two in zip(a, b, strict=True))


def main() -> None:
    """Measure and print."""
    from report import print_section
    from rows_of_log_ins import measure_log_ins

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    print_section(measure_log_ins(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
