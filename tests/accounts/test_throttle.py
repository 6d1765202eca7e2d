"""Buckets of tries: how many count, when the next one does, and what a refused one costs."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from passport.accounts.errors import TooManyTriesError
from passport.accounts.throttle import ALL_LIMITS, Limit, Try, count, give_back, spend
from passport.storage.tables import throttles
from passport.tests.backend.people import at_once, failures, successes
from sqlalchemy import func, select

MINUTE = timedelta(minutes=1)
THREE = Try(Limit("three", 3, MINUTE), "ada")
TWO = Try(Limit("two", 2, timedelta(seconds=10)))
ONE = Try(Limit("one", 1, MINUTE))


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def tried(store, clock):
    """Try now; return the seconds to wait, 0 when the try counts."""

    def attempt(*tries):
        try:
            count(store, clock(), *tries)
        except TooManyTriesError as error:
            return error.retry_after_seconds
        return 0

    return attempt


def back(store, *tries):
    with store.transaction() as connection:
        give_back(connection, *tries)


def left(tried, each) -> int:
    """Return how many more tries count, and use them up."""
    return next(number for number in itertools.count() if tried(each))


def test_a_bucket_has_so_many_tries_and_says_when_the_next_one_counts(tried):
    assert [tried(THREE) for _ in range(5)] == [0, 0, 0, 60, 60]


def test_it_gets_one_try_back_each_period(tried, clock):
    left(tried, THREE)
    for _ in range(3):
        clock.advance(seconds=59.999)
        assert tried(THREE) == 1
        clock.advance(seconds=0.001)
        assert [tried(THREE), tried(THREE)] == [0, 60]
    clock.advance(minutes=2)
    assert left(tried, THREE) == 2
    clock.advance(days=365)
    assert left(tried, THREE) == 3, "never more than a full bucket"


@pytest.mark.parametrize(
    ("passed", "wait"),
    [(0, 60), (0.001, 60), (0.5, 60), (0.999, 60), (1, 59), (1.001, 59), (58.5, 2), (59.9, 1)],
)
def test_what_it_says_to_wait_is_right_to_the_second_and_enough(tried, clock, passed, wait):
    left(tried, THREE)
    clock.advance(seconds=passed)
    assert tried(THREE) == wait
    clock.advance(seconds=wait)
    assert tried(THREE) == 0


def test_a_refused_try_costs_nothing(tried, clock):
    left(tried, THREE)
    for _ in range(50):
        assert tried(THREE)
    clock.now += MINUTE
    assert tried(THREE) == 0


def test_of_several_buckets_a_try_counts_against_each_or_against_none(tried, clock):
    assert [tried(THREE, TWO) for _ in range(3)] == [0, 0, 10]
    assert left(tried, THREE) == 1, "the third try cost it nothing"
    clock.advance(seconds=10)
    assert tried(THREE, TWO) == 50, "the longest wait of them"
    assert left(tried, TWO) == 1


def test_buckets_are_told_apart_by_limit_and_by_subject(tried):
    left(tried, THREE)
    assert tried(Try(THREE.limit, "ben")) == 0
    assert tried(Try(Limit("another", 3, MINUTE), "ada")) == 0
    assert tried(THREE)


def test_what_was_given_back_can_be_tried_again(tried, store):
    assert [tried(THREE), tried(THREE)] == [0, 0]
    back(store, THREE)
    assert left(tried, THREE) == 2


def test_giving_back_touches_these_buckets_alone_and_makes_none_fuller_than_full(tried, store):
    tried(THREE, TWO)
    for _ in range(5):
        back(store, THREE)
    assert (left(tried, THREE), left(tried, TWO)) == (3, 1)
    back(store, ONE)
    assert left(tried, ONE) == 1


def test_good_ones_that_are_given_back_never_use_a_bucket_up(tried, store):
    for _ in range(20):
        assert tried(THREE, ONE) == 0
        back(store, THREE, ONE)


def test_a_restart_refills_nothing(tried, open_store, clock):
    left(tried, THREE)
    with pytest.raises(TooManyTriesError):
        count(open_store(), clock(), THREE)


def test_it_counts_in_the_callers_transaction(store, clock, tried):
    with pytest.raises(ZeroDivisionError), store.transaction() as connection:
        for _ in range(3):
            spend(connection, clock(), THREE)
        raise ZeroDivisionError
    assert left(tried, THREE) == 3


@pytest.mark.parametrize(
    "back_by", [timedelta(seconds=1), MINUTE, 3 * MINUTE, timedelta(hours=1), timedelta(days=400)]
)
def test_advisory_a_clock_set_back_locks_nobody_out_for_longer_than_a_bucket_takes_to_fill(
    tried, clock, back_by
):
    """A refused try writes nothing: what the wrong clock has written must end by itself."""
    for limit, spent in ((THREE.limit, 1), (THREE.limit, 3), (TWO.limit, 2), (ONE.limit, 1)):
        each = Try(limit, f"spent {spent}")
        for _ in range(spent):
            assert tried(each) == 0
        clock.now -= back_by
        wait = timedelta(seconds=tried(each))
        assert wait <= limit.length
        clock.now += wait
        assert not wait or tried(each) == 0


def test_a_clock_set_back_by_a_moment_refills_nothing(tried, clock):
    left(tried, THREE)
    clock.advance(seconds=-5)
    assert tried(THREE) == 65


@pytest.mark.asvs("15.4.1")
@pytest.mark.parametrize("tries", [1, 10, 40])
def test_of_many_at_once_just_as_many_pass_as_there_are_tries(open_store, clock, tries):
    """Threat 13: the very first ones too, when there is no row yet to lock."""
    stores = [open_store() for _ in range(4)]
    both = (Try(Limit("many", tries, MINUTE)), Try(Limit("more", 50, MINUTE), "ada"))

    def trying(number):
        async def attempt():
            # Whoever names them the other way round waits for nobody who waits for them.
            count(stores[number % 4], clock(), *(both if number % 2 else both[::-1]))

        return attempt

    outcomes = at_once([trying(number) for number in range(64)])
    assert len(successes(outcomes)) == tries
    assert {type(each) for each in failures(outcomes)} == {TooManyTriesError}


def test_the_store_does_not_tell_whose_buckets_it_has(store, clock):
    count(store, clock(), Try(THREE.limit, "ada@example.org"), Try(THREE.limit, "203.0.113.0/24"))
    with store.reading() as connection:
        rows = connection.execute(select(throttles)).all()
    assert len(rows) == 2
    assert all(len(row.key_sha256) == 32 for row in rows)
    assert "ada" not in str(rows)


def test_a_refused_try_leaves_no_row_of_a_bucket_that_was_full(store, tried):
    left(tried, ONE)
    for number in range(10):
        assert tried(ONE, Try(THREE.limit, f"stranger {number}"))
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(throttles)).scalar() == 1


@pytest.mark.asvs("6.1.1")
def test_every_limit_has_a_name_of_its_own_and_lets_somebody_in_within_a_quarter_of_an_hour():
    assert len({limit.name for limit in ALL_LIMITS}) == len(ALL_LIMITS) >= 14
    for limit in ALL_LIMITS:
        assert limit.tries >= 1
        assert limit.period > timedelta(0)


@pytest.mark.asvs("6.3.1")
def test_guesses_at_one_account_are_slowed_down_well_before_the_hundredth():
    """OWASP ASVS 5.0, 6.3.1."""
    limits = {limit.name: limit for limit in ALL_LIMITS}
    assert limits["log-in to one account"].tries < 100
    assert limits["log-in to one account from one network"].tries <= 10
    assert limits["set-up code from one network"].tries <= 10
