"""Who one becomes by showing a Comfy API key."""

from __future__ import annotations

import asyncio
import threading

import pytest
from passport.accounts.errors import AccountDisabledError, NotSignedInError, TooManyTriesError
from passport.accounts.merging import Asking
from passport.accounts.sign_in import COMFY_API_KEY, fingerprint
from passport.accounts.throttle import API_KEY_NETWORK
from passport.providers.comfy_api import Customer
from passport.providers.errors import (
    ApiKeyNotPermittedError,
    ApiKeyRefusedError,
    ServiceAnsweredNonsenseError,
)
from passport.secret import Secret
from passport.storage.account_rows import lock_account, replace_identity
from passport.storage.credential_rows import put_credential
from passport.storage.tables import accounts, identities
from passport.tests.backend.comfy_in_memory import ADA, KEY, OTHER_KEY
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    at_once,
    count_rows,
    events,
    failures,
    principal_of,
    register,
)
from passport.tests.backend.people import log_in_with_key as log_in
from passport.vault.errors import ApiKeyMalformedError
from passport.vault.findings import Finding
from sqlalchemy import delete, update


async def test_a_first_log_in_makes_an_account_named_after_the_holder(house):
    signed_in = await log_in(house)
    assert signed_in.account.display_name == ADA.name
    assert signed_in.account.email == ADA.email
    assert signed_in.account.state == "active"
    assert signed_in.credential.state == "accepted"
    assert house.credentials.open(signed_in.credential).reveal() == KEY
    assert (await house.sessions.recognize(signed_in.token.reveal())).account_id == (
        signed_in.account.id
    )


async def test_the_same_key_is_the_same_account_on_every_browser(house):
    first, second = await log_in(house), await log_in(house, f" {KEY}\n")
    assert first.account == second.account
    assert first.token.reveal() != second.token.reveal()
    assert first.session.id != second.session.id
    assert len(house.credentials.list(first.account.id)) == 1


async def test_another_key_is_another_account_even_of_the_same_holder(house, comfy):
    comfy.holders[OTHER_KEY] = ADA
    first, second = await log_in(house), await log_in(house, OTHER_KEY)
    assert first.account.id != second.account.id


def log_in_from_threads(houses):
    outcomes = at_once([lambda each=house: log_in(each) for house in houses])
    assert failures(outcomes) == []
    return outcomes


def test_two_first_log_ins_at_once_make_one_account(house):
    first, second = log_in_from_threads([house, house])
    assert first.account.id == second.account.id
    assert count_rows(house, accounts, identities) == (1, 1)


def test_first_log_ins_on_several_machines_at_once_make_one_account(open_store, comfy, clock):
    houses = [House(open_store(), comfy, clock) for _ in range(4)]
    for _ in range(5):
        with houses[0].database.transaction() as connection:
            connection.execute(delete(accounts))
        signed_in = log_in_from_threads(houses)
        assert len({each.account.id for each in signed_in}) == 1
        assert count_rows(houses[0], accounts) == (1,)


@pytest.mark.parametrize(
    "problem",
    [ApiKeyRefusedError("no"), ApiKeyNotPermittedError("no"), ServiceAnsweredNonsenseError("?")],
    ids=lambda error: error.code,
)
async def test_a_key_that_was_turned_down_leaves_nothing_behind(house, comfy, problem):
    comfy.problem = problem
    with pytest.raises(type(problem)):
        await log_in(house)
    assert count_rows(house, accounts, identities) == (0, 0)


async def test_a_text_that_is_no_key_is_not_sent_anywhere(house, comfy):
    with pytest.raises(ApiKeyMalformedError):
        await log_in(house, "sk-canary")
    assert comfy.asked == []


async def test_a_key_that_could_not_be_checked_is_kept_and_says_so(house, comfy):
    comfy.be_unreachable("dns")
    signed_in = await log_in(house)
    assert (signed_in.credential.state, signed_in.credential.cause) == ("not_checked", "dns")
    assert (signed_in.account.display_name, signed_in.account.email) == ("", None)
    assert signed_in.credential.checked_at is None


async def test_advisory_a_log_in_without_the_service_does_not_undo_what_was_known(house, comfy):
    before = await log_in(house)
    comfy.be_unreachable("timeout")
    signed_in = await log_in(house)
    assert signed_in.account == before.account
    assert (signed_in.credential.state, signed_in.credential.cause) == ("accepted", "timeout")
    assert signed_in.credential.checked_at == before.credential.checked_at
    assert signed_in.credential.holder_email == ADA.email


