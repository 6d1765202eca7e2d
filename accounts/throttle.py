"""Buckets of tries that refill with time; kept in the store, so a restart refills nothing.

Each bucket is one instant, at which it will be full again (the generic cell rate algorithm): a
try moves it one period on, and is refused when that would be more than `tries` periods away. A
refused try costs nothing, so nobody keeps another person out by hammering; what succeeds is
given back, so that an office behind one address does not lock itself out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..storage.database import Database
from ..storage.throttle_rows import add_buckets, read_buckets, write_buckets
from .errors import TooManyTriesError


@dataclass(frozen=True)
class Limit:
    """A bucket of `tries`, which gets one back each `period`."""

    name: str
    tries: int
    period: timedelta

    @property
    def length(self) -> timedelta:
        """How long an empty bucket takes to fill."""
        return self.period * self.tries


# OWASP ASVS 5.0, 6.3.1: fewer than 100 guesses at one account before they are slowed down.
LOG_IN_ACCOUNT_HERE = Limit("log-in to one account from one network", 10, timedelta(minutes=1))
LOG_IN_ACCOUNT = Limit("log-in to one account", 50, timedelta(minutes=2))
LOG_IN_NETWORK = Limit("log-in from one network", 60, timedelta(seconds=10))
LOG_IN_ALL = Limit("log-in", 600, timedelta(seconds=1))
API_KEY_NETWORK = Limit("API key from one network", 60, timedelta(seconds=10))
FLOW_NETWORK = Limit("log-in elsewhere from one network", 30, timedelta(seconds=20))
FLOW_ALL = Limit("log-in elsewhere", 300, timedelta(seconds=2))
HOSTED_NETWORK = Limit("log-in at Comfy from one network", 30, timedelta(seconds=20))
HOSTED_ADDRESS = Limit("log-in at Comfy with one address", 10, timedelta(minutes=1))
REGISTER_NETWORK = Limit("registration from one network", 20, timedelta(minutes=3))
REGISTER_ALL = Limit("registration", 200, timedelta(seconds=30))
SET_UP_NETWORK = Limit("set-up code from one network", 10, timedelta(minutes=1))
RESET_ADDRESS = Limit("password reset of one address", 3, timedelta(minutes=15))
RESET_NETWORK = Limit("password reset from one network", 20, timedelta(minutes=3))
RESET_ALL = Limit("password reset", 300, timedelta(seconds=10))
VERIFY_ADDRESS_SOON = Limit("verification mail, at once", 1, timedelta(minutes=1))
VERIFY_ADDRESS = Limit("verification mail", 5, timedelta(hours=1))
TOKEN_NETWORK = Limit("one-time token from one network", 60, timedelta(minutes=1))
REVEAL_ACCOUNT = Limit("reveal of one account's secret", 10, timedelta(minutes=5))
DELETION_NETWORK = Limit("deletion request from one network", 5, timedelta(minutes=30))
DELETION_ADDRESS = Limit("deletion request for one address", 5, timedelta(hours=1))
STRENGTH_NETWORK = Limit("password strength from one network", 240, timedelta(milliseconds=250))

ALL_LIMITS = tuple(value for value in globals().values() if isinstance(value, Limit))


@dataclass(frozen=True)
class Try:
    """One try counts against this bucket of this limit: of an account, a network, or of all."""

    limit: Limit
    subject: str = ""

    @property
    def key(self) -> bytes:
        """The bucket's name in the store, which tells nobody whose it is."""
        return hashlib.sha256(f"{self.limit.name}\0{self.subject}".encode()).digest()


def spend(connection: Connection, now: datetime, *tries: Try) -> None:
    """Count a try against each bucket, or against none. Raises TooManyTriesError."""
    keys = [each.key for each in tries]
    add_buckets(connection, keys, now)
    spent = read_buckets(connection, keys)
    after: dict[bytes, datetime] = {}
    wait = timedelta(0)
    for each in tries:
        after[each.key] = _spend_one(each.limit, spent.get(each.key, now), now)
        wait = max(wait, after[each.key] - now - each.limit.length)
    if wait > timedelta(0):
        raise TooManyTriesError(-(-wait // timedelta(seconds=1)))
    write_buckets(connection, after)


def _spend_one(limit: Limit, full_at: datetime, now: datetime) -> datetime:
    """Return when the bucket would be full again after one more try."""
    after = max(full_at, now) + limit.period
    # Nobody waits for longer than an empty bucket takes to fill: the clock was set back since,
    # and a refused try writes nothing that would mend it.
    return after if after - now <= 2 * limit.length else now + limit.period


def count(database: Database, now: datetime, *tries: Try) -> None:
    """Do what `spend` does, in a transaction of its own."""
    with database.transaction() as connection:
        spend(connection, now, *tries)


def give_back(connection: Connection, *tries: Try) -> None:
    """Take back what `spend` counted: the try was a good one."""
    spent = read_buckets(connection, [each.key for each in tries])
    periods = {each.key: each.limit.period for each in tries}
    write_buckets(connection, {key: at - periods[key] for key, at in spent.items()})
