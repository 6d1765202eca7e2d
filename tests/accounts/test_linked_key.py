"""The key of an account: another one in its place, a first one, one that another account has."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from passport.accounts import linked_key
from passport.accounts.errors import (
    AccountDisabledError,
    AccountMissingError,
    IdentityTakenError,
    PasswordExistsError,
)
from passport.accounts.merging import Asking
from passport.providers.errors import ApiKeyRefusedError
from passport.storage.account_rows import delete_account
from passport.storage.tables import accounts, audit_events, identities, node_packs, sessions
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    PASSWORD,
    account_of,
    actions,
    at_once,
    change,
    count_rows,
    failures,
    knows,
    register,
)
from passport.tests.backend.people import log_in as log_in_by_mail
from passport.tests.backend.people import log_in_with_key as log_in
from passport.vault.binding import Binding
from passport.vault.errors import ApiKeyMalformedError
from passport.vault.machine_credential import MachineCredential
from passport.vault.node_packs import ALWAYS

EVERYTHING = (accounts, identities, sessions, audit_events, node_packs)


async def replace(house, who, key, link_accounts=False):
    asking = Asking(who.account.id, HERE)
    return await house.accounts.linked_key.replace(asking, key, link_accounts)


async def is_theirs(house, who, key) -> bool:
    return await house.accounts.linked_key.is_theirs(who.account.id, key)


async def add_email(house, who) -> None:
    await house.accounts.linked_email.add(Asking(who.account.id, HERE), BEN, PASSWORD)


def key_of(house, who) -> str | None:
    row = house.credentials.find(who.account.id)
    return row and house.credentials.open(row).reveal()


async def test_a_replaced_key_logs_in_from_now_on_and_the_old_one_does_not(house, comfy):
    signed_in = await log_in(house)
    credential = await replace(house, signed_in, OTHER_KEY)
    assert credential.mask == "comfyui-…1234"
    assert house.credentials.open(house.credentials.find(signed_in.account.id)).reveal() == (
        OTHER_KEY
    )
    assert (await log_in(house, OTHER_KEY)).account.id == signed_in.account.id
    assert (await log_in(house, KEY)).account.id != signed_in.account.id


async def test_the_account_takes_the_name_of_the_new_keys_holder(house, comfy):
    signed_in = await log_in(house)
    await replace(house, signed_in, OTHER_KEY)
    assert account_of(house, signed_in).display_name == "Ben"
    comfy.be_unreachable()
    await replace(house, signed_in, THIRD_KEY)
    assert account_of(house, signed_in).display_name == "Ben"


async def test_a_new_key_forgets_what_was_known_of_the_old_one(house, comfy):
    signed_in = await log_in(house)
    comfy.be_unreachable("dns")
    credential = await replace(house, signed_in, OTHER_KEY)
    assert (credential.state, credential.cause) == ("not_checked", "dns")
    assert credential.holder_name is credential.checked_at is None


async def test_the_key_of_another_account_cannot_be_taken(house):
    ada, ben = await log_in(house), await log_in(house, OTHER_KEY)
    with pytest.raises(IdentityTakenError, match="another account"):
        await replace(house, ada, OTHER_KEY)
    assert house.credentials.open(house.credentials.find(ada.account.id)).reveal() == KEY
    assert (await log_in(house)).account.id == ada.account.id
    assert (await log_in(house, OTHER_KEY)).account.id == ben.account.id


async def test_a_refused_replacement_changes_nothing(house, comfy):
    signed_in = await log_in(house)
    comfy.problem = ApiKeyRefusedError("no")
    with pytest.raises(ApiKeyRefusedError):
        await replace(house, signed_in, OTHER_KEY)
    assert house.credentials.find(signed_in.account.id) == signed_in.credential


def test_a_double_click_on_replace_is_one_replacement_in_any_store(open_house):
    houses = [open_house() for _ in range(2)]
    signed_in = asyncio.run(log_in(houses[0]))

    def replacing(house):
        async def act():
            for key in (OTHER_KEY, KEY, OTHER_KEY, KEY, OTHER_KEY):
                await replace(house, signed_in, key)

        return act

    assert failures(at_once([replacing(house) for house in houses])) == []
    assert count_rows(houses[0], identities) == (1,)
    assert key_of(houses[0], signed_in) == OTHER_KEY


async def test_a_first_key_of_an_account_with_a_password_logs_it_in_too(house):
    ada = await register(house)
    assert (await replace(house, ada, KEY)).state == "accepted"
    assert (await log_in(house)).account.id == ada.account.id
    assert (await log_in_by_mail(house)).credential.mask == "comfyui-…wxyz"
    assert account_of(house, ada).email == ADA
    assert actions(house, ada.account.id)[1] == "credential_stored"


@pytest.mark.parametrize("text", ["", "sk-canary", "comfyui-"])
async def test_a_text_that_is_no_key_changes_nothing(house, comfy, text):
    ada = await register(house)
    with pytest.raises(ApiKeyMalformedError):
        await replace(house, ada, text)
    assert comfy.asked == []
    assert key_of(house, ada) is None


class TestAKeyThatCanOnlyBeTheirs:
    """It needs no proof to become the key that logs in."""

    async def test_the_one_that_logs_in_already(self, house):
        ada = await log_in(house)
        assert await is_theirs(house, ada, KEY)

    async def test_another_one_of_the_same_person_where_a_key_is_the_only_way_in(
        self, house, comfy
    ):
        ada = await log_in(house)
        comfy.holders[THIRD_KEY] = comfy.holders[KEY]
        assert await is_theirs(house, ada, THIRD_KEY)
        await add_email(house, ada)
        assert not await is_theirs(house, ada, THIRD_KEY)

    async def test_one_of_somebody_else_is_not(self, house):
        assert not await is_theirs(house, await log_in(house), OTHER_KEY)

    async def test_one_whose_person_cannot_be_found_out_is_not(self, house, comfy):
        nameless = await log_in(house, THIRD_KEY)
        assert not await is_theirs(house, nameless, KEY.replace("a", "d"))
        ada = await log_in(house)
        comfy.holders[THIRD_KEY] = comfy.holders[KEY]
        comfy.be_unreachable()
        assert not await is_theirs(house, ada, THIRD_KEY)

    async def test_a_key_that_was_stored_for_runs_alone_does_not_tell_who_they_are(
        self, house, comfy
    ):
        ada = await log_in(house)
        asking = Asking(ada.account.id, HERE)
        await house.accounts.linked_key.keep_for_runs(asking, OTHER_KEY)
        comfy.holders[THIRD_KEY] = comfy.holders[OTHER_KEY]
        assert not await is_theirs(house, ada, OTHER_KEY)
        assert not await is_theirs(house, ada, THIRD_KEY)


async def test_a_key_for_runs_alone_changes_nothing_of_who_logs_in_with_what(house):
    ada, ben = await log_in(house), await log_in(house, OTHER_KEY)
    kept = await house.accounts.linked_key.keep_for_runs(Asking(ada.account.id, HERE), OTHER_KEY)
    assert kept.state == "accepted"
    assert key_of(house, ada) == OTHER_KEY
    assert account_of(house, ada).display_name == ada.account.display_name
    assert (await log_in(house)).account.id == ada.account.id
    assert (await log_in(house, OTHER_KEY)).account.id == ben.account.id


class TestMakingTwoAccountsOne:
    async def test_the_one_that_is_signed_in_has_what_both_had(self, house, comfy):
        ada, other = await register(house), await log_in(house, OTHER_KEY)
        house.node_packs.allow(ada.account.id, "both", ALWAYS, HERE)
        house.node_packs.allow(other.account.id, "both", ALWAYS, HERE)
        house.node_packs.allow(other.account.id, "theirs", ALWAYS, HERE)
        before = actions(house, ada.account.id) + actions(house, other.account.id)
        assert await knows(house, ada, other) == [True, True]

        await replace(house, ada, OTHER_KEY, link_accounts=True)

        assert account_of(house, other) is None
        assert key_of(house, ada) == OTHER_KEY
        assert house.node_packs.allowed(ada.account.id) == {"both", "theirs"}
        moved = await house.sessions.recognize(other.token.reveal())
        assert moved.account_id == ada.account.id
        for again in (await log_in(house, OTHER_KEY), await log_in_by_mail(house)):
            assert again.account.id == ada.account.id
        after = actions(house, ada.account.id)
        assert sorted(after[: len(before) + 2]) == sorted(
            [*before, "accounts_linked", "credential_stored"]
        )

    async def test_the_key_that_is_shown_takes_the_place_of_both(self, house):
        ada, other = await log_in(house, KEY), await log_in(house, OTHER_KEY)
        await replace(house, ada, OTHER_KEY, link_accounts=True)
        assert account_of(house, other) is None
        assert key_of(house, ada) == OTHER_KEY
        assert (await log_in(house, OTHER_KEY)).account.id == ada.account.id
        assert (await log_in(house, KEY)).account.id != ada.account.id

    async def test_an_account_without_a_password_gets_that_of_the_other(self, house):
        mine, ada = await log_in(house, KEY), await register(house, display_name="Countess")
        await replace(house, ada, OTHER_KEY)
        change(house, ada, email_verified_at=house.accounts.admission._clock())
        await replace(house, mine, OTHER_KEY, link_accounts=True)
        account = account_of(house, mine)
        assert (account.display_name, account.email) == ("Countess", ADA)
        assert account.has_password
        assert account.email_verified_at
        assert (await log_in_by_mail(house)).account.id == mine.account.id

    @pytest.mark.parametrize(
        ("mine", "theirs", "then"),
        [
            ("owner", "user", "owner"),
            ("user", "owner", "owner"),
            ("owner", "owner", "owner"),
            ("user", "user", "user"),
        ],
    )
    async def test_it_is_an_owner_if_either_was(self, house, mine, theirs, then):
        ada, other = await register(house), await log_in(house, OTHER_KEY)
        change(house, ada, role=mine)
        change(house, other, role=theirs)
        await replace(house, ada, OTHER_KEY, link_accounts=True)
        assert account_of(house, ada).role == then

    async def test_not_without_being_asked_for(self, house):
        ada, _ = await register(house), await log_in(house, OTHER_KEY)
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(IdentityTakenError, match="make the two accounts one"):
            await replace(house, ada, OTHER_KEY)
        assert count_rows(house, *EVERYTHING) == before
        assert key_of(house, ada) is None

    async def test_not_when_both_log_in_by_mail(self, house):
        ada, ben = await register(house), await register(house, BEN)
        await replace(house, ben, OTHER_KEY)
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(PasswordExistsError):
            await replace(house, ada, OTHER_KEY, link_accounts=True)
        assert count_rows(house, *EVERYTHING) == before
        assert key_of(house, ben) == OTHER_KEY
        assert await knows(house, ada, ben) == [True, True]

    async def test_not_with_one_that_is_disabled(self, house):
        ada, other = await register(house), await log_in(house, OTHER_KEY)
        change(house, other, state="disabled")
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(AccountDisabledError):
            await replace(house, ada, OTHER_KEY, link_accounts=True)
        assert count_rows(house, *EVERYTHING) == before

    async def test_a_key_of_ones_own_or_of_nobody_makes_nothing_one(self, house):
        ada = await register(house)
        for key in (THIRD_KEY, THIRD_KEY, OTHER_KEY):
            await replace(house, ada, key, link_accounts=True)
        assert "accounts_linked" not in actions(house)
        assert key_of(house, ada) == OTHER_KEY

    async def test_runs_of_the_survivor_that_wait_in_the_queue_keep_their_key(self, house, clock):
        ada, _ = await log_in(house, KEY), await log_in(house, OTHER_KEY)
        binding = Binding(
            house.credentials, house.node_packs, MachineCredential({}), "", frozenset(), clock
        )
        claim = binding.claim(ada.account.id, False, {})
        await replace(house, ada, OTHER_KEY, link_accounts=True)
        assert binding.resolve(claim, set()).secret.reveal() == OTHER_KEY


def test_two_that_make_one_of_the_same_two_at_once_leave_one_account_in_any_store(open_house):
    houses = [open_house(), open_house()]
    for _ in range(3):
        ada = asyncio.run(log_in(houses[0], KEY))
        asyncio.run(log_in(houses[0], OTHER_KEY))
        outcomes = at_once(
            [partial(replace, house, ada, OTHER_KEY, link_accounts=True) for house in houses * 2]
        )
        assert failures(outcomes) == []
        assert key_of(houses[0], ada) == OTHER_KEY
        asyncio.run(replace(houses[0], ada, KEY))
        assert count_rows(houses[0], accounts, identities) == (1, 1)


async def test_an_account_that_has_gone_gets_no_key(house):
    signed_in = await log_in(house)
    with house.database.transaction() as connection:
        delete_account(connection, signed_in.account.id)
    with pytest.raises(AccountMissingError):
        await replace(house, signed_in, OTHER_KEY)
    assert count_rows(house, accounts, identities) == (0, 0)


async def test_a_key_that_another_account_got_at_this_moment_is_taken(house, monkeypatch):
    ada, _ = await register(house), await log_in(house, OTHER_KEY)
    monkeypatch.setattr(linked_key, "find_account_by_identity", lambda *_: None)
    with pytest.raises(IdentityTakenError):
        await replace(house, ada, OTHER_KEY, link_accounts=True)
    assert key_of(house, ada) is None
