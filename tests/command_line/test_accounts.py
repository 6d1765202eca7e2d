"""accounts, disable, enable, sessions, revoke-sessions, activity and invite."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import pytest
from passport.accounts import views as http
from passport.accounts.admission import Application
from passport.accounts.email_addresses import parse_email
from passport.accounts.errors import AccountDisabledError, InvitationInvalidError
from passport.accounts.invitations import DEFAULT_DAYS, MOST_DAYS
from passport.clock import to_iso, utc_now
from passport.storage.account_rows import ACTIVE, DISABLED, change_account
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    account_of,
    actions,
    change,
    events,
    knows,
    log_in,
    log_in_with_key,
    register,
)

from .program import Program

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
DESTROYING = [["disable", BEN], ["revoke-sessions", BEN], ["reset-password", BEN, "--set"]]


async def test_accounts_are_listed_the_newest_first(program: Program, house: House) -> None:
    ada = await register(house, ADA, display_name="Ada L")
    change(house, ada, created_at=utc_now() - timedelta(days=1), email_verified_at=utc_now())
    by_key = await log_in_with_key(house)
    said = program("accounts")
    assert (said.code, said.err) == (0, "")
    first, second = said.rows
    assert first[0:2] == ["ada@example.org", "Ada Lovelace"]
    assert first[5] == "comfy-api-key"
    assert second[:7] == [ADA, "Ada L", "owner", "active", "yes", "password", "1"]
    assert INSTANT.match(second[7])
    assert (first[8], second[8]) == (by_key.account.id, ada.account.id)


async def test_they_are_named_in_json_as_http_names_them(program: Program, house: House) -> None:
    await register(house, ADA)
    (shown,) = program("accounts", "--json").json["accounts"]
    (listed,) = house.accounts.people.list()
    assert shown == http.view_listed_account(listed)


@pytest.mark.parametrize("text", ["BEN@", "ben"])
async def test_a_search_is_for_address_and_name(program: Program, house: House, text: str) -> None:
    for email in (ADA, BEN):
        await register(house, email)
    assert [row[0] for row in program("accounts", "--search", text).rows] == [BEN]
    assert program("accounts", "--search", "100%").out == "There are no accounts.\n"


async def test_a_limit_says_that_there_are_more(program: Program, house: House) -> None:
    for email in (ADA, BEN, EVE):
        await register(house, email)
    said = program("accounts", "--limit", "2")
    assert len(said.rows) == 2
    assert said.err == "There are more accounts: --limit N shows N of them.\n"
    assert program("accounts", "--limit", "2", "--json").json["more"] is True
    assert program("accounts", "--limit", "3", "--json").json["more"] is False


async def test_more_accounts_than_a_page_of_the_store(program: Program, house: House) -> None:
    with house.database.transaction() as connection:
        for number in range(450):
            house.accounts.registration.add(
                connection, parse_email(f"u{number}@example.org"), f"U{number}", "none", "user"
            )
    listed = program("accounts", "--limit", "1000", "--json").json["accounts"]
    assert len({each["id"] for each in listed}) == len(listed) == 450
    assert len(program("accounts", "--limit", "401", "--json").json["accounts"]) == 401


async def test_disabling_ends_sessions_and_log_ins_until_it_is_enabled(
    program: Program, house: House
) -> None:
    await register(house, ADA)
    ben = await register(house, BEN)
    said = program("disable", BEN, "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{BEN} (ben) is disabled, and its sessions have ended.\n"
    house.sessions.forget(ben.account.id)
    assert await knows(house, ben) == [False]
    with pytest.raises(AccountDisabledError):
        await log_in(house, BEN)
    assert program("accounts", "--search", BEN).rows[0][3] == DISABLED
    said = program("enable", BEN)
    assert (said.code, said.out) == (0, f"{BEN} (ben) can log in.\n")
    assert (await log_in(house, BEN)).account.state == ACTIVE
    done = [each.action for each in events(house) if each.user_agent == "command line"]
    assert done == ["account_disabled", "account_enabled"]


async def test_the_last_owner_stays(program: Program, house: House) -> None:
    ada = await register(house, ADA)
    said = program("disable", ADA, "--yes")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("This is the only owner who can log in.")
    assert account_of(house, ada).state == ACTIVE


async def test_sessions_are_listed(program: Program, house: House) -> None:
    await register(house, ADA, shared_computer=True)
    said = program("sessions", ADA)
    ((seen, since, until, browser, address, method, shared, identity),) = said.rows
    assert all(INSTANT.match(each) for each in (seen, since, until))
    assert (browser, address, method, shared) == ("Firefox, Linux", HERE.address, "password", "yes")
    (listed,) = program("sessions", ADA, "--json").json["sessions"]
    (row,) = house.sign_out.list(account_of_email(house, ADA))
    assert listed == http.view_listed_session(row)
    assert listed["id"] == identity


async def test_revoking_ends_all_sessions_of_that_account_alone(
    program: Program, house: House
) -> None:
    ada = await register(house, ADA)
    ben = [await register(house, BEN), await log_in(house, BEN)]
    said = program("revoke-sessions", BEN, "--yes")
    assert (said.code, said.out) == (0, f"2 sessions of {BEN} (ben) ended.\n")
    house.sessions.forget(ada.account.id, ben[0].account.id)
    assert await knows(house, ada, *ben) == [True, False, False]
    assert program("sessions", BEN).out == "This account is logged in nowhere.\n"
    assert program("revoke-sessions", BEN, "--yes", "--json").json["ended"] == 0
    assert actions(house, ben[0].account.id)[-1] == "sessions_revoked"


@pytest.mark.parametrize("command", DESTROYING, ids=lambda command: command[0])
async def test_what_destroys_is_not_done_without_a_yes(
    program: Program, house: House, command: list[str]
) -> None:
    await register(house, ADA)
    ben = await register(house, BEN)
    before = actions(house)
    for typed in ("", "y\n"):  # a yes from a file is nobody's
        said = program(*command, typed=typed)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("This needs a yes, and there is no terminal to ask at.")
    assert program(*command, "--json").json["error"]["code"] == "confirmation_needed"
    for typed in ("\n", "yess\n", "\x04"):
        said = program.at_a_terminal(*command, keys=[("[y/N] ", typed)])
        assert said.code == 1
        assert said.out.rstrip().endswith("Nothing was changed.")
    house.sessions.forget(ben.account.id)
    assert await knows(house, ben) == [True]
    assert actions(house) == before


@pytest.mark.parametrize("typed", ["y\n", "YES\n", " yes \n"])
async def test_a_yes_at_the_terminal_goes_on(program: Program, house: House, typed: str) -> None:
    ben = await register(house, BEN)
    question = f"End all sessions of {BEN} (ben)? [y/N] "
    said = program.at_a_terminal("revoke-sessions", BEN, keys=[(question, typed)])
    assert said.code == 0
    house.sessions.forget(ben.account.id)
    assert await knows(house, ben) == [False]


async def test_who_is_not_there_is_said_before_a_yes_is_asked_for(program: Program) -> None:
    said = program.at_a_terminal("disable", "nobody@example.org")
    assert said.code == 1
    assert "[y/N]" not in said.out


async def test_activity_of_all_and_of_one(program: Program, house: House) -> None:
    await register(house, ADA)
    await register(house, BEN)
    program("invite", "--days", "2")
    rows = program("activity").rows
    assert [row[2] for row in rows] == ["invitation_made", "registered", "registered"]
    assert rows[0][3:] == ["-", "Command line", "days=2"]
    assert rows[1][1:] == [BEN, "registered", HERE.address, "Firefox, Linux", "method=password"]
    assert all(INSTANT.match(row[0]) for row in rows)
    assert [row[1] for row in program("activity", ADA).rows] == [ADA]
    assert len(program("activity", "--limit", "1").rows) == 1
    shown = program("activity", "--json").json["events"]
    assert shown == [http.view_event(each) for each in house.accounts.people.list_events(None)]


def test_nothing_has_happened_yet(program: Program) -> None:
    assert program("activity").out == "Nothing has happened yet.\n"


async def test_an_invitation_lets_one_person_register(program: Program, house: House) -> None:
    await register(house, ADA)
    house.accounts.admission.mode = "invite"
    said = program("invite")
    assert (said.code, said.err) == (0, "")
    (code,) = re.findall(r"^    ([\w-]+)$", said.out, re.MULTILINE)
    shown = Application(invitation=code)
    assert (await register(house, BEN, application=shown)).account.email == BEN
    with pytest.raises(InvitationInvalidError):
        await register(house, EVE, application=shown)


async def test_an_invitation_can_be_for_one_address_and_some_days(
    program: Program, house: House
) -> None:
    said = program("invite", "--mail", "Ben@Example.org", "--days", "3", "--json")
    document = said.json
    assert set(document) == {"invitation", "code", "link"}
    assert document["invitation"]["email"] == "Ben@example.org"
    assert document["link"] is None
    (row,) = house.accounts.invitations.list()
    assert to_iso(row.expires_at) == document["invitation"]["expires_at"]
    assert row.expires_at - row.created_at == timedelta(days=3)


def test_an_invitation_has_a_link_where_the_address_is_known(program: Program) -> None:
    base = "https://comfy.example.org"
    document = program("invite", "--json", PASSPORT_PUBLIC_URL=base).json
    assert document["link"] == f"{base}/#passport-invite={document['code']}"
    assert f"{base}/#passport-invite=" in program("invite", PASSPORT_PUBLIC_URL=base).out


def test_how_long_an_invitation_lasts_is_as_the_help_says(program: Program) -> None:
    assert f"(else {DEFAULT_DAYS}; {MOST_DAYS} at most)" in " ".join(
        program("invite", "--help").out.split()
    )
    made = program("invite", "--json").json["invitation"]
    instants = [datetime.fromisoformat(made[name].replace("Z", "")) for name in
                ("expires_at", "created_at")]  # fmt: skip
    assert instants[0] - instants[1] == timedelta(days=DEFAULT_DAYS)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["invite", "--days", "91"], 2, "An invitation is good for 90 days at most."),
        (["invite", "--days", "0"], 2, "Argument --days: it must be a whole number"),
        (["invite", "--mail", "nobody"], 1, "This is not a mail address."),
        (["accounts", "--limit", "-1"], 2, "Argument --limit: "),
        (["accounts", "--limit", "many"], 2, "Argument --limit: it must be a whole number"),
        (["activity", "nobody@example.org"], 1, "There is no account nobody@example.org."),
        (["sessions", "nobody@example.org"], 1, "There is no account nobody@example.org."),
        (["enable", "nobody@example.org"], 1, "There is no account nobody@example.org."),
        (["sessions"], 2, "The following arguments are required: MAIL|ID."),
        (["nonsense"], 2, "Argument COMMAND: invalid choice: 'nonsense'"),
        ([], 2, "The following arguments are required: COMMAND."),
        (["accounts", "--nonsense"], 2, "Accounts does not take --nonsense."),
        (["accounts", "--lim", "3"], 2, "Accounts does not take --lim."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_told_in_a_line(
    program: Program, arguments: list[str], code: int, message: str
) -> None:
    said = program(*arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(message)
    assert len(said.err.splitlines()) == 1
    told = program("--json", *arguments)
    assert (told.code, told.err) == (code, "")
    assert set(told.json["error"]) == {"code", "message", "details"}
    assert said.err.rstrip() == told.json["error"]["message"]


async def test_two_processes_at_once_lose_nothing(program: Program, house: House) -> None:
    ada = await register(house, ADA)
    program.is_a_process = True
    said = await asyncio.gather(
        *(asyncio.to_thread(program, "revoke-sessions", ADA, "--yes") for _ in range(4))
    )
    assert [each.code for each in said] == [0] * 4
    assert actions(house, ada.account.id).count("sessions_revoked") == 4


async def test_a_name_cannot_drive_the_terminal(program: Program, house: House) -> None:
    """Names from a key's service, and whatever an older version let through."""
    evil = "\x1b]0;owned\x07 \x9b31m \u202e\u2028 x"
    ada = await register(house, ADA)
    with house.database.transaction() as connection:
        change_account(connection, ada.account.id, display_name=evil)
    for arguments in (
        ["accounts"],
        ["accounts", "--json"],
        ["activity"],
        ["make-owner", ADA],
        ["reset-password", ADA],
        ["disable", ADA],
        ["revoke-sessions", ADA, "--yes"],
    ):
        said = program(*arguments)
        for character in evil.replace(" ", "").replace("x", ""):
            if not character.isprintable():
                assert character not in said.out + said.err, arguments
    asked = program.at_a_terminal("disable", ADA, keys=[("[y/N] ", "n\n")])
    assert "\\x1b]0;owned\\x07 \\x9b31m \\u202e\\u2028 x" in asked.out
    assert "\x07" not in asked.out
    assert program("accounts", "--json").json["accounts"][0]["display_name"] == evil


def account_of_email(house: House, email: str) -> str:
    return house.accounts.people.find(email).id
