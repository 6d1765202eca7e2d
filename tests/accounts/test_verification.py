"""Proving that one reads the mail of an address, and moving to another one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from passport.accounts import verification
from passport.accounts.errors import (
    EmailInvalidError,
    EmailMissingError,
    EmailOrPasswordWrongError,
    EmailTakenError,
    MailNotSetUpError,
    PasswordWrongError,
    TokenInvalidError,
    TooManyTriesError,
)
from passport.accounts.throttle import TOKEN_NETWORK, VERIFY_ADDRESS, VERIFY_ADDRESS_SOON
from passport.accounts.tokens import LIFETIMES, VERIFY_EMAIL
from passport.storage.account_rows import delete_account
from passport.storage.tables import outbox, passwords
from passport.tests.backend.fixtures import FROM_AFAR, HERE
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
from passport.tests.backend.post_office import PostOffice, read_link, read_token

BASE = "https://comfy.example.org"


async def join(house, email=ADA, **more):
    """Register; return the log-in, and the token of the letter that asks to prove the address."""
    signed_in = await register(house, email, **more)
    (letter,) = await house.deliver()
    return signed_in, read_token(letter)


def confirm(house, token, client=HERE):
    return house.accounts.verification.confirm(token, client)


async def move(house, who, email, password=PASSWORD):
    """Ask to move to another address; return the letters that leave."""
    await house.accounts.verification.change_email(who.account.id, email, password, THERE, BASE)
    return await house.deliver()


class TestProvingAnAddress:
    async def test_the_link_of_the_letter_proves_it_once(self, mailing, clock):
        ada, token = await join(mailing)
        clock.advance(minutes=30)
        assert confirm(mailing, f" {token} ") == ADA
        assert account_of(mailing, ada).email_verified_at == clock()
        assert actions(mailing)[-1] == "email_verified"
        with pytest.raises(TokenInvalidError):
            confirm(mailing, token)
        assert await knows(mailing, ada) == [True]

    async def test_it_is_good_for_a_day(self, mailing, clock):
        _, token = await join(mailing)
        clock.now += LIFETIMES[VERIFY_EMAIL]
        with pytest.raises(TokenInvalidError):
            confirm(mailing, token)
        clock.advance(seconds=-1)
        assert confirm(mailing, token) == ADA

    async def test_it_is_void_once_the_password_was_changed(self, mailing):
        ada, token = await join(mailing)
        await mailing.accounts.profile.change_password(ada.session, PASSWORD, OTHER_PASSWORD, HERE)
        with pytest.raises(TokenInvalidError):
            confirm(mailing, token)

    async def test_it_is_void_once_the_address_is_another_one(self, mailing):
        ada, token = await join(mailing)
        change(mailing, ada, email=BEN)
        with pytest.raises(TokenInvalidError, match="was changed since"):
            confirm(mailing, token)
        assert account_of(mailing, ada).email_verified_at is None

    async def test_it_is_void_under_another_stamp(self, mailing):
        ada, token = await join(mailing)
        with mailing.database.transaction() as connection:
            connection.execute(passwords.update().values(stamp="0" * 32))
        with pytest.raises(TokenInvalidError, match="was changed since"):
            confirm(mailing, token)
        assert account_of(mailing, ada).email_verified_at is None

    async def test_it_goes_with_its_account(self, mailing):
        ada, token = await join(mailing)
        with mailing.database.transaction() as connection:
            delete_account(connection, ada.account.id)
        with pytest.raises(TokenInvalidError):
            confirm(mailing, token)

    async def test_wrong_ones_are_counted_and_slowed_down(self, mailing):
        _, token = await join(mailing)
        for _ in range(TOKEN_NETWORK.tries):
            with pytest.raises(TokenInvalidError):
                confirm(mailing, "A" * 43, THERE)
        with pytest.raises(TooManyTriesError):
            confirm(mailing, token, THERE)
        assert confirm(mailing, token, HERE) == ADA

    def test_of_many_at_once_one_succeeds_in_any_store(self, open_house):
        houses = [open_house(PostOffice()) for _ in range(4)]
        _, token = asyncio.run(join(houses[0]))

        def confirming(house):
            async def act():
                return confirm(house, token)

            return act

        outcomes = at_once([confirming(house) for house in houses * 8])
        assert successes(outcomes) == [ADA]
        assert {type(each) for each in failures(outcomes)} == {TokenInvalidError}
        assert actions(houses[0]).count("email_verified") == 1


class TestSendingTheLetterAgain:
    async def test_it_leaves_again_and_voids_the_link_of_the_one_before(self, mailing):
        ada, first = await join(mailing)
        assert mailing.accounts.verification.send_again(ada.account.id, BASE) == ADA
        (letter,) = await mailing.deliver()
        with pytest.raises(TokenInvalidError):
            confirm(mailing, first)
        assert confirm(mailing, read_token(letter)) == ADA

    async def test_one_that_waits_is_replaced(self, mailing):
        ada = await register(mailing)
        mailing.accounts.verification.send_again(ada.account.id, BASE)
        assert count_rows(mailing, outbox) == (1,)

    async def test_once_a_minute_and_some_times_in_all(self, mailing, clock):
        ada, _ = await join(mailing)
        send = mailing.accounts.verification.send_again
        for _ in range(VERIFY_ADDRESS.tries):
            send(ada.account.id, BASE)
            with pytest.raises(TooManyTriesError) as refused:
                send(ada.account.id, BASE)
            assert refused.value.retry_after_seconds >= 60
            clock.now += VERIFY_ADDRESS_SOON.period
        with pytest.raises(TooManyTriesError) as refused:
            send(ada.account.id, BASE)
        assert timedelta(minutes=50) < timedelta(seconds=refused.value.retry_after_seconds)

    async def test_not_when_there_is_nothing_left_to_prove(self, mailing, clock):
        ada, token = await join(mailing)
        confirm(mailing, token)
        keyed = await log_in_with_key(mailing)
        assert keyed.account.email
        for account_id in (ada.account.id, keyed.account.id, "nobody"):
            with pytest.raises(EmailMissingError):
                mailing.accounts.verification.send_again(account_id, BASE)

    async def test_not_without_mail(self, house):
        ada = await register(house)
        with pytest.raises(MailNotSetUpError, match="vouch"):
            house.accounts.verification.send_again(ada.account.id, BASE)


class TestMovingToAnotherAddress:
    async def test_the_old_one_stays_until_the_letter_to_the_new_one_is_answered(
        self, mailing, clock
    ):
        ada, token = await join(mailing)
        confirm(mailing, token)
        (letter,) = await move(mailing, ada, BEN)
        assert letter.recipient == BEN
        assert "/#passport-verify=" in read_link(letter)
        account = account_of(mailing, ada)
        assert (account.email, account.pending_email) == (ADA, BEN)
        assert account.email_verified_at
        assert (await log_in(mailing, ADA)).account.id == ada.account.id
        with pytest.raises(EmailOrPasswordWrongError):
            await log_in(mailing, BEN)

        clock.advance(hours=1)
        assert confirm(mailing, read_token(letter)) == BEN
        account = account_of(mailing, ada)
        assert (account.email, account.pending_email) == (BEN, None)
        assert account.email_verified_at == clock()
        assert (await log_in(mailing, BEN)).account.id == ada.account.id
        with pytest.raises(EmailOrPasswordWrongError):
            await log_in(mailing, ADA)
        assert [each for each in actions(mailing) if each.startswith("email_change")] == [
            "email_change_requested",
            "email_changed",
        ]

    @pytest.mark.asvs("6.3.7")
    async def test_the_old_address_is_told_where_the_account_went(self, mailing):
        ada, _ = await join(mailing)
        (letter,) = await move(mailing, ada, BEN)
        confirm(mailing, read_token(letter))
        (told,) = await mailing.deliver()
        assert told.recipient == ADA
        assert BEN in told.text

    async def test_only_another_spelling_of_the_same_address_is_told_to_nobody(self, mailing):
        ada, _ = await join(mailing)
        (letter,) = await move(mailing, ada, "Ada@example.org")
        assert confirm(mailing, read_token(letter)) == "Ada@example.org"
        assert await mailing.deliver() == []
        assert account_of(mailing, ada).email == "Ada@example.org"

    async def test_asking_for_a_third_one_voids_the_link_to_the_second(self, mailing):
        ada, _ = await join(mailing)
        (second,) = await move(mailing, ada, BEN)
        (third,) = await move(mailing, ada, EVE)
        with pytest.raises(TokenInvalidError):
            confirm(mailing, read_token(second))
        assert confirm(mailing, read_token(third)) == EVE

    async def test_a_letter_that_waits_for_the_second_never_leaves_then(self, mailing):
        ada, _ = await join(mailing)
        for email in (BEN, EVE):
            await mailing.accounts.verification.change_email(
                ada.account.id, email, PASSWORD, HERE, BASE
            )
        assert count_rows(mailing, outbox) == (1,)
        assert [letter.recipient for letter in await mailing.deliver()] == [EVE]

    async def test_sending_again_writes_to_the_new_address(self, mailing):
        ada, _ = await join(mailing)
        (first,) = await move(mailing, ada, BEN)
        assert mailing.accounts.verification.send_again(ada.account.id, BASE) == BEN
        (letter,) = await mailing.deliver()
        with pytest.raises(TokenInvalidError):
            confirm(mailing, read_token(first))
        assert confirm(mailing, read_token(letter)) == BEN

    async def test_the_link_is_void_once_another_address_is_pending(self, mailing):
        ada, _ = await join(mailing)
        (letter,) = await move(mailing, ada, BEN)
        change(mailing, ada, pending_email=EVE)
        with pytest.raises(TokenInvalidError):
            confirm(mailing, read_token(letter))
        assert account_of(mailing, ada).email == ADA

    @pytest.mark.parametrize(
        ("email", "password", "error"),
        [
            (BEN, OTHER_PASSWORD, PasswordWrongError),
            (BEN, "", PasswordWrongError),
            ("ben", PASSWORD, EmailInvalidError),
            (EVE, PASSWORD, EmailTakenError),
            ("EVE@example.org", PASSWORD, EmailTakenError),
        ],
    )
    async def test_what_is_refused_changes_nothing(self, mailing, email, password, error):
        ada, token = await join(mailing)
        await join(mailing, EVE, application=FROM_AFAR)
        with pytest.raises(error):
            await move(mailing, ada, email, password)
        assert account_of(mailing, ada) == ada.account
        assert confirm(mailing, token) == ADA, "the link to the present one is still good"

    async def test_an_address_that_was_taken_meanwhile_stays_with_whoever_took_it(self, open_house):
        house = open_house(PostOffice())
        ada, _ = await join(house)
        (letter,) = await move(house, ada, BEN)
        ben, _ = await join(house, BEN, application=FROM_AFAR)
        for _ in range(2):
            with pytest.raises(EmailTakenError):
                confirm(house, read_token(letter))
        account = account_of(house, ada)
        assert (account.email, account.pending_email) == (ADA, BEN)
        assert (await log_in(house, BEN)).account.id == ben.account.id
        assert (await log_in(house, ADA)).account.id == ada.account.id

    def test_of_two_that_move_to_one_address_at_once_one_gets_it_in_any_store(self, open_house):
        houses = [open_house(PostOffice()) for _ in range(2)]
        moving = []
        for house, email in zip(houses, (ADA, EVE), strict=True):
            who, _ = asyncio.run(join(house, email))
            moving.append((house, who, read_token(asyncio.run(move(house, who, BEN))[0])))

        def confirming(house, token):
            async def act():
                return confirm(house, token)

            return act

        outcomes = at_once([confirming(house, token) for house, _, token in moving])
        assert successes(outcomes) == [BEN]
        assert [type(each) for each in failures(outcomes)] == [EmailTakenError]
        emails = {account_of(houses[0], who).email for _, who, _ in moving}
        assert BEN in emails
        assert len(emails) == 2

    async def test_where_no_mail_is_sent_it_moves_at_once_and_is_unproved(self, house, clock):
        ada = await register(house)
        change(house, ada, email_verified_at=clock())
        await house.accounts.verification.change_email(ada.account.id, BEN, PASSWORD, HERE, BASE)
        account = account_of(house, ada)
        assert (account.email, account.pending_email) == (BEN, None)
        assert account.email_verified_at is None
        assert (await log_in(house, BEN)).account.id == ada.account.id
        with pytest.raises(EmailOrPasswordWrongError):
            await log_in(house, ADA)
        assert count_rows(house, outbox) == (0,)

    async def test_there_too_not_to_one_that_is_taken(self, house):
        ada, _ = await register(house), await register(house, BEN)
        with pytest.raises(EmailTakenError):
            await house.accounts.verification.change_email(
                ada.account.id, BEN, PASSWORD, HERE, BASE
            )
        assert account_of(house, ada) == ada.account

    async def test_nor_to_one_that_somebody_got_at_this_moment(self, house, monkeypatch):
        ada, _ = await register(house), await register(house, BEN)
        monkeypatch.setattr(verification, "find_account_by_identity", lambda *_: None)
        with pytest.raises(EmailTakenError):
            await house.accounts.verification.change_email(
                ada.account.id, BEN, PASSWORD, HERE, BASE
            )
        assert account_of(house, ada) == ada.account

    def test_of_two_that_move_there_at_once_one_gets_it_in_any_store(self, open_house):
        houses = [open_house() for _ in range(2)]
        pairs = [
            (house, asyncio.run(register(house, email)))
            for house, email in zip(houses, (ADA, EVE), strict=True)
        ]
        outcomes = at_once(
            [
                lambda house=house, who=who: house.accounts.verification.change_email(
                    who.account.id, BEN, PASSWORD, HERE, BASE
                )
                for house, who in pairs
            ]
        )
        assert [type(each) for each in failures(outcomes)] == [EmailTakenError]
        assert len(successes(outcomes)) == 1
