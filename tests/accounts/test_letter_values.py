"""What a letter says, found out as it leaves: to whom, under which address, with which token."""

from __future__ import annotations

import json

import pytest
from passport.accounts.letter_values import FRAGMENTS, LetterValues, make_link
from passport.accounts.tokens import PASSWORD_RESET, VERIFY_EMAIL, VERIFY_NEW_EMAIL, check_token
from passport.secret import Secret
from passport.storage.account_rows import delete_account
from passport.storage.outbox_rows import OutboxRow
from passport.storage.tables import one_time_tokens
from passport.tests.backend.clock import START
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    change,
    count_rows,
    log_in_with_key,
    register,
)

PUBLIC, OTHER = "https://comfy.example.org", "http://192.168.0.7:8188/"
TELLING = ("password_changed", "email_changed")


@pytest.fixture
def values(database, clock):
    return LetterValues(database, PUBLIC, clock)


def make_row(kind, recipient=ADA, who=None, **details):
    account_id = who and who.account.id
    return OutboxRow("id", kind, recipient, account_id, json.dumps(details), START, 1, START, None)


async def test_a_reset_goes_to_the_account_that_the_address_is_of(house, values, clock):
    ada = await register(house, "Ada@example.org")
    found = values(make_row(PASSWORD_RESET, "ADA@EXAMPLE.ORG"))
    assert found["recipient"] == "Ada@example.org"
    with house.database.reading() as connection:
        row = check_token(connection, clock(), PASSWORD_RESET, found["token"])
    assert (row.account_id, row.email) == (ada.account.id, "Ada@example.org")
    assert found["link"] == f"{PUBLIC}/#passport-reset={found['token']}"
    assert found["at"] == "2026-11-23T02:00:00Z"


async def test_a_letter_that_is_tried_again_has_another_token_and_voids_the_first(house, values):
    await register(house)
    first, second = (values(make_row(PASSWORD_RESET)) for _ in range(2))
    assert first["token"] != second["token"]
    assert count_rows(house, one_time_tokens) == (1,)


@pytest.mark.parametrize("kind", [VERIFY_EMAIL, VERIFY_NEW_EMAIL])
async def test_a_verification_goes_to_the_address_that_is_to_be_proved(house, values, kind):
    ada = await register(house)
    change(house, ada, pending_email=BEN)
    wanted = {VERIFY_EMAIL: ADA, VERIFY_NEW_EMAIL: BEN}[kind]
    found = values(make_row(kind, wanted, ada))
    assert found["recipient"] == wanted
    assert found["link"] == f"{PUBLIC}/#passport-verify={found['token']}"
    assert values(make_row(kind, EVE, ada)) is None, "it is another one by now"


@pytest.mark.parametrize("kind", [PASSWORD_RESET, VERIFY_EMAIL, *TELLING])
async def test_nothing_goes_to_an_account_that_is_disabled_or_gone(house, values, kind):
    ada = await register(house)
    row = make_row(kind, ADA, ada)
    assert values(row)
    change(house, ada, state="disabled")
    assert values(row) is None
    change(house, ada, state="active")
    assert values(row)
    with house.database.transaction() as connection:
        delete_account(connection, ada.account.id)
    assert values(row) is None


@pytest.mark.parametrize("kind", sorted({*FRAGMENTS, *TELLING}))
async def test_nothing_goes_to_nobody(house, values, kind):
    await log_in_with_key(house)
    assert values(make_row(kind)) is None, "not to the address that a key only came with either"
    assert count_rows(house, one_time_tokens) == (0,)


@pytest.mark.parametrize("kind", TELLING)
async def test_what_tells_of_a_change_goes_to_the_address_of_then_and_has_no_token(
    house, values, kind
):
    ada = await register(house, BEN)
    details = {"how": "reset", "address": HERE.address, "user_agent": HERE.user_agent}
    found = values(make_row(kind, ADA, ada, **details))
    assert found["recipient"] == ADA
    assert (found["browser"], found["platform"]) == ("Firefox", "Linux")
    assert not {"token", "link", "user_agent"} & found.keys()
    assert count_rows(house, one_time_tokens) == (0,)


@pytest.mark.parametrize(
    ("base", "public", "leads_to"),
    [
        (OTHER, PUBLIC, "http://192.168.0.7:8188/#"),
        (None, PUBLIC, "https://comfy.example.org/#"),
        ("", PUBLIC, "https://comfy.example.org/#"),
        (None, f"{PUBLIC}/studio/", "https://comfy.example.org/studio/#"),
        (None, "", None),
    ],
)
async def test_the_link_leads_to_where_it_was_asked_for_or_to_the_public_address(
    house, database, clock, base, public, leads_to
):
    ada = await register(house)
    found = LetterValues(database, public, clock)(make_row(VERIFY_EMAIL, ADA, ada, base=base))
    assert found["token"], "a letter without a link has the code still"
    assert (found["link"] or "").startswith(leads_to or "")
    assert (found["link"] is None) is (leads_to is None)


@pytest.mark.asvs("14.2.1")
def test_every_letter_with_a_token_has_its_own_part_of_the_panel_and_a_fragment_is_not_sent():
    for kind, fragment in FRAGMENTS.items():
        assert make_link(PUBLIC, kind, Secret("code")) == f"{PUBLIC}/#{fragment}=code"
        assert make_link(None, kind, Secret("code")) is None
