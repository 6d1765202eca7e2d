"""Cancelled accounts go on their day, are told before, and not if they come back."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest
from passport.accounts import purge as purge_module
from passport.accounts.errors import AccountMissingError
from passport.accounts.purge import REMINDED_BEFORE
from passport.settings import Settings
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    account_of,
    actions,
    at_once,
    change,
    failures,
    knows,
    log_in,
    make_key,
    recognize,
    register,
)

DAYS = timedelta(days=Settings().cancelled_account_days)
MOMENT = timedelta(milliseconds=1)


def cancel(house, who):
    house.accounts.leaving.cancel(who.account.id, who.session.id, HERE)


@pytest.fixture
async def ada(mailing):
    signed_in = await register(mailing)
    cancel(mailing, signed_in)
    await mailing.deliver()
    return signed_in


async def test_it_goes_on_its_day_and_not_a_moment_before(mailing, ada, clock):
    clock.now += DAYS - MOMENT
    mailing.accounts.purge.run()
    assert account_of(mailing, ada)
    clock.now += MOMENT
    mailing.accounts.purge.run()
    assert account_of(mailing, ada) is None
    assert actions(mailing) == ["account_deleted"]
    mailing.accounts.purge.run()
    assert actions(mailing) == ["account_deleted"]


async def test_what_knew_it_in_memory_forgets_it_at_once(mailing, ada, clock):
    _, key = make_key(mailing, ada)
    clock.now += DAYS
    limited = await log_in(mailing)
    assert await knows(mailing, limited) == [True]
    assert await recognize(mailing, key)
    mailing.accounts.purge.run()
    assert await knows(mailing, limited) == [False]
    assert await recognize(mailing, key) is None


async def test_a_server_that_was_off_on_the_day_does_it_when_it_is_back(
    mailing, ada, open_sqlite, comfy, clock
):
    mailing.database.close()
    clock.now += DAYS * 3
    restarted = House(open_sqlite(), comfy, clock)
    restarted.accounts.purge.run()
    assert account_of(restarted, ada) is None


async def test_whoever_comes_back_stays(mailing, ada, clock):
    mailing.accounts.leaving.reactivate(ada.account.id, HERE)
    clock.now += DAYS * 2
    mailing.accounts.purge.run()
    assert account_of(mailing, ada).state == "active"


async def test_a_second_cancellation_counts_from_its_own_day(mailing, ada, clock):
    clock.now += DAYS - timedelta(days=1)
    mailing.accounts.leaving.reactivate(ada.account.id, HERE)
    cancel(mailing, await log_in(mailing))
    clock.now += timedelta(days=1)
    mailing.accounts.purge.run()
    assert account_of(mailing, ada).purge_at == clock() - timedelta(days=1) + DAYS


@pytest.mark.parametrize("state", ["active", "disabled"])
async def test_only_cancelled_accounts_go_whatever_day_stands_there(mailing, ada, clock, state):
    change(mailing, ada, state=state)
    clock.now += DAYS * 2
    mailing.accounts.purge.run()
    assert account_of(mailing, ada)


async def test_the_owner_says_how_many_days(database, comfy, clock):
    house = House(database, comfy, clock, cancelled_account_days=7)
    ada = await register(house)
    cancel(house, ada)
    assert account_of(house, ada).purge_at == clock() + timedelta(days=7)


class TestTheReminder:
    async def test_it_comes_once_three_days_before(self, mailing, ada, clock):
        assert timedelta(days=3) == REMINDED_BEFORE
        day = account_of(mailing, ada).purge_at
        clock.now = day - REMINDED_BEFORE - MOMENT
        mailing.accounts.purge.run()
        assert await mailing.deliver() == []
        clock.now += MOMENT
        mailing.accounts.purge.run()
        (letter,) = await mailing.deliver()
        assert letter.recipient == ADA
        assert f"{day:%Y-%m-%d %H:%M} UTC" in letter.text
        clock.advance(hours=1)
        mailing.accounts.purge.run()
        assert await mailing.deliver() == []

    async def test_it_comes_again_for_another_cancellation(self, mailing, ada, clock):
        clock.now += DAYS - timedelta(days=1)
        mailing.accounts.purge.run()
        assert len(await mailing.deliver()) == 1
        mailing.accounts.leaving.reactivate(ada.account.id, HERE)
        cancel(mailing, await log_in(mailing))
        await mailing.deliver()
        clock.now += DAYS - timedelta(days=1)
        mailing.accounts.purge.run()
        assert len(await mailing.deliver()) == 1

    async def test_whoever_goes_today_gets_none(self, mailing, ada, clock):
        clock.now += DAYS
        mailing.accounts.purge.run()
        assert await mailing.deliver() == []
        assert account_of(mailing, ada) is None

    def test_several_machines_send_one(self, open_house, post_office, clock):
        houses = [open_house(post_office), open_house(post_office)]
        (ada,) = at_once([lambda: register(houses[0])])
        cancel(houses[0], ada)
        at_once([houses[0].deliver])
        post_office.letters.clear()
        clock.now += DAYS - timedelta(days=1)

        def running(house):
            async def run():
                house.accounts.purge.run()

            return run

        assert failures(at_once([running(house) for house in houses * 2])) == []
        at_once([houses[0].deliver])
        assert len(post_office.letters) == 1


async def test_the_only_owner_stays_while_others_are_there(mailing, ada, clock, caplog):
    """They came after the cancellation."""
    ben = await register(mailing, BEN)
    clock.now += DAYS
    with caplog.at_level(logging.WARNING):
        mailing.accounts.purge.run()
    assert account_of(mailing, ada).state == "cancelled"
    assert "only owner" in caplog.text
    mailing.accounts.people.make_owner(ben.account.id, HERE)
    mailing.accounts.purge.run()
    assert account_of(mailing, ada) is None


async def test_whoever_came_back_since_the_list_was_made_stays(mailing, ada, clock, monkeypatch):
    clock.now += DAYS
    listed = purge_module.list_to_purge

    def list_then_reactivate(*arguments):
        due = listed(*arguments)
        monkeypatch.setattr(purge_module, "list_to_purge", listed)
        mailing.accounts.leaving.reactivate(ada.account.id, HERE)
        return due

    monkeypatch.setattr(purge_module, "list_to_purge", list_then_reactivate)
    mailing.accounts.purge.run()
    assert account_of(mailing, ada).state == "active"


def test_advisory_a_reactivation_in_the_last_moment_is_not_overrun(open_house, clock, monkeypatch):
    """On PostgreSQL it slipped in between the purge's look at the account and its deletion."""
    houses = [open_house(), open_house()]
    (ada,) = at_once([lambda: register(houses[0])])
    cancel(houses[0], ada)
    clock.now += DAYS
    outcomes, find = [], purge_module.find_account

    def reactivate():
        try:
            outcomes.append(houses[1].accounts.leaving.reactivate(ada.account.id, HERE))
        except AccountMissingError as error:
            outcomes.append(error)

    thread = threading.Thread(target=reactivate)

    def find_and_be_overtaken(*arguments):
        found = find(*arguments)
        thread.start()
        thread.join(0.3)
        return found

    monkeypatch.setattr(purge_module, "find_account", find_and_be_overtaken)
    houses[0].accounts.purge.run()
    thread.join()
    assert [type(each) for each in outcomes] == [AccountMissingError], (
        "it waited, and came too late"
    )
    assert account_of(houses[0], ada) is None
