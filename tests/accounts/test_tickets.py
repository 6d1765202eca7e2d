"""Tickets for addresses that cannot carry a header: once, and for half a minute."""

from __future__ import annotations

import pytest
from passport.accounts import tickets as tickets_module
from passport.accounts.principals import Principal
from passport.accounts.tickets import LIFETIME, Tickets
from passport.tests.backend.people import at_once

ADA = Principal("ada", limited=False)
BEN = Principal("ben", limited=True)


@pytest.fixture
def tickets(clock):
    return Tickets(clock)


def test_a_ticket_stands_once_for_whom_it_was_given(tickets):
    first, second = tickets.give(ADA), tickets.give(BEN)
    assert tickets.take(second.reveal()) is BEN
    assert tickets.take(first.reveal()) is ADA
    assert tickets.take(first.reveal()) is None


@pytest.mark.parametrize(("early", "good"), [(0.001, True), (0, False), (-60, False)])
def test_it_is_good_for_thirty_seconds_and_not_after(tickets, clock, early, good):
    ticket = tickets.give(ADA)
    assert LIFETIME.total_seconds() == 30
    clock.advance(seconds=30 - early)
    assert (tickets.take(ticket.reveal()) is ADA) is good


@pytest.mark.parametrize("made_up", ["", "x", "x" * 100_000, "\0"])
def test_one_that_was_never_given_stands_for_nobody(tickets, made_up):
    tickets.give(ADA)
    assert tickets.take(made_up) is None


def test_tickets_cannot_be_guessed_and_fit_into_an_address(tickets):
    given = [tickets.give(ADA).reveal() for _ in range(100)]
    assert len(set(given)) == 100
    assert all(
        len(each) == 32 and each.replace("-", "").replace("_", "").isalnum() for each in given
    )


@pytest.mark.asvs("2.3.4", "15.4.1")
def test_of_many_who_show_one_ticket_at_once_one_gets_in(tickets):
    ticket = tickets.give(ADA).reveal()

    async def take():
        return tickets.take(ticket)

    taken = at_once([take] * 16)
    assert [each for each in taken if each] == [ADA]


def test_those_that_wait_are_bounded_and_the_oldest_goes(tickets, monkeypatch):
    monkeypatch.setattr(tickets_module, "MOST_WAITING", 2)
    oldest, *others = [tickets.give(ADA).reveal() for _ in range(3)]
    assert tickets.take(oldest) is None
    assert all(tickets.take(each) for each in others)


def test_another_process_knows_none_of_them(tickets, clock):
    assert Tickets(clock).take(tickets.give(ADA).reveal()) is None
