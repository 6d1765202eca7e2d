"""Who one becomes by showing a Comfy API key."""

from __future__ import annotations

import asyncio
import threading

import pytest
from passport.accounts.errors import AccountDisabledError, IdentityTakenError, NotSignedInError
from passport.accounts.sessions import Principal
from passport.accounts.sign_in import fingerprint
from passport.providers.comfy_api import Customer
from passport.providers.errors import (
    ApiKeyNotPermittedError,
    ApiKeyRefusedError,
    ServiceAnsweredNonsenseError,
)
from passport.secret import Secret
from passport.storage.tables import accounts, identities
from passport.tests.backend.comfy_in_memory import ADA, KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import House
from passport.vault.credentials import COMFY
from passport.vault.errors import ApiKeyMalformedError
from sqlalchemy import delete, func, select, update


def log_in(house, key=KEY, shared_computer=False):
    return house.sign_in.with_api_key(key, shared_computer)


def principal_of(signed_in) -> Principal:
    return Principal(signed_in.account.id, signed_in.session)


def count(house, table) -> int:
    with house.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


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
    results, failures, start = [], [], threading.Barrier(len(houses))

    async def act(house):
        start.wait()
        try:
            results.append(await log_in(house))
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=lambda h=h: asyncio.run(act(h))) for h in houses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results


def test_two_first_log_ins_at_once_make_one_account(house):
    first, second = log_in_from_threads([house, house])
    assert first.account.id == second.account.id
    assert (count(house, accounts), count(house, identities)) == (1, 1)


def test_first_log_ins_on_several_machines_at_once_make_one_account(open_store, comfy, clock):
    houses = [House(open_store(), comfy, clock) for _ in range(4)]
    for _ in range(5):
        with houses[0].database.transaction() as connection:
            connection.execute(delete(accounts))
        signed_in = log_in_from_threads(houses)
        assert len({each.account.id for each in signed_in}) == 1
        assert count(houses[0], accounts) == 1


@pytest.mark.parametrize(
    "problem",
    [ApiKeyRefusedError("no"), ApiKeyNotPermittedError("no"), ServiceAnsweredNonsenseError("?")],
    ids=lambda error: error.code,
)
async def test_a_key_that_was_turned_down_leaves_nothing_behind(house, comfy, problem):
    comfy.problem = problem
    with pytest.raises(type(problem)):
        await log_in(house)
    assert (count(house, accounts), count(house, identities)) == (0, 0)


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
        connection.execute(update(accounts).values(state="cancelled"))
    with pytest.raises(AccountDisabledError):
        await log_in(house)


async def test_a_replaced_key_logs_in_from_now_on_and_the_old_one_does_not(house, comfy):
    signed_in = await log_in(house)
    credential = await house.sign_in.replace_api_key(principal_of(signed_in), OTHER_KEY)
    assert credential.mask == "comfyui-…1234"
    assert house.credentials.open(house.credentials.find(signed_in.account.id)).reveal() == (
        OTHER_KEY
    )
    assert (await log_in(house, OTHER_KEY)).account.id == signed_in.account.id
    assert (await log_in(house, KEY)).account.id != signed_in.account.id


async def test_the_account_takes_the_name_of_the_new_keys_holder(house, comfy):
    signed_in = await log_in(house)
    await house.sign_in.replace_api_key(principal_of(signed_in), OTHER_KEY)
    assert house.sign_in.find_account(principal_of(signed_in)).display_name == "Ben"
    comfy.be_unreachable()
    await house.sign_in.replace_api_key(principal_of(signed_in), THIRD_KEY)
    assert house.sign_in.find_account(principal_of(signed_in)).display_name == "Ben"


async def test_a_new_key_forgets_what_was_known_of_the_old_one(house, comfy):
    signed_in = await log_in(house)
    comfy.be_unreachable("dns")
    credential = await house.sign_in.replace_api_key(principal_of(signed_in), OTHER_KEY)
    assert (credential.state, credential.cause) == ("not_checked", "dns")
    assert credential.holder_name is credential.checked_at is None


async def test_the_key_of_another_account_cannot_be_taken(house):
    ada, ben = await log_in(house), await log_in(house, OTHER_KEY)
    with pytest.raises(IdentityTakenError, match="another account"):
        await house.sign_in.replace_api_key(principal_of(ada), OTHER_KEY)
    assert house.credentials.open(house.credentials.find(ada.account.id)).reveal() == KEY
    assert (await log_in(house)).account.id == ada.account.id
    assert (await log_in(house, OTHER_KEY)).account.id == ben.account.id


async def test_a_refused_replacement_changes_nothing(house, comfy):
    signed_in = await log_in(house)
    comfy.problem = ApiKeyRefusedError("no")
    with pytest.raises(ApiKeyRefusedError):
        await house.sign_in.replace_api_key(principal_of(signed_in), OTHER_KEY)
    assert house.credentials.find(signed_in.account.id) == signed_in.credential


def test_a_double_click_on_replace_is_one_replacement_in_any_store(open_store, comfy, clock):
    houses = [House(open_store(), comfy, clock) for _ in range(2)]
    principal = principal_of(asyncio.run(log_in(houses[0])))
    failures, start = [], threading.Barrier(2)

    async def replace(house):
        start.wait()
        for key in (OTHER_KEY, KEY, OTHER_KEY, KEY, OTHER_KEY):
            try:
                await house.sign_in.replace_api_key(principal, key)
            except Exception as error:  # noqa: BLE001, PERF203
                failures.append(error)

    threads = [threading.Thread(target=lambda h=h: asyncio.run(replace(h))) for h in houses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(houses[0], identities) == 1


async def test_logging_out_ends_this_session_and_keeps_the_key(house):
    here, there = await log_in(house), await log_in(house)
    house.sign_in.sign_out(principal_of(here), forget_credentials=False)
    assert await house.sessions.recognize(here.token.reveal()) is None
    assert await house.sessions.recognize(there.token.reveal())
    assert house.credentials.find(here.account.id)


async def test_logging_out_and_forgetting_removes_the_key_from_the_store(house, tmp_path):
    signed_in = await log_in(house)
    ciphertext = signed_in.credential.ciphertext
    house.sign_in.sign_out(principal_of(signed_in), forget_credentials=True)
    assert house.credentials.find(signed_in.account.id) is None
    with pytest.raises(Exception, match="no credential"):
        await house.credentials.check(signed_in.account.id, COMFY)
    assert (await log_in(house)).account.id == signed_in.account.id
    assert house.credentials.find(signed_in.account.id).ciphertext != ciphertext


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
