"""reset-password: a code for somebody who has forgotten, or a new password set here."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from passport.accounts.errors import EmailOrPasswordWrongError, TokenInvalidError
from passport.clock import utc_now
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    actions,
    events,
    knows,
    log_in,
    log_in_with_key,
    register,
)

from .program import Program

CODE = re.compile(r"^    ([\w-]{43})$", re.MULTILINE)


async def test_the_code_sets_a_new_password_once(program: Program, house: House) -> None:
    await register(house)
    said = program("reset-password", ADA)
    assert (said.code, said.err) == (0, "")
    (code,) = CODE.findall(said.out)
    assert "Settings > User, choose “I have a code”" in said.out
    await house.accounts.recovery.confirm(code, OTHER_PASSWORD, HERE)
    assert (await log_in(house, password=OTHER_PASSWORD)).account.email == ADA
    with pytest.raises(TokenInvalidError):
        await house.accounts.recovery.confirm(code, PASSWORD, HERE)


async def test_it_is_good_for_an_hour_and_so_it_says(program: Program, house: House) -> None:
    await register(house)
    document = program("reset-password", ADA, "--json").json
    assert set(document) == {"account", "token", "link", "expires_at"}
    left = datetime.fromisoformat(document["expires_at"].replace("Z", "+00:00")) - utc_now()
    assert timedelta(minutes=58) < left <= timedelta(hours=1)
    assert " once, until 20" in program("reset-password", ADA).out


async def test_sessions_go_on_until_the_code_is_used(program: Program, house: House) -> None:
    signed_in = await register(house)
    program("reset-password", ADA)
    assert await knows(house, signed_in) == [True]
    assert actions(house)[-1] == "password_reset_made"
    assert events(house)[-1].user_agent == "command line"


@pytest.mark.parametrize("address", ["https://comfy.example.org", "https://comfy.example.org/"])
async def test_with_a_public_address_there_is_a_link(
    program: Program, house: House, address: str
) -> None:
    await register(house)
    said = program("reset-password", ADA, "--json", PASSPORT_PUBLIC_URL=address)
    token = said.json["token"]
    assert said.json["link"] == f"https://comfy.example.org/#passport-reset={token}"
    assert "#passport-reset=" in program("reset-password", ADA, PASSPORT_PUBLIC_URL=address).out


async def test_a_new_code_voids_the_one_before(program: Program, house: House) -> None:
    await register(house)
    first, second = (program("reset-password", ADA, "--json").json["token"] for _ in range(2))
    with pytest.raises(TokenInvalidError):
        await house.accounts.recovery.confirm(first, OTHER_PASSWORD, HERE)
    await house.accounts.recovery.confirm(second, OTHER_PASSWORD, HERE)


async def test_set_here_it_ends_all_sessions_and_codes(program: Program, house: House) -> None:
    signed_in = await register(house)
    code = program("reset-password", ADA, "--json").json["token"]
    said = program("reset-password", ADA, "--set", "--yes", typed=f"{OTHER_PASSWORD}\n")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"The new password of {ADA} (ada) is set, and all its sessions have ended.\n"
    house.sessions.forget(signed_in.account.id)  # what a second does
    assert await knows(house, signed_in) == [False]
    with pytest.raises(TokenInvalidError):
        await house.accounts.recovery.confirm(code, PASSWORD, HERE)
    with pytest.raises(EmailOrPasswordWrongError):
        await log_in(house)
    assert (await log_in(house, password=OTHER_PASSWORD)).account.email == ADA
    assert "password_reset" in actions(house)


async def test_set_at_a_terminal_it_asks_for_a_yes_then_twice(
    program: Program, house: House
) -> None:
    await register(house)
    keys = [
        (f"Set a new password for {ADA} (ada)? All its sessions end. [y/N] ", "y\n"),
        ("New password: ", f"{OTHER_PASSWORD}\n"),
        ("The same again: ", f"{OTHER_PASSWORD}\n"),
    ]
    said = program.at_a_terminal("reset-password", ADA, "--set", keys=keys)
    assert said.code == 0
    assert OTHER_PASSWORD not in said.out
    assert (await log_in(house, password=OTHER_PASSWORD)).account.email == ADA


async def test_set_without_a_yes_it_changes_nothing(program: Program, house: House) -> None:
    signed_in = await register(house)
    said = program("reset-password", ADA, "--set", typed=f"{OTHER_PASSWORD}\n")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("This needs a yes, and there is no terminal to ask at.")
    assert said.err.rstrip().endswith("add --yes.")
    assert await knows(house, signed_in) == [True]
    assert (await log_in(house)).account.email == ADA


async def test_an_unacceptable_password_changes_nothing(program: Program, house: House) -> None:
    signed_in = await register(house)
    said = program("reset-password", ADA, "--set", "--yes", typed="short")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("The password has fewer than 12 characters.")
    house.sessions.forget(signed_in.account.id)
    assert await knows(house, signed_in) == [True]


@pytest.mark.parametrize("arguments", [[f"--set={OTHER_PASSWORD}"], ["--set", OTHER_PASSWORD],
                                       ["--set", f"--password={OTHER_PASSWORD}"]])  # fmt: skip
async def test_the_new_password_cannot_stand_in_the_arguments(
    program: Program, house: House, arguments: list[str]
) -> None:
    await register(house)
    said = program("reset-password", ADA, "--yes", *arguments, typed=OTHER_PASSWORD)
    assert (said.code, said.out) == (2, "")
    assert OTHER_PASSWORD not in said.err
    assert (await log_in(house)).account.email == ADA


@pytest.mark.parametrize("options", [[], ["--set", "--yes"]])
async def test_an_account_by_api_key_has_no_password_to_set(
    program: Program, house: House, options: list[str]
) -> None:
    account = (await log_in_with_key(house)).account
    said = program("reset-password", account.id, *options, typed=OTHER_PASSWORD)
    assert (said.code, said.out) == (1, "")
    assert "logs in by API key alone" in said.err
