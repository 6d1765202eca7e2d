"""Making an account of one's own: whole, or not at all."""

from __future__ import annotations

import pytest
from passport.accounts.admission import Application
from passport.accounts.errors import (
    DisplayNameInvalidError,
    EmailInvalidError,
    EmailTakenError,
    InvitationInvalidError,
    PasswordUnacceptableError,
    SetUpCodeNeededError,
    TooManyTriesError,
)
from passport.accounts.registration import NewAccount
from passport.accounts.throttle import REGISTER_NETWORK
from passport.storage.account_rows import OWNER
from passport.storage.tables import (
    accounts,
    audit_events,
    identities,
    outbox,
    passwords,
    sessions,
)
from passport.tests.backend.fixtures import FROM_AFAR, HERE, LIFETIMES, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    PASSWORD,
    THERE,
    account_of,
    actions,
    at_once,
    count_rows,
    events,
    failures,
    knows,
    log_in,
    log_in_with_key,
    register,
    successes,
)
from passport.tests.backend.post_office import read_link, read_token
from sqlalchemy import event

WHOLE = (accounts, identities, passwords, sessions)


async def test_it_makes_an_account_and_logs_it_in(house):
    ada = await register(house, " Ada@Example.ORG ", display_name="  Ada  Lovelace ")
    account = account_of(house, ada)
    assert ada.account == account
    assert (account.email, account.display_name) == ("Ada@example.org", "Ada Lovelace")
    assert account.has_password
    assert account.email_verified_at is account.pending_email is None
    assert await knows(house, ada) == [True]
    assert (ada.session.method, ada.session.address) == ("password", HERE.address)
    assert ada.credential is None
    assert (await log_in(house, "ada@example.org")).account.id == account.id
    assert count_rows(house, accounts, identities, passwords) == (1, 1, 1)


async def test_without_a_name_it_is_called_by_the_first_part_of_the_address(house):
    assert (await register(house, "countess.ada@example.org")).account.display_name == (
        "countess.ada"
    )


async def test_on_a_shared_computer_the_log_in_is_a_short_one(house):
    ada = await register(house, shared_computer=True)
    assert ada.session.shared_computer
    assert ada.session.idle_seconds == LIFETIMES.shared_computer_idle_seconds


async def test_it_is_written_down_without_the_address_or_the_password(house):
    ada = await register(house)
    (event,) = events(house)
    assert (event.action, event.account_id) == ("registered", ada.account.id)
    assert event.details == '{"method": "password"}'
    assert PASSWORD not in repr(NewAccount(ADA, PASSWORD))


async def test_a_letter_asks_to_prove_the_address_where_mail_is_sent(mailing):
    ada = await register(mailing, base="https://other.example.org")
    (letter,) = await mailing.deliver()
    assert letter.recipient == ADA
    assert read_link(letter) == f"https://other.example.org/#passport-verify={read_token(letter)}"
    assert account_of(mailing, ada).email_verified_at is None


async def test_no_letter_waits_where_no_mail_is_sent(house):
    await register(house)
    assert count_rows(house, outbox) == (0,)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "ada"}, EmailInvalidError),
        ({"email": ""}, EmailInvalidError),
        ({"display_name": "\u202e"}, DisplayNameInvalidError),
        ({"display_name": "x" * 81}, DisplayNameInvalidError),
        ({"password": ""}, PasswordUnacceptableError),
        ({"password": "short"}, PasswordUnacceptableError),
        ({"password": "password1234"}, PasswordUnacceptableError),
        ({"password": "x" * 129}, PasswordUnacceptableError),
        ({"password": f"it is {ADA}"}, PasswordUnacceptableError),
        ({"password": "countessada1", "display_name": "countessada1"}, PasswordUnacceptableError),
        ({"application": FROM_AFAR}, SetUpCodeNeededError),
    ],
)
async def test_what_is_refused_leaves_nothing_behind(house, changes, error):
    with pytest.raises(error):
        await register(house, **changes)
    assert count_rows(house, *WHOLE, audit_events) == (0,) * 5
    assert await register(house)


async def test_a_refused_registration_leaves_its_invitation_good(database, comfy, clock):
    house = House(database, comfy, clock, registration="invite")
    await register(house)
    row, code = house.accounts.invitations.make(None, 7, None, HERE)
    invited = Application(invitation=code.reveal())
    for changes in ({"email": ADA}, {"password": "password1234"}, {"display_name": "\0"}):
        with pytest.raises(Exception, match=r"here already|first that|cannot be seen"):
            await register(house, **{"email": BEN, "application": invited, **changes})
    assert house.accounts.invitations.list() == [row]
    await register(house, BEN, application=invited)
    assert house.accounts.invitations.list() == []
    with pytest.raises(InvitationInvalidError):
        await register(house, "eve@example.org", application=invited)


