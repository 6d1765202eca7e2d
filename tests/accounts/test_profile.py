"""What a person changes about their own account."""

from __future__ import annotations

import asyncio

import pytest
from passport.accounts.errors import (
    AccountMissingError,
    DisplayNameInvalidError,
    EmailOrPasswordWrongError,
    PasswordUnacceptableError,
    PasswordWrongError,
)
from passport.accounts.merging import Asking
from passport.tests.backend.comfy_in_memory import KEY
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    account_of,
    actions,
    at_once,
    knows,
    log_in,
    log_in_with_key,
    register,
    successes,
)


async def change_password(house, who, current=PASSWORD, new=OTHER_PASSWORD):
    await house.accounts.profile.change_password(who.session, current, new, THERE)


async def test_it_shows_the_account_and_how_it_is_proved(house, clock):
    ada = await register(house)
    clock.advance(minutes=1)
    await house.accounts.linked_key.replace(Asking(ada.account.id, HERE), KEY, False)
    account, identities = house.accounts.profile.show(ada.account.id)
    assert account == ada.account
    assert [(each.kind, each.subject == ADA) for each in identities] == [
        ("password", True),
        ("comfy-api-key", False),
    ]
    with pytest.raises(AccountMissingError):
        house.accounts.profile.show("nobody")


async def test_a_name_is_changed_and_written_down_without_it(house):
    ada = await register(house)
    changed = house.accounts.profile.rename(ada.account.id, "  Countess ", HERE)
    assert changed.display_name == account_of(house, ada).display_name == "Countess"
    assert actions(house)[-1] == "renamed"
    with pytest.raises(DisplayNameInvalidError):
        house.accounts.profile.rename(ada.account.id, "\u202e", HERE)
    assert account_of(house, ada).display_name == "Countess"
    with pytest.raises(AccountMissingError):
        house.accounts.profile.rename("nobody", "Countess", HERE)


@pytest.mark.asvs("7.4.3")
async def test_a_new_password_takes_the_place_of_the_old_one_and_other_sessions_end(house):
    ada, elsewhere = await register(house), await log_in(house)
    keyed = await log_in_with_key(house)
    assert await knows(house, ada, elsewhere, keyed) == [True, True, True]
    await change_password(house, ada)
    assert await knows(house, ada, elsewhere, keyed) == [True, False, True]
    with pytest.raises(EmailOrPasswordWrongError):
        await log_in(house)
    assert (await log_in(house, password=OTHER_PASSWORD)).account.id == ada.account.id
    assert "password_changed" in actions(house)


async def test_the_address_is_told_from_where(mailing):
    ada = await register(mailing)
    await mailing.deliver()
    await change_password(mailing, ada)
    (letter,) = await mailing.deliver()
    assert letter.recipient == ADA
    assert THERE.address in letter.text


@pytest.mark.parametrize(
    ("current", "new", "error"),
    [
        (OTHER_PASSWORD, OTHER_PASSWORD, PasswordWrongError),
        ("", OTHER_PASSWORD, PasswordWrongError),
        (PASSWORD, "short", PasswordUnacceptableError),
        (PASSWORD, "password1234", PasswordUnacceptableError),
        (PASSWORD, f"{ADA} it is", PasswordUnacceptableError),
    ],
)
async def test_what_is_refused_changes_nothing(mailing, current, new, error):
    ada, elsewhere = await register(mailing), await log_in(mailing)
    await mailing.deliver()
    with pytest.raises(error):
        await change_password(mailing, ada, current, new)
    assert await knows(mailing, ada, elsewhere) == [True, True]
    assert await mailing.deliver() == []
    assert await log_in(mailing)


def test_of_two_changes_at_once_one_counts_in_any_store(open_house):
    houses = [open_house() for _ in range(4)]
    ada = asyncio.run(register(houses[0]))
    outcomes = at_once(
        [
            lambda n=number: change_password(houses[n], ada, PASSWORD, f"{OTHER_PASSWORD} {n}")
            for number in range(4)
        ]
    )
    assert len(successes(outcomes)) == 1
    assert asyncio.run(log_in(houses[0], password=f"{OTHER_PASSWORD} {outcomes.index(None)}"))
