"""An account that logged in by API key alone gets a mail address and a password."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from passport.accounts.email_addresses import parse_email
from passport.accounts.errors import (
    AccountDisabledError,
    AccountMissingError,
    BothHaveKeysError,
    EmailInvalidError,
    EmailOrPasswordWrongError,
    EmailTakenError,
    PasswordExistsError,
    PasswordUnacceptableError,
)
from passport.accounts.merging import Asking
from passport.storage.tables import (
    accounts,
    audit_events,
    credentials,
    identities,
    node_packs,
    passwords,
    sessions,
)
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    account_of,
    actions,
    at_once,
    change,
    count_rows,
    failures,
    knows,
    log_in,
    log_in_with_key,
    register,
    successes,
)
from passport.vault.encryption import KeyRing
from passport.vault.errors import CredentialUnreadableError, MasterKeyMissingError
from passport.vault.node_packs import ALWAYS

BASE = "https://comfy.example.org"
EVERYTHING = (accounts, identities, sessions, passwords, credentials, node_packs)


async def add(house, who, email=BEN, password=PASSWORD):
    return await house.accounts.linked_email.add(
        Asking(who.account.id, HERE, BASE), email, password
    )


def key_of(house, who) -> str | None:
    row = house.credentials.find(who.account.id)
    return row and house.credentials.open(row).reveal()


class TestAFirstPassword:
    async def test_from_now_on_either_logs_in(self, house):
        keyed = await log_in_with_key(house)
        account, merged = await add(house, keyed)
        assert not merged
        assert account == account_of(house, keyed)
        assert (account.email, account.display_name) == (BEN, "Ada Lovelace")
        assert account.has_password
        assert account.email_verified_at is None
        for again in (await log_in(house, BEN), await log_in_with_key(house)):
            assert again.account.id == keyed.account.id
        assert await knows(house, keyed) == [True]
        assert actions(house, keyed.account.id)[2] == "password_added"

    async def test_an_account_without_a_name_gets_the_first_part_of_the_address(self, house, comfy):
        comfy.be_unreachable()
        account, _ = await add(house, await log_in_with_key(house))
        assert account.display_name == "ben"

    async def test_a_letter_asks_to_prove_the_address(self, mailing):
        await add(mailing, await log_in_with_key(mailing))
        (letter,) = await mailing.deliver()
        assert letter.recipient == BEN

    @pytest.mark.parametrize(
        ("email", "password", "error"),
        [
            ("ben", PASSWORD, EmailInvalidError),
            (BEN, "password1234", PasswordUnacceptableError),
            (BEN, f"it is {BEN}", PasswordUnacceptableError),
        ],
    )
    async def test_what_is_refused_changes_nothing(self, house, email, password, error):
        keyed = await log_in_with_key(house)
        with pytest.raises(error):
            await add(house, keyed, email, password)
        assert account_of(house, keyed) == keyed.account
        assert count_rows(house, identities, passwords) == (1, 0)

    async def test_not_for_an_account_that_has_one(self, house):
        ada = await register(house)
        with pytest.raises(PasswordExistsError):
            await add(house, ada)
        assert account_of(house, ada) == ada.account

    async def test_not_for_an_account_that_has_gone(self, house):
        keyed = await log_in_with_key(house)
        with house.database.transaction() as connection:
            connection.execute(accounts.delete())
        with pytest.raises(AccountMissingError):
            await add(house, keyed)

    def test_of_many_that_add_one_address_at_once_one_gets_it_in_any_store(self, open_house):
        houses = [open_house() for _ in range(2)]
        keyed = [asyncio.run(log_in_with_key(houses[0], key)) for key in (KEY, OTHER_KEY)]
        outcomes = at_once(
            [
                lambda house=house, who=who: add(house, who, BEN, f"{PASSWORD} {who.account.id}")
                for house in houses
                for who in keyed
            ]
        )
        # The second of one account finds that it has one; of the other, that it is taken, or
        # that there is somebody now whose password this is not.
        assert len(successes(outcomes)) == 1
        assert {type(each) for each in failures(outcomes)} <= {
            PasswordExistsError,
            EmailTakenError,
            EmailOrPasswordWrongError,
        }
        assert count_rows(houses[0], accounts, passwords) == (2, 1)


class TestMakingTwoAccountsOne:
    async def test_the_one_that_is_signed_in_has_what_both_had(self, house, clock):
        keyed = await log_in_with_key(house)
        ben = await register(house, BEN, display_name="Benjamin", client=THERE)
        change(house, ben, email_verified_at=clock())
        house.node_packs.allow(ben.account.id, "theirs", ALWAYS, HERE)
        before = actions(house, keyed.account.id) + actions(house, ben.account.id)
        assert await knows(house, keyed, ben) == [True, True]

        account, merged = await add(house, keyed)

        assert merged
        assert account == account_of(house, keyed)
        assert account_of(house, ben) is None
        assert (account.email, account.display_name) == (BEN, "Benjamin")
        assert account.email_verified_at == clock()
        assert key_of(house, keyed) == KEY
        assert house.node_packs.allowed(keyed.account.id) == {"theirs"}
        moved = await house.sessions.recognize(ben.token.reveal())
        assert moved.account_id == keyed.account.id
        assert moved.session.address == THERE.address
        for again in (await log_in(house, BEN), await log_in_with_key(house)):
            assert again.account.id == keyed.account.id
        after = actions(house, keyed.account.id)
        assert sorted(after[: len(before) + 1]) == sorted([*before, "accounts_linked"])

    async def test_the_key_of_the_other_opens_under_the_survivor_alone(self, house):
        keyed = await log_in_with_key(house)
        house.sign_out.end(keyed.session, HERE, forget_credentials=True)
        ben = await register(house, BEN)
        await house.accounts.linked_key.replace(Asking(ben.account.id, HERE), OTHER_KEY, False)
        theirs = house.credentials.find(ben.account.id)
        await add(house, keyed)
        row = house.credentials.find(keyed.account.id)
        assert house.credentials.open(row).reveal() == OTHER_KEY
        assert (row.mask, row.state, row.created_at) == (
            theirs.mask,
            theirs.state,
            theirs.created_at,
        )
        with pytest.raises(CredentialUnreadableError):
            house.credentials.open(replace(row, account_id=ben.account.id))
        for key in (KEY, OTHER_KEY):
            assert (await log_in_with_key(house, key)).account.id == keyed.account.id

    @pytest.mark.parametrize("theirs", ["owner", "user"])
    async def test_it_is_an_owner_if_the_other_was(self, house, theirs):
        keyed, ben = await log_in_with_key(house), await register(house, BEN)
        change(house, keyed, role="user")
        change(house, ben, role=theirs)
        assert (await add(house, keyed))[0].role == theirs

    async def test_not_while_both_store_a_key(self, house):
        keyed, ben = await log_in_with_key(house), await register(house, BEN)
        await house.accounts.linked_key.replace(Asking(ben.account.id, HERE), OTHER_KEY, False)
        before = count_rows(house, *EVERYTHING, audit_events)
        with pytest.raises(BothHaveKeysError, match="Nothing was changed"):
            await add(house, keyed)
        assert count_rows(house, *EVERYTHING, audit_events) == before
        assert (key_of(house, keyed), key_of(house, ben)) == (KEY, OTHER_KEY)
        house.credentials.forget(ben.account.id, "comfy", HERE)
        assert (await add(house, keyed))[1]

    async def test_not_without_the_others_password(self, house):
        keyed, ben = await log_in_with_key(house), await register(house, BEN)
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(EmailOrPasswordWrongError):
            await add(house, keyed, BEN, OTHER_PASSWORD)
        assert count_rows(house, *EVERYTHING) == before
        assert await knows(house, keyed, ben) == [True, True]

    async def test_not_with_one_that_is_disabled(self, house):
        keyed, ben = await log_in_with_key(house), await register(house, BEN)
        change(house, ben, state="disabled")
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(AccountDisabledError):
            await add(house, keyed)
        assert count_rows(house, *EVERYTHING) == before

    async def test_not_when_both_log_in_by_mail(self, house):
        ada, _ = await register(house), await register(house, BEN)
        with pytest.raises(PasswordExistsError):
            await add(house, ada)
        assert (await log_in(house, ADA)).account.id == ada.account.id

    async def test_not_when_the_others_key_cannot_be_read(self, house):
        keyed = await log_in_with_key(house)
        house.credentials.forget_all(keyed.account.id, HERE)
        ben = await register(house, BEN)
        await house.accounts.linked_key.replace(Asking(ben.account.id, HERE), OTHER_KEY, False)
        house.credentials._key_ring = KeyRing([bytes(32)])
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(MasterKeyMissingError):
            await add(house, keyed)
        assert count_rows(house, *EVERYTHING) == before

    async def test_advisory_a_second_click_finds_the_account_itself_and_keeps_it(self, house):
        keyed = await log_in_with_key(house)
        await register(house, BEN)
        linked, look_up = house.accounts.linked_email, house.accounts.linked_email._look_up
        both = look_up(keyed.account.id, parse_email(BEN))
        await add(house, keyed)
        linked._look_up = lambda *_: both  # as it was before the first one was done
        with pytest.raises(PasswordExistsError):
            await add(house, keyed)
        assert key_of(house, keyed) == KEY

    def test_two_at_once_are_one_in_any_store(self, open_house):
        houses = [open_house() for _ in range(2)]
        keyed = asyncio.run(log_in_with_key(houses[0]))
        asyncio.run(register(houses[0], BEN))
        outcomes = at_once([lambda each=house: add(each, keyed) for house in houses])
        assert len(successes(outcomes)) >= 1
        assert {type(each) for each in failures(outcomes)} <= {
            PasswordExistsError,
            EmailOrPasswordWrongError,
        }
        assert count_rows(houses[0], accounts, passwords) == (1, 1)
        assert asyncio.run(log_in(houses[0], BEN)).account.id == keyed.account.id


async def test_the_address_of_another_person_is_not_theirs_by_a_key_that_came_with_it(house):
    """What the service says of a key proves no mail address here."""
    keyed, ada = await log_in_with_key(house), await register(house)
    assert keyed.account.email == ada.account.email == ADA
    with pytest.raises(EmailOrPasswordWrongError):
        await add(house, keyed, ADA, OTHER_PASSWORD)
    account, merged = await add(house, keyed, EVE)
    assert (account.email, merged) == (EVE, False)