@pytest.mark.parametrize(
    "typed", [ADA, "ADA@EXAMPLE.ORG", " ada@example.org", "\uff41da@example.org"]
)
async def test_one_address_is_one_account_however_it_is_typed(house, typed):
    await register(house)
    with pytest.raises(EmailTakenError, match="Log in, or ask for a new password"):
        await register(house, typed)
    assert count_rows(house, *WHOLE) == (1, 1, 1, 1)


async def test_the_address_that_a_key_only_came_with_is_not_taken(house, comfy):
    """What the service says of a key proves no mail address here."""
    keyed = await log_in_with_key(house)
    assert keyed.account.email == ADA
    ada = await register(house)
    assert ada.account.id != keyed.account.id


async def test_advisory_what_is_refused_costs_no_hash(house, monkeypatch):
    """Threat 13."""
    make = house.accounts.new_passwords.make
    monkeypatch.setattr(house.accounts.new_passwords, "make", pytest.fail)
    with pytest.raises(SetUpCodeNeededError):
        await register(house, application=FROM_AFAR)
    monkeypatch.setattr(house.accounts.new_passwords, "make", make)
    await register(house)
    monkeypatch.setattr(house.accounts.new_passwords, "make", pytest.fail)
    with pytest.raises(EmailTakenError):
        await register(house)
    with pytest.raises(EmailInvalidError):
        await register(house, "ada")


async def test_one_network_makes_so_many_accounts_and_others_are_not_kept_from_it(house, clock):
    for number in range(REGISTER_NETWORK.tries):
        await register(house, f"person{number}@example.org")
    with pytest.raises(TooManyTriesError) as refused:
        await register(house)
    assert refused.value.retry_after_seconds == REGISTER_NETWORK.period.total_seconds()
    assert await register(house, client=THERE)
    clock.now += REGISTER_NETWORK.period
    assert await register(house, BEN)


def test_of_many_registrations_of_one_address_at_once_one_succeeds_in_any_store(open_house):
    houses = [open_house() for _ in range(4)]
    typed = (ADA, "Ada@example.org", "ADA@EXAMPLE.ORG", "\uff41da@example.org")
    outcomes = at_once(
        [lambda n=number: register(houses[n % 4], typed[n // 4 % 4]) for number in range(20)]
    )
    assert len(successes(outcomes)) == 1
    assert {type(each) for each in failures(outcomes)} == {EmailTakenError}
    assert count_rows(houses[0], *WHOLE) == (1, 1, 1, 1)
    assert actions(houses[0]) == ["registered"]


@pytest.mark.asvs("2.3.3")
@pytest.mark.parametrize("broken", ["identities", "passwords", "audit_events", "sessions"])
async def test_a_store_that_fails_half_way_keeps_no_half_of_it(house, broken):
    def fail(_connection, _cursor, statement, *_):
        if statement.startswith(f"INSERT INTO {broken}"):
            raise ZeroDivisionError

    event.listen(house.database.engine, "before_cursor_execute", fail)
    with pytest.raises(ZeroDivisionError):
        await register(house)
    event.remove(house.database.engine, "before_cursor_execute", fail)
    assert count_rows(house, *WHOLE, audit_events) == (0,) * 5
    assert await register(house)


class TestAnOwnerMadeOnTheMachine:
    async def test_it_stands_beside_others_and_is_not_logged_in(self, house):
        await register(house)
        account = await house.accounts.registration.create_owner(NewAccount(BEN, PASSWORD), HERE)
        assert account_of(house, account).role == OWNER
        assert account.display_name == "ben"
        assert count_rows(house, accounts, sessions) == (2, 1)
        assert actions(house)[-2:] == ["registered", "ownership_taken"]
        assert (await log_in(house, BEN)).account.id == account.id

    async def test_whatever_the_mode_is(self, database, comfy, clock):
        house = House(database, comfy, clock, registration="closed")
        assert await house.accounts.registration.create_owner(NewAccount(ADA, PASSWORD), HERE)

    async def test_not_with_what_nobody_could_register_with(self, house):
        await register(house)
        create = house.accounts.registration.create_owner
        for new, error in (
            (NewAccount(ADA, PASSWORD), EmailTakenError),
            (NewAccount("ben", PASSWORD), EmailInvalidError),
            (NewAccount(BEN, "password1234"), PasswordUnacceptableError),
            (NewAccount(BEN, PASSWORD, "\0"), DisplayNameInvalidError),
        ):
            with pytest.raises(error):
                await create(new, HERE)
        assert count_rows(house, *WHOLE) == (1, 1, 1, 1)

    async def test_it_gets_a_letter_to_prove_its_address(self, mailing):
        await mailing.accounts.registration.create_owner(NewAccount(ADA, PASSWORD), HERE)
        assert [letter.recipient for letter in await mailing.deliver()] == [ADA]
