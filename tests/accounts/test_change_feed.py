"""The feed of changes: what is remembered is believed as long as it is heard of, and no longer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from passport.accounts import change_feed as change_feed_module
from passport.accounts.principals import (
    ASKED_AGAIN_AFTER,
    OUTAGE_BRIDGED_FOR,
    SLOW_AFTER,
    STALE_AFTER,
    TRUSTED_FOR,
)
from passport.storage.change_rows import MOST_READ, note_change
from passport.storage.errors import DatabaseUnreachableError, StorageError
from passport.storage.failures import unreachable
from passport.storage.shared_tables import change_counter, change_log
from passport.storage.tables import sessions
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    BEN,
    change,
    count_rows,
    make_key,
    recognize,
    register,
)
from sqlalchemy import delete, event, update


class Machine:
    """One process of the farm: asks the store for what it does not remember, and counts that."""

    def __init__(self, house):
        self.house = house
        self.feed = house.accounts.change_feed
        self.down = False
        self.asked = 0
        event.listen(house.database.engine, "before_cursor_execute", self._count)
        run = house.database.run

        async def run_unless_down(function, *arguments):
            if self.down:
                raise unreachable()
            return await run(function, *arguments)

        house.database.run = run_unless_down

    def _count(self, _connection, _cursor, statement, *_):
        self.asked += statement.startswith("SELECT") and "token_sha256 =" in statement

    async def knows(self, who):
        principal = await self.house.sessions.recognize(who.token.reveal())
        return principal is not None

    def hear(self):
        """What the background does three times a second."""
        self.feed.poll()

    def lose(self):
        """The store cannot be asked any more, and the feed has noticed."""
        self.down = True
        reading = self.house.database.reading
        self.house.database.reading = lambda: (_ for _ in ()).throw(unreachable())
        with pytest.raises(StorageError):
            self.feed.poll()
        self._reading = reading

    def find(self):
        """The store is there again."""
        self.down = False
        self.house.database.reading = self._reading


@pytest.fixture
def here(open_house):
    machine = Machine(open_house())
    machine.hear()
    return machine


@pytest.fixture
def there(open_house):
    return open_house()


@pytest.fixture
async def ada(here):
    return await register(here.house)


class TestWhileItIsFresh:
    async def test_who_is_remembered_is_not_asked_about(self, here, ada, clock):
        assert await here.knows(ada)
        asked = here.asked
        for _ in range(20):
            clock.advance(seconds=1)
            here.hear()
            assert await here.knows(ada)
        assert here.asked == asked

    async def test_but_twice_a_minute_for_the_store_notes_who_was_seen(self, here, ada, clock):
        began = clock()
        while clock() < began + timedelta(minutes=10):
            here.hear()
            assert await here.knows(ada)
            clock.advance(seconds=1)
        assert here.asked == timedelta(minutes=10) / ASKED_AGAIN_AFTER
        (session,) = here.house.sign_out.list(ada.account.id)
        assert clock() - session.last_seen_at <= timedelta(minutes=1.5)

    @pytest.mark.parametrize(
        "act",
        [
            lambda there, who: there.sign_out.end(who.session, HERE),
            lambda there, who: there.sign_out.revoke_all(who.account.id, HERE),
            lambda there, who: there.accounts.leaving.delete(who.account.id, HERE),
            lambda there, who: change(there, who, state="disabled"),
        ],
        ids=["log-out", "everywhere", "deletion", "disabled"],
    )
    async def test_what_another_machine_ends_is_over_with_the_next_poll(
        self, here, there, ada, act
    ):
        assert await here.knows(ada)
        act(there, ada)
        assert await here.knows(ada), "for less than a second"
        here.hear()
        assert not await here.knows(ada)

    async def test_a_cancelled_account_is_limited_with_the_next_poll(self, here, there, ada):
        assert not (await here.house.sessions.recognize(ada.token.reveal())).limited
        change(there, ada, state="cancelled")
        here.hear()
        assert (await here.house.sessions.recognize(ada.token.reveal())).limited

    async def test_a_renewed_token_is_another_one_with_the_next_poll(self, here, there, ada):
        assert await here.knows(ada)
        with there.database.transaction() as connection:
            token = there.sessions.renew(connection, ada.session)
        here.hear()
        assert not await here.knows(ada)
        assert await here.house.sessions.recognize(token.reveal())

    @pytest.mark.parametrize("how", ["deleted", "rotated"])
    async def test_an_api_key(self, here, there, ada, how):
        row, key = make_key(here.house, ada)
        assert await recognize(here.house, key)
        keys = there.accounts.api_keys
        if how == "deleted":
            keys.delete(ada.account.id, [row.id], HERE)
        else:
            keys.rotate(ada.account.id, row.id, timedelta(0), HERE)
        here.hear()
        assert await recognize(here.house, key) is None

    async def test_others_stay_remembered(self, here, there, ada):
        ben = await register(here.house, BEN)
        assert [await here.knows(ada), await here.knows(ben)] == [True, True]
        there.sign_out.end(ada.session, HERE)
        here.hear()
        asked = here.asked
        assert await here.knows(ben)
        assert here.asked == asked

    async def test_an_end_that_a_use_has_put_off_since_is_not_taken_from_memory(
        self, here, ada, clock
    ):
        clock.advance(seconds=ada.session.idle_seconds - 20)
        here.hear()
        assert await here.knows(ada), "and it is noted in the store that it was seen"
        clock.advance(seconds=21)
        here.hear()
        assert await here.knows(ada)


class TestWhenItFallsBehind:
    async def test_without_it_a_second_is_believed_and_no_more(self, here, there, ada, clock):
        assert await here.knows(ada)
        there.sign_out.end(ada.session, HERE)
        clock.advance(seconds=TRUSTED_FOR.total_seconds())
        assert not await here.knows(ada)

    async def test_a_clock_that_is_set_back_makes_nothing_last_longer(
        self, here, there, ada, clock
    ):
        assert await here.knows(ada)
        here.hear()
        there.sign_out.end(ada.session, HERE)
        clock.advance(hours=-1)
        assert not await here.knows(ada)

    @pytest.mark.parametrize("how", ["trimmed", "too many", "an older copy"])
    async def test_what_it_cannot_read_any_more_makes_it_forget_everybody(
        self, here, there, ada, how, monkeypatch
    ):
        assert await here.knows(ada)
        if how == "too many":
            monkeypatch.setattr(change_feed_module, "MOST_READ", 2)
            with there.database.transaction() as connection:
                note_change(connection, "access", "x", "y", "z")
        there.sign_out.end(ada.session, HERE)
        with there.database.transaction() as connection:
            if how == "trimmed":
                connection.execute(delete(change_log))
            if how == "an older copy":
                connection.execute(delete(change_log))
                connection.execute(update(change_counter).values(value=-1))
        here.hear()
        assert not await here.knows(ada)
        assert MOST_READ == 1000

    @pytest.mark.parametrize("others", [1, 2, 3])
    async def test_advisory_a_log_that_goes_on_without_its_newest_changes_is_another_one(
        self, here, there, ada, others
    ):
        """A standby took over and had not heard of two changes; their numbers went to others.

        Between two polls, so that none of them fails.
        """
        with there.database.transaction() as connection:
            note_change(connection, "access", "x", "y")
        here.hear()
        assert await here.knows(ada)
        with there.database.transaction() as connection:
            connection.execute(delete(change_log))
            connection.execute(update(change_counter).values(value=0))
        there.sign_out.end(ada.session, HERE)
        for number in range(others - 1):
            with there.database.transaction() as connection:
                note_change(connection, "access", f"other {number}")
        here.hear()
        assert not await here.knows(ada)

    async def test_a_poll_that_hangs_counts_as_none(self, here, ada, clock):
        assert await here.knows(ada)
        here.house.accounts.change_feed._freshness.asking_since = clock()
        clock.advance(seconds=SLOW_AFTER.total_seconds() + 0.1)
        asked = here.asked
        assert await here.knows(ada), "from memory: asking would only be waiting"
        assert here.asked == asked

    async def test_a_revocation_between_the_question_and_the_memory_is_not_lost(
        self, here, there, ada
    ):
        memory = here.house.sessions._memory
        load = here.house.sessions._load

        def load_and_lose_time(token_sha256):
            known = load(token_sha256)
            there.sign_out.end(ada.session, HERE)
            here.hear()
            return known

        here.house.sessions._load = load_and_lose_time
        assert await here.knows(ada), "asked before it ended"
        assert not memory._remembered
        here.house.sessions._load = load
        assert not await here.knows(ada)


class TestWhileTheStoreCannotBeAsked:
    async def test_who_was_known_is_known_for_a_minute_and_stale_after_seconds(
        self, here, ada, clock
    ):
        assert await here.knows(ada)
        here.hear()
        here.lose()
        stale = []
        for _ in range(int(OUTAGE_BRIDGED_FOR.total_seconds())):
            principal = await here.house.sessions.recognize(ada.token.reveal())
            stale.append(principal.stale)
            clock.advance(seconds=1)
        fresh_seconds = int(STALE_AFTER.total_seconds())
        assert stale == [False] * fresh_seconds + [True] * (60 - fresh_seconds)
        with pytest.raises(DatabaseUnreachableError):
            await here.knows(ada)

    async def test_an_api_key_too(self, here, ada, clock):
        _, key = make_key(here.house, ada)
        await recognize(here.house, key)
        here.lose()
        clock.advance(seconds=50)
        assert (await recognize(here.house, key)).stale
        clock.advance(seconds=10)
        with pytest.raises(DatabaseUnreachableError):
            await recognize(here.house, key)

    async def test_who_was_not_known_is_not_nobody_but_unknown(self, here, ada):
        here.lose()
        with pytest.raises(DatabaseUnreachableError):
            await here.knows(ada)

    async def test_who_was_logged_out_here_is_not_brought_back(self, here, ada):
        assert await here.knows(ada)
        here.house.sign_out.end(ada.session, HERE)
        here.lose()
        with pytest.raises(DatabaseUnreachableError):
            await here.knows(ada)

    async def test_who_ran_out_stays_out(self, here, ada, clock):
        clock.advance(seconds=ada.session.idle_seconds - 59.5)
        with here.house.database.transaction() as connection:
            short = update(sessions).values(expires_at=clock() + timedelta(seconds=30))
            connection.execute(short)
        assert await here.knows(ada)
        here.lose()
        clock.advance(seconds=30)
        assert not await here.knows(ada)

    async def test_what_ended_meanwhile_is_over_as_soon_as_it_is_back(self, here, there, ada):
        assert await here.knows(ada)
        here.lose()
        there.sign_out.end(ada.session, HERE)
        assert await here.knows(ada), "nobody could tell us"
        here.find()
        here.hear()
        assert not await here.knows(ada)

    async def test_a_store_that_comes_back_may_be_a_copy_and_nothing_is_taken_over(
        self, here, there, ada
    ):
        """A standby that had not heard of the newest changes; its counter tells nothing of it."""
        assert await here.knows(ada)
        here.lose()
        with there.database.transaction() as connection:
            connection.execute(delete(sessions))
        here.find()
        here.hear()
        assert not await here.knows(ada)

    async def test_it_goes_on_by_itself(self, here, ada, monkeypatch, caplog):
        monkeypatch.setattr(change_feed_module, "POLL_EVERY_SECONDS", 0.01)
        freshness = here.feed._freshness
        here.lose()
        watch = asyncio.create_task(here.feed.watch())
        await asyncio.sleep(0.1)
        assert freshness.lost
        here.find()
        while freshness.lost:
            await asyncio.sleep(0.01)
        watch.cancel()
        assert await here.knows(ada)


async def test_the_log_is_kept_for_a_day(here, ada, clock):
    here.house.sign_out.end(ada.session, HERE)
    here.house.accounts.housekeeping.tidy()
    assert count_rows(here.house, change_log) == (1,)
    with here.house.database.transaction() as connection:
        connection.execute(update(change_log).values(at=clock() - timedelta(days=1, seconds=1)))
    here.house.accounts.housekeeping.tidy()
    assert count_rows(here.house, change_log) == (0,)
