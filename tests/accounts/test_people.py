"""What a server's owner does for the people who have accounts on it."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from passport.accounts.admission import Application
from passport.accounts.errors import (
    AccountMissingError,
    EmailMissingError,
    LastOwnerError,
    OwnerExistsError,
    OwnerOnlyError,
    SetUpCodeNeededError,
    SetUpCodeWrongError,
    TooManyTriesError,
)
from passport.accounts.throttle import SET_UP_NETWORK
from passport.storage.account_rows import ACTIVE, DISABLED, OWNER, USER
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import FROM_AFAR, HERE, ON_THE_MACHINE
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    THERE,
    account_of,
    actions,
    at_once,
    change,
    events,
    failures,
    knows,
    log_in,
    log_in_with_key,
    register,
    successes,
)


@pytest.fixture
def people(house):
    return house.accounts.people


class TestDisabling:
    async def test_it_ends_every_session_at_once_and_enabling_brings_none_back(self, house, people):
        owner, ben = await register(house), await register(house, BEN)
        again = await log_in(house, BEN)
        assert await knows(house, owner, ben, again) == [True, True, True]
        changed = people.set_state(ben.account.id, DISABLED, owner.account.id, HERE)
        assert changed == account_of(house, ben)
        assert changed.state == DISABLED
        assert await knows(house, owner, ben, again) == [True, False, False]
        people.set_state(ben.account.id, ACTIVE, owner.account.id, HERE)
        assert await knows(house, ben, again) == [False, False]
        assert (await log_in(house, BEN)).account.id == ben.account.id
        written = [(e.action, e.account_id, e.details) for e in events(house)[-3:-1]]
        by = f'{{"by": "{owner.account.id}"}}'
        assert written == [
            ("account_disabled", ben.account.id, by),
            ("account_enabled", ben.account.id, by),
        ]

    async def test_the_only_owner_who_can_log_in_stays(self, house, people):
        owner, ben = await register(house), await register(house, BEN)
        with pytest.raises(LastOwnerError, match="make-owner"):
            people.set_state(owner.account.id, DISABLED, None, HERE)
        assert await knows(house, owner) == [True]
        people.make_owner(ben.account.id, HERE)
        people.set_state(ben.account.id, DISABLED, None, HERE)
        with pytest.raises(LastOwnerError):
            people.set_state(owner.account.id, DISABLED, None, HERE)
        people.set_state(ben.account.id, DISABLED, None, HERE)  # twice is no fault
        people.set_state(ben.account.id, ACTIVE, None, HERE)
        assert people.set_state(owner.account.id, DISABLED, None, HERE).state == DISABLED

    async def test_nobody_cannot_be_disabled(self, house, people):
        for act in (people.set_state, lambda *a: people.vouch(a[0], *a[2:])):
            with pytest.raises(AccountMissingError):
                act("nobody", DISABLED, None, HERE)
        with pytest.raises(AccountMissingError):
            people.make_owner("nobody", HERE)
        assert actions(house) == []

    @pytest.mark.asvs("15.4.2")
    def test_of_two_owners_who_disable_each_other_at_once_one_stays_in_any_store(self, open_house):
        houses = [open_house() for _ in range(2)]
        for _ in range(3):
            owners = [
                asyncio.run(register(houses[0], f"{number}@example.org")) for number in range(2)
            ]
            for owner in owners:
                houses[0].accounts.people.make_owner(owner.account.id, HERE)

            def disabling(house, owner):
                async def act():
                    house.accounts.people.set_state(owner.account.id, DISABLED, None, HERE)

                return act

            outcomes = at_once(
                [disabling(house, owner) for house, owner in zip(houses, owners, strict=True)]
            )
            assert [type(each) for each in failures(outcomes)] == [LastOwnerError]
            with houses[0].database.transaction() as connection:
                connection.exec_driver_sql("DELETE FROM accounts")


class TestVouching:
    async def test_the_address_counts_as_proved(self, house, people, clock):
        owner, ben = await register(house), await register(house, BEN)
        assert people.vouch(ben.account.id, owner.account.id, HERE).email_verified_at == clock()
        assert account_of(house, owner).email_verified_at is None
        assert (events(house)[-1].action, events(house)[-1].account_id) == (
            "email_verified",
            ben.account.id,
        )

    async def test_not_for_an_address_that_only_came_with_a_key(self, house, people):
        keyed = await log_in_with_key(house)
        assert keyed.account.email
        with pytest.raises(EmailMissingError):
            people.vouch(keyed.account.id, None, HERE)


class TestOwning:
    @pytest.mark.asvs("6.3.2")
    async def test_a_server_has_none_until_somebody_owns_it(self, house, people):
        assert not people.has_owner()
        keyed = await log_in_with_key(house, KEY, FROM_AFAR)
        assert not people.has_owner()
        with pytest.raises(OwnerOnlyError):
            people.require_owner(keyed.account.id)
        account = people.take_ownership(keyed.account.id, ON_THE_MACHINE, HERE)
        assert account.role == account_of(house, keyed).role == OWNER
        assert people.has_owner()
        people.require_owner(keyed.account.id)
        assert actions(house)[-1] == "ownership_taken"

    async def test_from_elsewhere_it_takes_the_code_of_the_terminal(self, house, people):
        keyed = await log_in_with_key(house, KEY, FROM_AFAR)
        code = house.accounts.admission.set_up_code.text.reveal()
        for application, error in (
            (FROM_AFAR, SetUpCodeNeededError),
            (Application(set_up_code="ABCD-ABCD-ABCD-ABCD"), SetUpCodeWrongError),
        ):
            with pytest.raises(error):
                people.take_ownership(keyed.account.id, application, THERE)
        assert account_of(house, keyed).role == USER
        right = Application(set_up_code=code.lower())
        assert people.take_ownership(keyed.account.id, right, THERE).role == OWNER

    @pytest.mark.asvs("6.6.3")
    async def test_advisory_the_code_is_not_guessed(self, house, people):
        keyed = await log_in_with_key(house, KEY, FROM_AFAR)
        guess = Application(set_up_code="ABCD-ABCD-ABCD-ABCD")
        for _ in range(SET_UP_NETWORK.tries):
            with pytest.raises(SetUpCodeWrongError):
                people.take_ownership(keyed.account.id, guess, THERE)
        with pytest.raises(TooManyTriesError):
            people.take_ownership(keyed.account.id, guess, THERE)

    async def test_not_while_somebody_owns_it(self, house, people):
        await register(house)
        ben = await register(house, BEN)
        with pytest.raises(OwnerExistsError):
            people.take_ownership(ben.account.id, ON_THE_MACHINE, HERE)
        assert account_of(house, ben).role == USER
        for account_id in (ben.account.id, "nobody", ""):
            with pytest.raises(OwnerOnlyError):
                people.require_owner(account_id)

    async def test_the_command_line_makes_one_beside_others(self, house, people):
        await register(house)
        ben = await register(house, BEN)
        assert people.make_owner(ben.account.id, HERE).role == OWNER
        people.require_owner(ben.account.id)

    def test_of_many_who_take_it_at_once_one_does_in_any_store(self, open_house):
        houses = [open_house() for _ in range(4)]
        keyed = [
            asyncio.run(log_in_with_key(houses[0], key, FROM_AFAR)) for key in (KEY, OTHER_KEY)
        ]

        def taking(number):
            async def act():
                return houses[number].accounts.people.take_ownership(
                    keyed[number % 2].account.id, ON_THE_MACHINE, HERE
                )

            return act

        outcomes = at_once([taking(number) for number in range(4)])
        assert len(successes(outcomes)) == 1
        assert {type(each) for each in failures(outcomes)} == {OwnerExistsError}
        assert [account_of(houses[0], each).role for each in keyed].count(OWNER) == 1


class TestTheList:
    async def test_it_tells_what_an_owner_wants_to_know(self, house, people, clock):
        ada = await register(house)
        clock.advance(minutes=1)
        again = await log_in(house)
        clock.advance(minutes=1)
        keyed = await log_in_with_key(house, OTHER_KEY)
        house.sign_out.revoke_all(keyed.account.id, HERE)
        newest, oldest = people.list()
        assert (newest.account, newest.sessions, newest.last_seen_at, newest.identities) == (
            keyed.account,
            0,
            None,
            ("comfy-api-key",),
        )
        assert (oldest.account, oldest.sessions, oldest.identities) == (
            ada.account,
            2,
            ("password",),
        )
        assert oldest.last_seen_at == again.session.created_at

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("", [EVE, BEN, ADA]),
            ("ada", [ADA]),
            ("ADA@EX", [ADA]),
            (" benjamin ", [BEN]),
            ("example.org", [EVE, BEN, ADA]),
            ("%", []),
            ("_", [EVE]),
            ("nobody", []),
            ("' OR 1=1 --", []),
        ],
    )
    async def test_it_is_searched_by_address_and_name(self, open_house, clock, search, found):
        house = open_house()
        for email, name in ((ADA, "Ada"), (BEN, "Benjamin"), (EVE, "Eve_1")):
            await register(house, email, display_name=name)
            clock.advance(seconds=1)
        assert [each.account.email for each in house.accounts.people.list(search)] == found

    async def test_it_is_searched_by_id(self, house, people):
        ada, _ = await register(house), await register(house, BEN)
        assert [each.account.id for each in people.list(ada.account.id.upper())] == [ada.account.id]

    async def test_a_page_goes_on_after_the_last_one_of_the_page_before(self, open_house, clock):
        house = open_house()
        for number in range(7):
            await register(house, f"person{number}@example.org")
            clock.advance(seconds=number % 2)  # some of one and the same moment
        whole = [each.account.id for each in house.accounts.people.list()]
        pages, after = [], None
        while page := house.accounts.people.list("", after, 3):
            pages.append([each.account.id for each in page])
            after = pages[-1][-1]
        assert [each for page in pages for each in page] == whole
        assert [len(page) for page in pages] == [3, 3, 1]

    async def test_one_is_found_by_id_or_by_address_however_it_is_typed(self, house, people):
        ada, keyed = await register(house, EVE), await log_in_with_key(house)
        for text in (ada.account.id, EVE, "EVE@Example.org"):
            assert people.find(text) == ada.account
        assert people.find(keyed.account.id) == keyed.account
        for text in ("", "nobody", "ada", ADA, "\0"):  # ADA is what the key's service says
            with pytest.raises(AccountMissingError):
                people.find(text)


class TestWhatHappened:
    async def test_the_newest_comes_first_page_by_page(self, house, people, clock):
        ada, ben = await register(house), await register(house, BEN)
        for _ in range(5):
            clock.advance(seconds=1)
            await log_in(house)
        listed = people.list_events(ada.account.id)
        assert [each.event.action for each in listed] == ["signed_in"] * 5 + ["registered"]
        assert {(each.account_name, each.account_email) for each in listed} == {("ada", ADA)}
        first = people.list_events(ada.account.id, None, 2)
        assert people.list_events(ada.account.id, first[-1].id, 10) == listed[2:]
        assert len(people.list_events(None)) == 7
        assert [each.event.account_id for each in people.list_events(ben.account.id)] == [
            ben.account.id
        ]

    async def test_what_an_account_did_is_known_after_it_has_gone(self, house, people):
        ada = await register(house)
        with house.database.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM accounts")
        (listed,) = people.list_events(None)
        assert listed.event.account_id == ada.account.id
        assert listed.account_name is listed.account_email is None

    async def test_a_test_mail_is_written_down(self, house, people):
        ada = await register(house)
        people.note_test_mail(ada.account.id, HERE)
        assert actions(house)[-1] == "test_mail_sent"


async def test_a_disabled_owner_owns_the_server_still(house, people):
    """Or whoever registers next would own what is not theirs."""
    owner, ben = await register(house), await register(house, BEN)
    change(house, owner, state=DISABLED)
    assert people.has_owner()
    take = partial(people.take_ownership, ben.account.id, ON_THE_MACHINE, HERE)
    with pytest.raises(OwnerExistsError):
        take()
    assert (await register(house, EVE)).account.role == USER
