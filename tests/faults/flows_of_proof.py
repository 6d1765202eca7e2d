"""Flows of passwords and of mail addresses."""

from __future__ import annotations

from contextlib import suppress

from passport.accounts.errors import (
    PasswordWrongError,
    TokenInvalidError,
)
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    EVE,
    OTHER_PASSWORD,
    PASSWORD,
    log_in,
)
from passport.tests.backend.post_office import CODE, read_token

from .facts import Teller
from .flow import (
    BASE,
    DEAF,
    Given,
    again_in,
    flow,
    one,
    one_with_a_letter,
    session_of,
)


@flow("change password", one, but=(PasswordWrongError,))
async def change_password(house: House, given: Given, tell: Teller) -> None:
    session = session_of(house, given)
    await house.accounts.profile.change_password(session, PASSWORD, OTHER_PASSWORD, HERE)
    tell.sure("log-in", [ADA, OTHER_PASSWORD])
    tell.sure("session", given["token"], given["id"])
    tell.sure("session", given["other_token"], None)
    tell.sure("noted", ["password_changed", given["id"]], 1)
    tell.sure("letter", ["password_changed", ADA])


async def one_who_forgot(house: House) -> Given:
    given = await one(house)
    made = house.accounts.recovery.make(given["id"], None, HERE)
    return {**given, "reset": made.token.reveal()}


@flow("reset password", one_who_forgot)
async def reset(house: House, given: Given, tell: Teller) -> None:
    await house.accounts.recovery.confirm(given["reset"], OTHER_PASSWORD, HERE)
    tell.sure("log-in", [ADA, OTHER_PASSWORD])
    tell.sure("session", given["token"], None)
    tell.sure("noted", ["password_reset", given["id"]], 1)


@again_in("reset password")
async def reset_again(house: House, given: Given) -> None:
    with suppress(TokenInvalidError):
        await reset(house, given, DEAF)
    await log_in(house, password=OTHER_PASSWORD)


@flow("ask for a reset", one_with_a_letter)
async def ask_for_reset(house: House, given: Given, tell: Teller) -> None:
    house.accounts.recovery.request(ADA, HERE, BASE)
    tell.sure("letter", ["password_reset", ADA])
    await house.deliver()
    tell.sure("rows", "outbox", 0)


@flow("verify an address", one_with_a_letter, but=(TokenInvalidError,))
async def verify(house: House, given: Given, tell: Teller) -> None:
    house.accounts.verification.confirm(given["code"], HERE)
    tell.sure("verified", given["id"])
    tell.sure("noted", ["email_verified", given["id"]], 1)


@flow("change the address", one_with_a_letter, but=(PasswordWrongError,))
async def change_address(house: House, given: Given, tell: Teller) -> None:
    await house.accounts.verification.change_email(given["id"], EVE, PASSWORD, HERE, BASE)
    tell.sure("letter", ["verify_new_email", EVE])
    tell.sure("log-in", [ADA, PASSWORD])
    letters = [letter for letter in await house.deliver() if CODE.search(letter.text)]
    tell.changing("log-in", [ADA, PASSWORD])
    house.accounts.verification.confirm(read_token(letters[-1]), HERE)
    tell.sure("log-in", [EVE, PASSWORD])
    tell.sure("log-in", [ADA, PASSWORD], value=False)
