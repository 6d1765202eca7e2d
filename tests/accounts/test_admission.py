"""Who may make an account, and who owns the server: every case in one table."""

from __future__ import annotations

import asyncio
import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from passport.accounts.admission import CODE_ALPHABET, Admission, Application, SetUpCode
from passport.accounts.email_addresses import make_email_key
from passport.accounts.errors import (
    InvitationInvalidError,
    InvitationNeededError,
    RegistrationClosedError,
    SetUpCodeNeededError,
    SetUpCodeWrongError,
    TooManyTriesError,
)
from passport.accounts.throttle import SET_UP_NETWORK
from passport.storage.account_rows import OWNER, USER, add_account
from passport.storage.tables import accounts, invitations
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import FROM_AFAR, HERE, ON_THE_MACHINE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    PASSWORD,
    account_of,
    at_once,
    count_rows,
    failures,
    log_in_with_key,
    register,
    successes,
)
from sqlalchemy import select

MODES = ("open", "invite", "closed")
PLACES = ("on the machine", "no code", "wrong code", "right code")
INVITATIONS = ("none", "good", "for this address", "for another address", "used", "expired")
GOOD = ("good", "for this address")


def expect(mode, owned, place, invitation):
    """Return the role of the new account, or why there is none. The rules once more."""
    if not owned:
        refusal = {"no code": SetUpCodeNeededError, "wrong code": SetUpCodeWrongError}
        return refusal.get(place, OWNER)
    if mode == "closed":
        return RegistrationClosedError
    if mode == "invite" and invitation == "none":
        return InvitationNeededError
    if mode == "invite" and invitation not in GOOD:
        return InvitationInvalidError
    return USER


def expect_with_key(mode, owned, place, invitation):
    """Return the same for somebody who brings an API key."""
    if owned or place == "on the machine":
        wanted = expect(mode, owned, place, invitation)
        # It has no address that an invitation could be for another one than.
        by_address = wanted is InvitationInvalidError and invitation == "for another address"
        return USER if by_address else wanted
    if mode == "closed":
        return RegistrationClosedError
    if mode == "invite" and invitation == "none":
        return InvitationNeededError
    if mode == "invite" and invitation in ("used", "expired"):
        return InvitationInvalidError
    return USER


class Case:
    """A server in one of these states, and what somebody shows who wants an account on it."""

    def __init__(self, house, clock, owned, place, invitation):
        self.house = house
        if owned:
            with house.database.transaction() as connection:
                add_account(connection, "Owner", None, clock(), OWNER)
        code = house.accounts.admission.set_up_code.text.reveal()
        self.application = Application(
            invitation=self.invite(invitation, clock),
            set_up_code={"right code": code, "wrong code": "ABCD-ABCD-ABCD-ABCD"}.get(place, ""),
            on_the_machine=place == "on the machine",
        )

    def invite(self, invitation, clock):
        if invitation == "none":
            return ""
        address = {"for this address": ADA.upper(), "for another address": BEN}.get(invitation)
        row, code = self.house.accounts.invitations.make(address, 7, None, HERE)
        if invitation == "used":
            self.house.accounts.invitations.take_back(row.id, None, HERE)
        if invitation == "expired":
            clock.now = row.expires_at
        return code.reveal()


TABLE = list(itertools.product(MODES, (False, True), PLACES, INVITATIONS))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("owned", [False, True], ids=["no owner", "an owner"])
async def test_registering_by_mail_address(open_sqlite, comfy, clock, mode, owned):
    await walk_through(open_sqlite(), comfy, clock, mode, owned, register, expect)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("owned", [False, True], ids=["no owner", "an owner"])
async def test_a_first_log_in_with_a_key(open_sqlite, comfy, clock, mode, owned):
    async def enter(house, application):
        return await log_in_with_key(house, KEY, application)

    await walk_through(open_sqlite(), comfy, clock, mode, owned, enter, expect_with_key)


async def walk_through(database, comfy, clock, mode, owned, enter, expecting):
    for place, invitation in itertools.product(PLACES, INVITATIONS):
        house = House(database, comfy, clock, registration=mode)
        with database.transaction() as connection:
            for table in (accounts, invitations):
                connection.execute(table.delete())
        case = Case(house, clock, owned, place, invitation)
        before = count_rows(house, accounts, invitations)
        wanted, told = expecting(mode, owned, place, invitation), (mode, owned, place, invitation)
        assert await find_end(enter(house, application=case.application)) == wanted, told
        made = isinstance(wanted, str)
        used = mode == "invite" and wanted == USER
        after = (before[0] + made, before[1] - used)
        assert count_rows(house, accounts, invitations) == after, told


async def find_end(entering):
    """Return the role that somebody got, or the kind of the refusal."""
    try:
        return (await entering).account.role
    except Exception as error:  # noqa: BLE001
        return type(error)


def test_the_rules_lead_to_every_end():
    ends = {expect(*row) for row in TABLE} | {expect_with_key(*row) for row in TABLE}
    assert len(ends) == 7


async def test_who_has_an_account_logs_in_with_the_key_whatever_the_mode_is_now(
    house, database, comfy, clock
):
    first = await log_in_with_key(house)
    closed = House(database, comfy, clock, registration="closed")
    again = await log_in_with_key(closed, KEY, FROM_AFAR)
    assert again.account.id == first.account.id
    with pytest.raises(RegistrationClosedError, match="PASSPORT_REGISTRATION"):
        await log_in_with_key(closed, OTHER_KEY, FROM_AFAR)


