"""Invitations: made once, listed without their code, taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from passport.accounts import invitations as invitations_module
from passport.accounts.errors import (
    EmailInvalidError,
    InvitationInvalidError,
    InvitationMissingError,
)
from passport.accounts.invitations import use_invitation
from passport.storage.tables import invitations
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import actions, events
from sqlalchemy import select


@pytest.mark.asvs("6.4.1")
def test_one_has_a_code_that_nobody_can_ask_for_again(house, clock):
    row, code = house.accounts.invitations.make("Ada@Example.ORG", 7, "owner", HERE)
    assert re.fullmatch(r"[\w-]{22}", code.reveal())
    assert (row.email, row.created_at) == ("Ada@example.org", clock())
    assert row.expires_at - row.created_at == timedelta(days=7)
    assert code.reveal() not in repr((row, code))
    with house.database.reading() as connection:
        assert code.reveal() not in str(connection.execute(select(invitations)).all())
    (event,) = events(house)
    assert (event.action, event.account_id, event.details) == (
        "invitation_made",
        "owner",
        '{"days": 7}',
    )


@pytest.mark.asvs("6.4.1")
def test_codes_are_never_alike(house):
    codes = {house.accounts.invitations.make(None, 1, None, HERE)[1].reveal() for _ in range(20)}
    assert len(codes) == 20


def test_the_list_holds_those_that_are_good_the_newest_first(house, clock):
    make = house.accounts.invitations.make
    short = make(None, 1, None, HERE)[0]
    clock.advance(hours=1)
    long = make(None, 7, None, HERE)[0]
    assert house.accounts.invitations.list() == [long, short]
    clock.now = short.expires_at
    assert house.accounts.invitations.list() == [long]


def test_one_that_was_taken_back_is_gone(house):
    row, _ = house.accounts.invitations.make(None, 7, None, HERE)
    house.accounts.invitations.take_back(row.id, "owner", HERE)
    assert house.accounts.invitations.list() == []
    with pytest.raises(InvitationMissingError, match="may have been used"):
        house.accounts.invitations.take_back(row.id, "owner", HERE)
    assert actions(house) == ["invitation_made", "invitation_taken_back"]


def test_none_is_made_out_to_what_is_no_address(house):
    with pytest.raises(EmailInvalidError):
        house.accounts.invitations.make("ada", 7, None, HERE)
    assert house.accounts.invitations.list() == []


def test_one_that_is_used_by_another_at_this_moment_is_used(house, clock, monkeypatch):
    _, code = house.accounts.invitations.make(None, 7, None, HERE)
    monkeypatch.setattr(invitations_module, "delete_invitation", lambda *_: False)
    with pytest.raises(InvitationInvalidError), house.database.transaction() as connection:
        use_invitation(connection, clock(), code.reveal(), None)
