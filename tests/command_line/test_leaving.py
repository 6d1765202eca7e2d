"""delete, deletion-requests and answer-deletion."""

from __future__ import annotations

import pytest
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    account_of,
    log_in_with_key,
    make_key,
    register,
)


@pytest.fixture
async def eve(house: House):
    await register(house, ADA)
    await register(house, BEN)
    return await register(house, EVE)


def ask(house: House, last_four: str = "none") -> str:
    requests = house.accounts.deletion_requests
    requests.ask(EVE, requests.server_name, last_four, HERE)
    return requests.list()[0][0].id


async def test_an_account_is_deleted_and_the_answer_is_a_receipt(program, house, eve):
    said = program("delete", EVE, "--yes")
    assert (said.code, said.err) == (0, "")
    assert "is deleted. Receipt " in said.out
    assert account_of(house, eve) is None


async def test_without_a_yes_nothing_is_deleted(program, house, eve):
    for command in (["delete", EVE], ["answer-deletion", ask(house), "--grant"]):
        said = program(*command)
        assert said.code == 2
        assert "add --yes" in said.err
    assert account_of(house, eve) is not None


async def test_the_only_owner_of_others_is_not_deleted(program, house, eve):
    said = program("delete", ADA, "--yes", "--json")
    assert (said.code, said.json["error"]["code"]) == (1, "last_owner")


async def test_requests_are_listed_with_what_was_proved(program, house, eve):
    assert program("deletion-requests").out == "Nobody asks for a deletion.\n"
    request_id = ask(house)
    (row,) = program("deletion-requests").rows
    assert (row[2], row[-1]) == ("no", request_id)
    (listed,) = program("deletion-requests", "--json").json["deletion_requests"]
    assert (listed["id"], listed["account"]["email"]) == (request_id, EVE)
    assert listed["proved"] is False


async def test_a_request_that_proves_something_says_so(program, house, eve):
    _, key = make_key(house, eve, "script")
    ask(house, key.reveal()[-4:])
    (row,) = program("deletion-requests").rows
    assert row[2] == "yes"


async def test_a_request_is_granted(program, house, eve):
    said = program("answer-deletion", ask(house), "--grant", "--yes", "--json")
    assert said.code == 0
    assert said.json["receipt"]["counts"]["identities"] == 1
    assert account_of(house, eve) is None


async def test_a_request_is_refused(program, house, eve):
    request_id = ask(house)
    assert program("answer-deletion", request_id, "--refuse").code == 0
    assert account_of(house, eve) is not None
    again = program("answer-deletion", request_id, "--refuse", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "deletion_request_missing")


@pytest.mark.parametrize("choices", [[], ["--grant", "--refuse"]])
async def test_one_answer_is_to_be_given(program, house, eve, choices):
    said = program("answer-deletion", ask(house), *choices, "--yes")
    assert (said.code, account_of(house, eve) is not None) == (2, True)
    assert "either --grant or --refuse" in said.err


async def test_an_account_with_a_key_alone_is_named_by_its_id(program, house, eve):
    keyed = await log_in_with_key(house)
    assert program("delete", keyed.account.id, "--yes").code == 0
    assert account_of(house, keyed) is None