async def test_the_account_is_called_what_the_service_calls_its_holder_today(house, comfy):
    comfy.be_unreachable()
    await log_in(house)
    comfy.problem = None
    assert (await log_in(house)).account.display_name == ADA.name
    comfy.holders[KEY] = Customer("customer-ada", None, "new@example.org")
    assert (await log_in(house)).account.display_name == "new@example.org"


@pytest.mark.parametrize("name", ["n" * 255, None])
async def test_the_longest_names_of_a_service_fit_into_any_store(open_store, comfy, clock, name):
    house = House(open_store(), comfy, clock)
    comfy.holders[KEY] = Customer("x", name, "m" * 320)
    signed_in = await log_in(house)
    assert len(signed_in.account.display_name) == 255
    assert len(signed_in.account.email) == 320


async def test_a_disabled_account_does_not_get_in(house):
    await log_in(house)
    with house.database.transaction() as connection:
        connection.execute(update(accounts).values(state="disabled"))
    with pytest.raises(AccountDisabledError):
        await log_in(house)


async def test_an_account_that_has_gone_is_signed_in_no_more(house):
    signed_in = await log_in(house)
    assert house.sign_in.find_account(principal_of(signed_in)) == signed_in.account
    with house.database.transaction() as connection:
        connection.execute(delete(accounts))
    with pytest.raises(NotSignedInError):
        house.sign_in.find_account(principal_of(signed_in))
    assert house.sign_in.find_account_by_id(signed_in.account.id) is None


async def test_neither_key_nor_token_stands_in_the_store_or_shows_itself(house, tmp_path):
    signed_in = await log_in(house)
    house.database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (KEY, signed_in.token.reveal()):
        assert secret.encode() not in stored
        assert secret not in repr(signed_in)
    assert signed_in.account.id.encode() in stored


def test_the_fingerprint_tells_nothing_of_the_key_and_belongs_to_it_alone():
    first, again, other = (fingerprint(Secret(key)) for key in (KEY, KEY, OTHER_KEY))
    assert first == again != other
    assert len(first) == 64
    assert KEY[8:] not in first


async def test_a_log_in_with_a_key_is_written_down_and_the_first_one_as_a_registration(house):
    signed_in = await log_in(house)
    await log_in(house)
    assert [(each.action, each.details) for each in events(house, signed_in.account.id)] == [
        ("registered", '{"method": "comfy-api-key"}'),
        ("signed_in", '{"method": "comfy-api-key"}'),
        ("signed_in", '{"method": "comfy-api-key"}'),
    ]
    assert {each.address for each in events(house)} == {HERE.address}


async def test_keys_are_tried_from_one_network_so_often_and_good_ones_cost_nothing(
    house, comfy, clock
):
    limit = API_KEY_NETWORK
    for _ in range(limit.tries + 5):
        await log_in(house)
    comfy.problem = ApiKeyRefusedError("no")
    for _ in range(limit.tries):
        with pytest.raises(ApiKeyRefusedError):
            await log_in(house)
    comfy.asked.clear()
    with pytest.raises(TooManyTriesError) as refused:
        await log_in(house)
    assert refused.value.retry_after_seconds == limit.period.total_seconds()
    assert comfy.asked == [], "the service is asked nothing"
    comfy.problem = None
    clock.now += limit.period
    assert await log_in(house)


async def test_a_person_with_a_password_keeps_the_name_that_they_gave_themselves(house):
    signed_in = await register(house, "countess@example.org", display_name="Countess")
    asking = Asking(signed_in.account.id, HERE)
    await house.accounts.linked_key.replace(asking, KEY, False)
    again = await log_in(house)
    assert again.account.id == signed_in.account.id
    assert (again.account.display_name, again.account.email) == ("Countess", "countess@example.org")


async def test_advisory_a_log_in_with_the_key_of_before_undoes_no_change_that_is_under_way(
    open_house,
):
    """It would seal the old key beside the identity of the new one."""
    house, other = open_house(), open_house()
    ada = await log_in(house)
    entered = []
    thread = threading.Thread(target=lambda: entered.append(asyncio.run(log_in(other))))
    with house.database.transaction() as connection:
        lock_account(connection, ada.account.id)
        new = Secret(OTHER_KEY)
        row = house.credentials.seal(
            ada.account.id, new, Finding("accepted", house.sessions._clock())
        )
        replace_identity(
            connection, ada.account.id, COMFY_API_KEY, fingerprint(new), row.created_at
        )
        put_credential(connection, row)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it waits"
    thread.join()
    assert house.credentials.open(house.credentials.find(ada.account.id)).reveal() == OTHER_KEY
    (signed_in,) = entered
    assert signed_in.account.id != ada.account.id
