"""What only the command line may do: an owner beside others, a password without a token."""

from __future__ import annotations

import pytest
from passport.accounts.errors import EmailMissingError, EmailTakenError, PasswordUnacceptableError
from passport.accounts.registration import NewAccount
from passport.audit.clients import COMMAND_LINE
from passport.tests.backend.fixtures import House
from passport.tests.backend.people import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    account_of,
    actions,
    knows,
    log_in,
    log_in_with_key,
    register,
)


async def test_an_owners_address_is_to_be_verified_like_everybodys(mailing: House) -> None:
    account = await mailing.accounts.registration.create_owner(
        NewAccount(ADA, PASSWORD), COMMAND_LINE
    )
    assert (account.role, account.display_name, account.has_password) == ("owner", "ada", True)
    assert account.email_verified_at is None
    (letter,) = await mailing.deliver()
    assert letter.recipient == ADA


async def test_an_address_is_one_accounts_alone(settable_house: House) -> None:
    await register(settable_house)
    before = actions(settable_house)
    with pytest.raises(EmailTakenError):
        await settable_house.accounts.registration.create_owner(
            NewAccount(ADA, OTHER_PASSWORD), COMMAND_LINE
        )
    assert actions(settable_house) == before
    assert (await log_in(settable_house)).account.email == ADA


async def test_a_password_that_is_set_is_told_to_its_owner(mailing: House) -> None:
    signed_in = await register(mailing)
    await mailing.deliver()
    await mailing.accounts.recovery.set_password(signed_in.account, OTHER_PASSWORD, COMMAND_LINE)
    assert await knows(mailing, signed_in) == [False]
    (letter,) = await mailing.deliver()
    assert letter.recipient == ADA
    assert OTHER_PASSWORD not in letter.text
    assert (await log_in(mailing, password=OTHER_PASSWORD)).account.id == signed_in.account.id


async def test_setting_a_password_proves_no_address(settable_house: House) -> None:
    signed_in = await register(settable_house)
    await settable_house.accounts.recovery.set_password(
        signed_in.account, OTHER_PASSWORD, COMMAND_LINE
    )
    assert account_of(settable_house, signed_in).email_verified_at is None


async def test_a_password_that_is_too_easy_is_not_set(settable_house: House) -> None:
    signed_in = await register(settable_house)
    with pytest.raises(PasswordUnacceptableError):
        await settable_house.accounts.recovery.set_password(
            signed_in.account, "passwordpassword", COMMAND_LINE
        )
    assert await knows(settable_house, signed_in) == [True]


async def test_an_account_by_api_key_gets_no_password_that_way(settable_house: House) -> None:
    signed_in = await log_in_with_key(settable_house)
    with pytest.raises(EmailMissingError):
        await settable_house.accounts.recovery.set_password(
            signed_in.account, OTHER_PASSWORD, COMMAND_LINE
        )