class TestTheSetUpCode:
    @pytest.mark.asvs("6.4.1")
    def test_it_has_nearly_80_random_bits_in_letters_that_nobody_mixes_up(self):
        codes = {SetUpCode().text.reveal() for _ in range(50)}
        assert len(codes) == 50
        assert all(re.fullmatch(r"\w{4}-\w{4}-\w{4}-\w{4}", code) for code in codes)
        assert len(CODE_ALPHABET) ** 16 > 2**77
        assert not set("01OIoil") & set(CODE_ALPHABET)

    @pytest.mark.parametrize(
        "change",
        [
            str,
            str.lower,
            lambda code: code.replace("-", ""),
            lambda code: code.replace("-", " "),
            lambda code: f" {code}\n",
            lambda code: code.replace("-", "\u2013"),
        ],
        ids=range(6),
    )
    def test_it_counts_however_it_is_typed(self, change):
        code = SetUpCode()
        assert code.matches(change(code.text.reveal()))

    @pytest.mark.parametrize("text", ["", " ", "-", "ABCD", "\0", "ß" * 16, "\U0001f511"])
    def test_anything_else_does_not(self, text):
        code = SetUpCode()
        assert not code.matches(text)
        assert not code.matches(code.text.reveal()[:-1])
        assert not code.matches(code.text.reveal() + "A")

    def test_each_start_has_another_one_and_it_does_not_show_itself(self, clock):
        codes = [Admission("open", clock).set_up_code for _ in range(2)]
        assert not codes[0].matches(codes[1].text.reveal())
        assert codes[0].text.reveal() not in repr(codes[0].text)

    async def test_advisory_guesses_are_counted_and_hold_off_nobody_elsewhere(self, house):
        """Threat 16: a stranger who guesses on and on does not keep the owner out."""
        guess = Application(set_up_code="ABCD-ABCD-ABCD-ABCD")
        right = replace(guess, set_up_code=house.accounts.admission.set_up_code.text.reveal())
        for _ in range(SET_UP_NETWORK.tries):
            with pytest.raises(SetUpCodeWrongError):
                await register(house, application=guess)
        for application in (guess, right):
            with pytest.raises(TooManyTriesError):
                await register(house, application=application)
        elsewhere = replace(HERE, address="198.51.100.7")
        signed_in = await register(house, application=right, client=elsewhere)
        assert signed_in.account.role == OWNER

    async def test_a_key_from_elsewhere_waits_for_no_owner_and_becomes_none(self, house):
        keyed = await log_in_with_key(house, KEY, FROM_AFAR)
        assert keyed.account.role == USER
        assert not house.accounts.people.has_owner()
        with pytest.raises(SetUpCodeNeededError, match="stands in the terminal"):
            await register(house, application=FROM_AFAR)


def test_of_two_first_registrations_at_once_one_is_the_owners_in_any_store(open_house):
    houses = [open_house() for _ in range(4)]
    acts = [
        lambda n=number: register(houses[n % 4], f"person{n}@example.org") for number in range(8)
    ]
    outcomes = at_once(acts)
    assert failures(outcomes) == []
    roles = sorted(each.account.role for each in outcomes)
    assert roles == [OWNER] + [USER] * 7
    with houses[0].database.reading() as connection:
        stored = connection.execute(select(accounts.c.role)).scalars().all()
    assert sorted(stored) == roles


def test_of_first_log_ins_by_key_and_by_mail_at_once_one_is_the_owners_in_any_store(open_house):
    houses = [open_house() for _ in range(2)]
    outcomes = at_once(
        [
            lambda: register(houses[0]),
            lambda: log_in_with_key(houses[1], KEY),
            lambda: register(houses[1], BEN),
            lambda: log_in_with_key(houses[0], OTHER_KEY),
        ]
    )
    assert failures(outcomes) == []
    assert sorted(each.account.role for each in outcomes).count(OWNER) == 1


def test_of_many_who_use_one_invitation_at_once_one_gets_in_in_any_store(open_house):
    houses = [open_house(registration="invite") for _ in range(4)]
    asyncio.run(register(houses[0]))
    _, code = houses[0].accounts.invitations.make(None, 7, None, HERE)
    invited = Application(invitation=code.reveal())
    outcomes = at_once(
        [
            lambda n=number: register(houses[n % 4], f"person{n}@example.org", application=invited)
            for number in range(12)
        ]
    )
    assert len(successes(outcomes)) == 1
    assert {type(each) for each in failures(outcomes)} == {InvitationInvalidError}
    assert count_rows(houses[0], accounts, invitations) == (2, 0)


async def test_the_first_one_is_the_owner_and_the_next_one_is_not(house):
    ada = await register(house)
    ben = await register(house, BEN, PASSWORD, ON_THE_MACHINE)
    assert (ada.account.role, ben.account.role) == (OWNER, USER)
    assert account_of(house, ada).role == OWNER


async def test_an_invitation_is_compared_with_the_address_in_its_normal_form(
    database, comfy, clock
):
    house = House(database, comfy, clock, registration="invite")
    await register(house)
    _, code = house.accounts.invitations.make("Ben@Example.ORG", 7, None, HERE)
    invited = Application(invitation=f" {code.reveal()} ")
    assert make_email_key("BEN@example.org") == BEN
    assert (await register(house, "BEN@example.org", application=invited)).account.role == USER


async def test_an_invitation_is_good_until_its_last_moment(database, comfy, clock):
    house = House(database, comfy, clock, registration="invite")
    await register(house)
    row, code = house.accounts.invitations.make(None, 7, None, HERE)
    invited = Application(invitation=code.reveal())
    clock.now = row.expires_at
    with pytest.raises(InvitationInvalidError):
        await register(house, BEN, application=invited)
    clock.now -= timedelta(milliseconds=1)
    assert await register(house, BEN, application=invited)
