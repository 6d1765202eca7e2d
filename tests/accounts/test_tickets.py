"""Tickets for addresses that cannot carry a header: once, and for half a minute."""

from __future__ import annotations

import pytest
from passport.accounts.principals import Principal
from passport.accounts.tickets import LIFETIME
from passport.storage.shared_tables import tickets as stored
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    BEN,
    at_once,
    change,
    count_rows,
    make_key,
    principal_of,
    recognize,
    register,
)


@pytest.fixture
async def ada(house):
    return await register(house)


@pytest.fixture
def tickets(house):
    return house.accounts.tickets


async def test_a_ticket_stands_once_for_whom_it_was_given(house, tickets, ada):
    ben = await register(house, BEN)
    first, second = tickets.give(principal_of(ada)), tickets.give(principal_of(ben))
    assert tickets.take(second.reveal()) == principal_of(ben)
    assert tickets.take(first.reveal()) == principal_of(ada)
    assert tickets.take(first.reveal()) is None


async def test_one_of_an_api_key_may_do_what_the_key_may(house, tickets, ada):
    _, key = make_key(house, ada, scopes=("run",))
    program = await recognize(house, key)
    assert tickets.take(tickets.give(program).reveal()) == program


@pytest.mark.parametrize(("early", "good"), [(0.001, True), (0, False), (-60, False)])
def test_it_is_good_for_thirty_seconds_and_not_after(tickets, ada, clock, early, good):
    ticket = tickets.give(principal_of(ada))
    assert LIFETIME.total_seconds() == 30
    clock.advance(seconds=30 - early)
    assert (tickets.take(ticket.reveal()) is not None) is good


@pytest.mark.parametrize("made_up", ["", "x", "x" * 100_000, "\0"])
def test_one_that_was_never_given_stands_for_nobody(tickets, ada, made_up):
    tickets.give(principal_of(ada))
    assert tickets.take(made_up) is None


def test_tickets_cannot_be_guessed_and_fit_into_an_address(tickets, ada):
    given = [tickets.give(principal_of(ada)).reveal() for _ in range(100)]
    assert len(set(given)) == 100
    assert all(
        len(each) == 32 and each.replace("-", "").replace("_", "").isalnum() for each in given
    )


def test_of_many_who_show_one_ticket_at_once_one_gets_in(tickets, ada):
    ticket = tickets.give(principal_of(ada)).reveal()

    async def take():
        return tickets.take(ticket)

    taken = at_once([take] * 16)
    assert [each for each in taken if each] == [principal_of(ada)]


async def test_one_machine_takes_what_another_gave(open_house):
    here, there = open_house(), open_house()
    ada = principal_of(await register(here))
    ticket = here.accounts.tickets.give(ada).reveal()
    assert there.accounts.tickets.take(ticket) == ada
    assert here.accounts.tickets.take(ticket) is None


class TestWhatEndsMeanwhile:
    """Whoever logs out leaves no ticket behind."""

    async def test_the_session(self, house, tickets, ada):
        ticket = tickets.give(principal_of(ada))
        house.sign_out.end(ada.session, HERE)
        assert tickets.take(ticket.reveal()) is None

    async def test_the_api_key(self, house, tickets, ada):
        row, key = make_key(house, ada)
        ticket = tickets.give(await recognize(house, key))
        house.accounts.api_keys.delete(ada.account.id, [row.id], HERE)
        assert tickets.take(ticket.reveal()) is None

    @pytest.mark.parametrize("state", ["cancelled", "disabled"])
    async def test_the_account_is_active_no_more(self, house, tickets, ada, state):
        _, key = make_key(house, ada)
        given = [tickets.give(principal_of(ada)), tickets.give(await recognize(house, key))]
        change(house, ada, state=state)
        assert [tickets.take(each.reveal()) for each in given] == [None, None]

    async def test_the_session_runs_out_unused(self, house, tickets, ada, clock):
        clock.advance(seconds=ada.session.idle_seconds - 1)
        ticket = tickets.give(principal_of(ada))
        clock.advance(seconds=1)
        assert tickets.take(ticket.reveal()) is None


def test_one_of_neither_session_nor_key_stands_for_nobody(tickets, ada):
    ticket = tickets.give(Principal(ada.account.id, limited=False))
    assert tickets.take(ticket.reveal()) is None


async def test_those_that_nobody_used_go(house, tickets, ada, clock):
    tickets.give(principal_of(ada))
    clock.advance(seconds=LIFETIME.total_seconds())
    tickets.give(principal_of(ada))
    house.accounts.housekeeping.tidy()
    assert count_rows(house, stored) == (1,)
