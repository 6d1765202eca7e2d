"""create-owner and make-owner: somebody owns this server who could not log in before."""

from __future__ import annotations

import pytest
from passport.accounts.errors import EmailOrPasswordWrongError
from passport.storage.account_rows import DISABLED, OWNER
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    PASSWORD,
    actions,
    events,
    log_in,
    log_in_with_key,
    register,
)

from .program import CTRL_C, CTRL_D, Program


async def test_an_owner_is_made_with_a_password_from_standard_input(
    program: Program, house: House
) -> None:
    said = program("create-owner", "Ada@Example.org", "--name", "Ada L", typed=f"{PASSWORD}\n")
    assert (said.code, said.err) == (0, "")
    assert said.out == "Ada@example.org (Ada L) owns this server now. Log in with it in ComfyUI.\n"
    signed_in = await log_in(house)
    assert (signed_in.account.role, signed_in.account.display_name) == (OWNER, "Ada L")


async def test_it_is_written_down_as_done_at_the_command_line(
    program: Program, house: House
) -> None:
    program("create-owner", ADA, typed=PASSWORD)
    assert actions(house) == ["registered", "ownership_taken"]
    assert {event.user_agent for event in events(house)} == {"command line"}


async def test_no_session_is_left_behind(program: Program, house: House) -> None:
    program("create-owner", ADA, typed=PASSWORD)
    (listed,) = house.accounts.people.list()
    assert listed.sessions == 0


async def test_a_server_can_have_two_owners_also_where_nobody_may_register(
    program: Program, house: House
) -> None:
    await register(house, ADA)
    said = program("create-owner", BEN, typed=PASSWORD, PASSPORT_REGISTRATION="closed")
    assert said.code == 0
    assert (await log_in(house, BEN)).account.role == OWNER


async def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    program: Program, house: House
) -> None:
    keys = [("New password: ", f"{PASSWORD}\n"), ("The same again: ", f"{PASSWORD}\n")]
    said = program.at_a_terminal("create-owner", ADA, keys=keys)
    assert said.code == 0
    assert PASSWORD not in said.out
    assert (await log_in(house)).account.role == OWNER


def test_two_passwords_that_differ_are_refused(program: Program, house: House) -> None:
    keys = [("New password: ", f"{PASSWORD}\n"), ("The same again: ", "something else\n")]
    said = program.at_a_terminal("create-owner", ADA, keys=keys)
    assert said.code == 1
    assert "The two passwords are not the same. Nothing was changed." in said.out
    assert house.accounts.people.list() == []


@pytest.mark.parametrize("key", ["\n", CTRL_D])
def test_no_password_at_the_terminal_makes_no_account(
    program: Program, house: House, key: str
) -> None:
    said = program.at_a_terminal("create-owner", ADA, keys=[("New password: ", key)])
    assert said.code == 2
    assert "There was no password. Nothing was changed" in said.out
    assert house.accounts.people.list() == []


def test_ctrl_c_at_the_password_ends_it_quietly(program: Program, house: House) -> None:
    said = program.at_a_terminal("create-owner", ADA, keys=[("New password: ", CTRL_C)])
    assert said.code == 130
    assert said.out.split() == ["New", "password:"]
    assert house.accounts.people.list() == []


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        ("", 2, "There was no password. Nothing was changed"),
        ("\n", 2, "There was no password. Nothing was changed"),
        ("short\n", 1, "The password has fewer than 12 characters."),
        ("x" * 129, 1, "The password has more than 128 characters."),
        ("passwordpassword", 1, "This password is among the first that somebody would try."),
        (f"{ADA}-and-more", 1, "The password holds your mail address."),
        (b"\xff\xfe\xfd of another encoding", 1, "The password is not text in UTF-8."),
    ],
)
def test_a_password_that_cannot_be_one_is_refused_with_the_reason(
    program: Program, house: House, typed: str | bytes, code: int, message: str
) -> None:
    said = program("create-owner", ADA, typed=typed)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(message)
    assert len(said.err.splitlines()) == 1
    assert house.accounts.people.list() == []


@pytest.mark.parametrize("typed", ["  spaces stay where they are ", "пароль из нескольких слов 🎈"])
async def test_a_password_is_taken_as_it_is(program: Program, house: House, typed: str) -> None:
    assert program("create-owner", ADA, typed=f"{typed}\r\n").code == 0
    assert (await log_in(house, password=typed)).account.role == OWNER
    with pytest.raises(EmailOrPasswordWrongError):
        await log_in(house, password=typed.strip() + "\r")


async def test_an_address_that_has_an_account_is_pointed_to_make_owner(
    program: Program, house: House
) -> None:
    await register(house)
    said = program("create-owner", "ADA@example.org", typed="not even read")
    assert (said.code, said.out) == (1, "")
    assert "An account with the mail address ADA@example.org is here already." in said.err
    assert "make-owner" in said.err
    assert (await log_in(house)).account.id  # with the password that it had


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "This is not a mail address."),
        ([ADA, "--name", "x" * 81], "A name has 1 to 80 characters."),
        ([ADA, "--name", "a\x1b[31m"], "There is a character in this name that cannot be seen."),
    ],
)
def test_what_cannot_be_is_said_before_the_password_is_asked_for(
    program: Program, arguments: list[str], message: str
) -> None:
    said = program.at_a_terminal("create-owner", *arguments)
    assert said.code == 1
    assert message in said.out
    assert "New password" not in said.out


async def test_an_account_that_is_there_becomes_an_owner(program: Program, house: House) -> None:
    await register(house, ADA)
    ben = await register(house, BEN)
    said = program("make-owner", BEN)
    assert (said.code, said.out) == (0, f"{BEN} (ben) is an owner of this server now.\n")
    house.accounts.people.require_owner(ben.account.id)
    assert actions(house, ben.account.id)[-1] == "ownership_taken"
    assert events(house, ben.account.id)[-1].user_agent == "command line"


async def test_whoever_is_an_owner_already_stays_one_and_nothing_is_written_down(
    program: Program, house: House
) -> None:
    await register(house, ADA)
    before = actions(house)
    said = program("make-owner", ADA)
    assert (said.code, said.out) == (0, f"{ADA} (ada) is an owner of this server already.\n")
    assert actions(house) == before


async def test_a_disabled_owner_is_told_apart(program: Program, house: House) -> None:
    await register(house, ADA)
    ben = await register(house, BEN)
    house.accounts.people.set_state(ben.account.id, DISABLED, None, HERE)
    said = program("make-owner", BEN)
    assert said.code == 0
    assert "It cannot log in as long as it is disabled: see the command enable." in said.out


async def test_an_account_by_api_key_is_named_by_its_id(program: Program, house: House) -> None:
    account = (await log_in_with_key(house)).account
    said = program("make-owner", account.email or "")
    assert said.code == 1
    assert said.err.rstrip().endswith(f"name it by its id: {account.id}")
    assert program("make-owner", account.id).code == 0


@pytest.mark.parametrize("who", ["nobody@example.org", "0" * 32, "", "' OR 1=1", "\x1b[2J"])
def test_an_account_that_is_not_there(program: Program, who: str) -> None:
    said = program("make-owner", who)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("There is no account ")
    assert "accounts --search TEXT" in said.err
    assert "\x1b" not in said.err
