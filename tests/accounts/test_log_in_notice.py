"""A log-in from somewhere new is told by mail: once, and only where it is news."""

from __future__ import annotations

import pytest
from passport.audit.clients import Client
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import ADA, BEN, log_in, register
from passport.tests.backend.post_office import read_token

FIREFOX = HERE.user_agent
THERE = Client("198.51.100.9", "Mozilla/5.0 (Windows NT 10.0) Chrome/129.0 Safari/537.36")
BASE = "https://comfy.example.org"
LETTER = """\
Hello,

somebody has logged in to your account on comfy.example.org from a browser or network that was not used for it before.

It happened on 2026-11-23 02:00 UTC, from 198.51.100.9, with Chrome on Windows.

If this was you, all is well.

If this was not you: log in, change your password and the other ways in, and log out everywhere, all under “Security” and “Sessions”. If you cannot log in any more, ask for a new password with “Forgot password?”, or tell the owner of the server.

-- 
Sent by Passport, which looks after the accounts on comfy.example.org.
"""  # noqa: E501, W291  # a letter has its lines as they are, and two dashes and a space


async def make_ada(house, verified=True):
    await register(house, ADA)
    letters = await house.deliver()
    if verified:
        house.accounts.verification.confirm(read_token(letters[-1]), HERE)


async def told(house, client):
    await log_in(house, ADA, client=client)
    return await house.deliver()


@pytest.mark.asvs("6.3.5")
async def test_the_letter_says_when_from_where_and_what_to_do(mailing):
    await make_ada(mailing)
    (letter,) = await told(mailing, THERE)
    assert letter.recipient == ADA
    assert letter.subject == "A new log-in to your account on comfy.example.org"
    assert letter.text == LETTER


async def test_the_same_browser_in_the_same_network_is_no_news(mailing):
    await make_ada(mailing)
    assert len(await told(mailing, THERE)) == 1
    again = Client("198.51.100.77", THERE.user_agent.replace("129", "130"))
    assert await told(mailing, again) == []


@pytest.mark.parametrize(
    "client", [Client(HERE.address, THERE.user_agent), Client(THERE.address, FIREFOX)]
)
async def test_another_browser_is_and_so_is_another_network(mailing, client):
    await make_ada(mailing)
    assert len(await told(mailing, client)) == 1


async def test_the_first_log_in_is_none(mailing):
    await make_ada(mailing)
    assert await told(mailing, HERE) == []


async def test_what_other_people_have_used_is_new_to_ada(mailing):
    await make_ada(mailing)
    await register(mailing, BEN, client=THERE)
    await mailing.deliver()
    assert [letter.recipient for letter in await told(mailing, THERE)] == [ADA]


async def test_an_address_that_nobody_has_confirmed_gets_none(mailing):
    await make_ada(mailing, verified=False)
    assert await told(mailing, THERE) == []


async def test_the_owner_can_turn_it_off(database, comfy, clock, post_office):
    house = House(database, comfy, clock, post_office, log_in_notices=False, public_url=BASE)
    await make_ada(house)
    assert await told(house, THERE) == []


async def test_without_mail_nothing_waits(house):
    await register(house, ADA)
    await log_in(house, ADA, client=THERE)
    assert house.accounts.outbox.describe().waiting == 0
