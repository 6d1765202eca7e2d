"""Showing a stored secret to whose it is."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from passport.accounts.errors import TooManyTriesError
from passport.accounts.reveal import HIDE_AFTER_SECONDS
from passport.accounts.throttle import REVEAL_ACCOUNT
from passport.storage.tables import credentials
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.people import THERE, actions, events, log_in_with_key
from passport.vault.credentials import COMFY
from passport.vault.encryption import KeyRing
from passport.vault.errors import (
    CredentialMissingError,
    CredentialUnreadableError,
    MasterKeyMissingError,
)
from sqlalchemy import update


@pytest.fixture
async def ada(house):
    return await log_in_with_key(house, KEY)


def show(house, who, service=COMFY):
    return house.accounts.reveal.show(who.account.id, service, THERE)


async def test_everybody_sees_their_own(house, ada):
    ben = await log_in_with_key(house, OTHER_KEY)
    assert show(house, ada).reveal() == KEY
    assert show(house, ben).reveal() == OTHER_KEY
    assert 0 < HIDE_AFTER_SECONDS <= 60


async def test_it_is_written_down_without_the_secret(house, ada):
    show(house, ada)
    event = events(house)[-1]
    assert (event.action, event.account_id) == ("credential_revealed", ada.account.id)
    assert (event.address, json.loads(event.details)) == (THERE.address, {"service": COMFY})
    assert KEY[8:-4] not in str(events(house))


async def test_what_is_not_stored_cannot_be_shown(house, ada):
    with pytest.raises(CredentialMissingError):
        show(house, ada, "another service")
    house.credentials.forget_all(ada.account.id, THERE)
    with pytest.raises(CredentialMissingError):
        show(house, ada)
    assert "credential_revealed" not in actions(house)


@pytest.mark.parametrize("how", ["another master key", "changed bytes", "another's row"])
async def test_what_does_not_open_is_not_shown_and_nothing_is_written_down(house, ada, how):
    if how == "another master key":
        house.credentials._key_ring = KeyRing([b"another" + bytes(25)])
    else:
        ben = await log_in_with_key(house, OTHER_KEY)
        stolen = ben.credential.ciphertext if how == "another's row" else bytes(120)
        with house.database.transaction() as connection:
            own = credentials.c.account_id == ada.account.id
            connection.execute(update(credentials).where(own).values(ciphertext=stolen))
    with pytest.raises((CredentialUnreadableError, MasterKeyMissingError)):
        show(house, ada)
    assert "credential_revealed" not in actions(house)


async def test_it_is_throttled_for_each_account(house, ada, clock):
    ben = await log_in_with_key(house, OTHER_KEY)
    for _ in range(REVEAL_ACCOUNT.tries):
        show(house, ada)
    with pytest.raises(TooManyTriesError):
        show(house, ada)
    assert actions(house).count("credential_revealed") == REVEAL_ACCOUNT.tries
    assert show(house, ben)
    clock.advance(seconds=REVEAL_ACCOUNT.period / timedelta(seconds=1))
    assert show(house, ada)
