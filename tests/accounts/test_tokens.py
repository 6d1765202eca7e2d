"""One-time tokens: for one purpose, once, for a while."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from passport.accounts.errors import TokenInvalidError
from passport.accounts.tokens import (
    LIFETIMES,
    TOKEN_LENGTH_BYTES,
    check_token,
    issue_token,
    use_token,
)
from passport.storage.account_rows import add_account, delete_account
from passport.storage.tables import one_time_tokens
from passport.storage.token_rows import delete_expired_tokens, delete_tokens
from passport.tests.backend.people import ADA, at_once, failures, successes
from sqlalchemy import select

PURPOSES = sorted(LIFETIMES)


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def ada(store, clock):
    with store.transaction() as connection:
        return add_account(connection, "Ada", ADA, clock()).id


@pytest.fixture
def issue(store, ada, clock):
    def give(purpose, account_id=ada):
        with store.transaction() as connection:
            return issue_token(connection, clock(), purpose, account_id, ADA, "stamp").reveal()

    return give


@pytest.fixture
def use(store, clock):
    def take(purpose, token, database=store):
        with database.transaction() as connection:
            return use_token(connection, clock(), purpose, token)

    return take


@pytest.fixture
def refuses(use):
    def check(purpose, token):
        with pytest.raises(TokenInvalidError, match="Ask for a new one"):
            use(purpose, token)

    return check


@pytest.mark.asvs("6.5.1")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_says_what_it_was_made_for_and_is_good_once(issue, use, refuses, ada, clock, purpose):
    token = issue(purpose)
    row = use(purpose, f" {token}\n")
    assert (row.account_id, row.purpose, row.email, row.stamp) == (ada, purpose, ADA, "stamp")
    assert row.expires_at == clock() + LIFETIMES[purpose]
    refuses(purpose, token)


@pytest.mark.asvs("9.2.2")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_advisory_for_another_purpose_it_is_unknown(issue, use, refuses, purpose):
    token = issue(purpose)
    for other in PURPOSES:
        if other != purpose:
            refuses(other, token)
    use(purpose, token)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_is_good_until_the_last_moment(issue, use, refuses, clock, purpose):
    first, second = issue(purpose), issue(purpose)
    clock.now += LIFETIMES[purpose] - timedelta(milliseconds=1)
    use(purpose, first)
    clock.advance(milliseconds=1)
    refuses(purpose, second)


def test_looking_at_it_does_not_use_it_up(store, issue, use, clock):
    token = issue(PURPOSES[0])
    for _ in range(3):
        with store.reading() as connection:
            check_token(connection, clock(), PURPOSES[0], token)
    use(PURPOSES[0], token)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.swapcase(),
        lambda token: hashlib.sha256(token.encode()).hexdigest(),
        lambda token: "\0" + token,
        lambda token: "\u2603" * 43,
    ],
    ids=range(7),
)
def test_advisory_a_forged_token_is_good_for_nothing(issue, use, refuses, forge):
    token = issue(PURPOSES[0])
    refuses(PURPOSES[0], forge(token))
    use(PURPOSES[0], token)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_clock_set_back_does_not_keep_it_good_for_ever(issue, use, refuses, clock, purpose):
    early, late = issue(purpose), issue(purpose)
    clock.now -= LIFETIMES[purpose]
    use(purpose, early)
    clock.advance(milliseconds=-1)
    refuses(purpose, late)


@pytest.mark.asvs("6.5.2", "11.2.3")
def test_it_has_256_random_bits_and_the_store_has_none_of_them(store, issue):
    tokens = [issue(PURPOSES[0]) for _ in range(20)]
    assert TOKEN_LENGTH_BYTES * 8 == 256
    assert len(set(tokens)) == 20
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in tokens)
    with store.reading() as connection:
        rows = str(connection.execute(select(one_time_tokens)).all())
    assert not any(token in rows for token in tokens)


def test_voiding_takes_those_of_one_account_of_one_purpose_or_all(
    store, ada, issue, use, refuses, clock
):
    with store.transaction() as connection:
        ben = add_account(connection, "Ben", None, clock()).id
    tokens = {purpose: issue(purpose) for purpose in PURPOSES}
    bens = issue(PURPOSES[0], ben)
    with store.transaction() as connection:
        delete_tokens(connection, ada, PURPOSES[1])
    refuses(PURPOSES[1], tokens[PURPOSES[1]])
    use(PURPOSES[2], tokens[PURPOSES[2]])
    with store.transaction() as connection:
        delete_tokens(connection, ada)
    refuses(PURPOSES[0], tokens[PURPOSES[0]])
    assert use(PURPOSES[0], bens).account_id == ben


def test_tokens_go_with_their_account_and_when_they_have_expired(store, issue, refuses, ada, clock):
    token = issue(PURPOSES[0])
    with store.transaction() as connection:
        delete_expired_tokens(connection, clock() + LIFETIMES[PURPOSES[0]] - timedelta(seconds=1))
    issue(PURPOSES[1])
    with store.transaction() as connection:
        delete_account(connection, ada)
    refuses(PURPOSES[0], token)
    with store.reading() as connection:
        assert connection.execute(select(one_time_tokens)).all() == []


@pytest.mark.asvs("2.3.4")
def test_of_many_uses_at_once_one_succeeds(open_store, issue, use):
    stores = [open_store() for _ in range(4)]
    for purpose in PURPOSES:
        token = issue(purpose)

        def using(number, purpose=purpose, token=token):
            async def take():
                return use(purpose, token, stores[number % 4])

            return take

        outcomes = at_once([using(number) for number in range(64)])
        assert len(successes(outcomes)) == 1
        assert {type(each) for each in failures(outcomes)} == {TokenInvalidError}
