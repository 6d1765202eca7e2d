"""The machine's clock jumps ahead or is set back: nobody is locked out for ever, and nothing that
is over is good again.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from passport.accounts.errors import (
    EmailOrPasswordWrongError,
    InvitationInvalidError,
    TokenInvalidError,
    TooManyTriesError,
)
from passport.accounts.external_errors import FlowInvalidError
from passport.accounts.invitations import find_good_invitation
from passport.accounts.throttle import FLOW_NETWORK, LOG_IN_ACCOUNT_HERE
from passport.composition import RETRY_AFTER, Composition
from passport.errors import UnavailableError
from passport.providers.errors import FlowExpiredError
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import LIFETIMES, House
from passport.tests.backend.people import (
    HERE,
    OTHER_PASSWORD,
    THERE,
    account_of,
    knows,
    log_in,
    make_key,
    principal_of,
    recognize,
    register,
)
from passport.tests.backend.post_office import read_token

YEAR = timedelta(days=365)
BASE = "https://comfy.example.org"
JUMPS = pytest.mark.parametrize("jump", [timedelta(minutes=5), YEAR, 10 * YEAR], ids=str)


@pytest.fixture
async def ada(mailing):
    return await register(mailing)


class TestSessions:
    @JUMPS
    async def test_a_clock_that_goes_ahead_for_a_while_costs_nobody_a_session(
        self, mailing, ada, clock, jump
    ):
        clock.now += jump
        await knows(mailing, ada)
        clock.now -= jump
        assert await knows(mailing, ada) == [True]

    @JUMPS
    async def test_a_clock_that_is_set_back_ends_no_log_in_for_ever(
        self, mailing, ada, clock, jump
    ):
        clock.now -= jump
        assert await knows(mailing, await log_in(mailing)) == [True]

    async def test_what_began_under_a_clock_that_went_ahead_lasts_no_longer_for_it(
        self, mailing, ada, clock
    ):
        clock.now += YEAR
        from_ahead = await log_in(mailing)
        clock.now -= YEAR
        assert await knows(mailing, from_ahead) == [False]
        assert mailing.sessions.find_living([from_ahead.session.id]) == set()
        assert await knows(mailing, await log_in(mailing)) == [True]

    async def test_a_use_that_was_noted_ahead_does_not_put_off_the_idle_end(
        self, mailing, ada, clock
    ):
        ahead = timedelta(seconds=LIFETIMES.idle_seconds - 60)
        clock.now += ahead
        assert await knows(mailing, ada) == [True]
        clock.now -= ahead
        clock.advance(minutes=1)
        assert await knows(mailing, ada) == [True]
        clock.advance(seconds=LIFETIMES.idle_seconds)
        assert await knows(mailing, ada) == [False]

    @JUMPS
    async def test_a_revocation_elsewhere_counts_though_the_clock_was_set_back(
        self, mailing, ada, clock, open_sqlite, jump
    ):
        key = make_key(mailing, ada)[1]
        assert await knows(mailing, ada) == [True]
        assert await recognize(mailing, key)
        elsewhere = House(open_sqlite(), ComfyInMemory(), clock)
        elsewhere.sign_out.revoke_all(ada.account.id, THERE)
        ids = [row.id for row in elsewhere.accounts.api_keys.list(ada.account.id)]
        elsewhere.accounts.api_keys.delete(ada.account.id, ids, THERE)
        clock.now -= jump
        assert await knows(mailing, ada) == [False]
        assert await recognize(mailing, key) is None

    @JUMPS
    async def test_a_proof_of_the_person_counts_no_longer_for_it(self, mailing, ada, clock, jump):
        clock.now -= jump
        assert not mailing.accounts.reauthentication.is_fresh(ada.session)
        clock.now += jump + timedelta(minutes=10)
        assert not mailing.accounts.reauthentication.is_fresh(ada.session)


class TestThrottles:
    @JUMPS
    @pytest.mark.parametrize("sign", [1, -1], ids=["ahead", "back"])
    async def test_whoever_is_made_to_wait_waits_no_longer_than_the_bucket_takes(
        self, mailing, ada, clock, jump, sign
    ):
        with pytest.raises(TooManyTriesError):
            for _ in range(LOG_IN_ACCOUNT_HERE.tries + 1):
                with pytest.raises(EmailOrPasswordWrongError):
                    await log_in(mailing, password=OTHER_PASSWORD)
        clock.now += sign * jump
        clock.now += LOG_IN_ACCOUNT_HERE.length
        assert await log_in(mailing)


class TestTokens:
    @JUMPS
    async def test_one_that_was_used_is_not_good_again(self, mailing, ada, clock, jump):
        token = mailing.accounts.recovery.make(ada.account.id, None, HERE).token.reveal()
        await mailing.accounts.recovery.confirm(token, OTHER_PASSWORD, HERE)
        clock.now -= jump
        with pytest.raises(TokenInvalidError):
            await mailing.accounts.recovery.confirm(token, "something else entirely", HERE)

    async def test_one_that_was_made_ahead_is_no_good_for_years(self, mailing, ada, clock):
        clock.now += YEAR
        token = mailing.accounts.recovery.make(ada.account.id, None, HERE).token.reveal()
        clock.now -= YEAR
        with pytest.raises(TokenInvalidError):
            await mailing.accounts.recovery.confirm(token, OTHER_PASSWORD, HERE)
        good = mailing.accounts.recovery.make(ada.account.id, None, HERE).token.reveal()
        await mailing.accounts.recovery.confirm(good, OTHER_PASSWORD, HERE)


class TestWhatBeganUnderAClockThatWentAhead:
    """Once the clock is right, it is over: else it would be good for as long on top."""

    async def test_a_flow(self, mailing, clock):
        flows = mailing.accounts.flows
        clock.now += YEAR
        begun = flows.plan(timedelta(minutes=10))
        flows.begin(begun, {})
        assert flows.look_at(begun.id, begun.secret) == {}
        clock.now -= YEAR
        with pytest.raises(FlowExpiredError):
            flows.take(begun.id, begun.secret)

    async def test_a_ticket(self, mailing, ada, clock):
        tickets, principal = mailing.accounts.tickets, principal_of(ada)
        assert tickets.take(tickets.give(principal).reveal())
        clock.now += YEAR
        ticket = tickets.give(principal)
        clock.now -= YEAR
        assert tickets.take(ticket.reveal()) is None

    async def test_an_invitation(self, mailing, ada, clock):
        clock.now += YEAR
        _, code = mailing.accounts.invitations.make(None, 7, ada.account.id, HERE)
        clock.now -= YEAR
        with pytest.raises(InvitationInvalidError), mailing.database.reading() as connection:
            find_good_invitation(connection, clock(), code.reveal(), None)

    async def test_the_overlap_of_a_key_that_was_rotated(self, mailing, ada, clock):
        row, old = make_key(mailing, ada)
        clock.now += YEAR
        rotate = mailing.accounts.api_keys.rotate
        _, new = rotate(ada.account.id, row.id, timedelta(days=1), HERE)
        assert await recognize(mailing, old)
        clock.now -= YEAR
        mailing.accounts.api_keys.forget(ada.account.id)
        assert await recognize(mailing, old) is None
        assert await recognize(mailing, new)


class TestFlows:
    @JUMPS
    async def test_one_that_was_finished_is_not_good_again(self, mailing, clock, jump):
        flows = mailing.accounts.flows
        begun = flows.plan(timedelta(minutes=10))
        flows.begin(begun, {})
        flows.take(begun.id, begun.secret)
        clock.now -= jump
        with pytest.raises(FlowInvalidError):
            flows.look_at(begun.id, begun.secret)

    @JUMPS
    async def test_another_one_can_always_be_begun(self, mailing, clock, jump):
        flows = mailing.accounts.flows
        for step in (jump, -2 * jump, jump):
            clock.now += step + FLOW_NETWORK.length
            flows.count("203.0.113.0/24")
            begun = flows.plan(timedelta(minutes=10))
            flows.begin(begun, {})
            assert flows.may_poll(begun.id, timedelta(seconds=5))
            clock.advance(seconds=5)
            assert flows.may_poll(begun.id, timedelta(seconds=5))
            assert flows.take(begun.id, begun.secret) == {}


class TestLetters:
    @JUMPS
    async def test_one_that_was_put_off_is_sent_though_the_clock_was_set_back(
        self, mailing, ada, clock, jump
    ):
        mailing.post_office.put_off()
        assert await mailing.deliver() == []
        mailing.post_office.problem = None
        clock.now -= jump
        clock.advance(hours=14)  # longer than any pause between two attempts
        (letter,) = await mailing.deliver()
        clock.advance(minutes=1)
        mailing.accounts.verification.confirm(read_token(letter), HERE)
        assert account_of(mailing, ada).email_verified_at

    async def test_a_jump_ahead_within_its_days_loses_none(self, mailing, ada, clock):
        clock.advance(hours=47)
        assert len(await mailing.deliver()) == 1


class TestPurge:
    async def test_a_day_that_comes_again_purges_nobody_twice_and_nobody_early(
        self, mailing, ada, clock
    ):
        mailing.accounts.leaving.cancel(ada.account.id, ada.session.id, HERE)
        clock.now -= YEAR
        mailing.accounts.purge.run()
        assert account_of(mailing, ada).state == "cancelled"
        clock.now += YEAR
        mailing.accounts.purge.run()
        assert account_of(mailing, ada).state == "cancelled"
        mailing.accounts.leaving.reactivate(ada.account.id, HERE)
        clock.now += YEAR
        mailing.accounts.purge.run()
        assert account_of(mailing, ada).state == "active"


def test_a_server_that_could_not_start_tries_again_though_the_clock_was_set_back(clock):
    builds = []

    def build():
        builds.append(1)
        raise UnavailableError("Not today.")

    composition = Composition(build, clock)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            composition.get()
    assert len(builds) == 1
    clock.now -= YEAR
    clock.now += RETRY_AFTER
    with pytest.raises(UnavailableError):
        composition.get()
    assert len(builds) == 2
