"""Flows of what an account has: keys, credentials, permissions, invitations."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from passport.accounts.access_errors import ApiKeyNameTakenError
from passport.accounts.admission import Application
from passport.accounts.errors import (
    EmailTakenError,
    InvitationMissingError,
)
from passport.accounts.new_api_key import NewApiKey
from passport.tests.backend.comfy_in_memory import OTHER_KEY
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    register,
)
from passport.vault.node_packs import ALWAYS

from .facts import Teller
from .flow import (
    DEAF,
    PACK,
    Given,
    again_in,
    asking,
    flow,
    one,
    one_with_a_key,
)


@flow("make, rotate and delete a key", one)
async def keys(house: House, given: Given, tell: Teller) -> None:
    service, account_id = house.accounts.api_keys, given["id"]
    row, key = service.make(account_id, NewApiKey("script"), HERE)
    tell.sure("key", key.reveal(), account_id)
    tell.sure("letter", ["api_key_made", ADA])
    _, next_key = service.rotate(account_id, row.id, timedelta(hours=1), HERE)
    tell.sure("key", next_key.reveal(), account_id)
    tell.changing("key", key.reveal())
    tell.changing("key", next_key.reveal())
    service.delete(account_id, [row.id], HERE)
    tell.sure("key", key.reveal(), None)
    tell.sure("key", next_key.reveal(), None)
    tell.sure("noted", ["api_key_deleted", account_id], 1)


@again_in("make, rotate and delete a key")
async def keys_again(house: House, given: Given) -> None:
    with suppress(ApiKeyNameTakenError):
        return await keys(house, given, DEAF)
    listed = house.accounts.api_keys.list(given["id"])
    house.accounts.api_keys.delete(given["id"], [row.id for row in listed], HERE)
    return await keys(house, given, DEAF)


@flow("replace and forget a credential", one_with_a_key)
async def credential(house: House, given: Given, tell: Teller) -> None:
    account_id = given["id"]
    await house.accounts.linked_key.replace(asking(given), OTHER_KEY, False)
    tell.sure("credential", [account_id], OTHER_KEY)
    tell.sure("noted", ["credential_stored", account_id], 1)
    tell.changing("credential", [account_id])
    house.credentials.forget(account_id, "comfy", HERE)
    tell.sure("credential", [account_id], None)
    tell.sure("noted", ["credential_removed", account_id], 1)


@flow("allow and forbid a pack", one)
async def packs(house: House, given: Given, tell: Teller) -> None:
    house.node_packs.allow(given["id"], PACK, ALWAYS, HERE)
    tell.sure("packs", given["id"], [PACK])
    tell.changing("packs", given["id"])
    house.node_packs.take_back(given["id"], PACK, HERE)
    tell.sure("packs", given["id"], [])
    tell.sure("noted", ["node_pack_taken_back", given["id"]], 1)


@flow("invite, take back, accept", one, but=(EmailTakenError,))
async def invitations(house: House, given: Given, tell: Teller) -> None:
    service = house.accounts.invitations
    for row in service.list():
        with suppress(InvitationMissingError):
            service.take_back(row.id, given["id"], HERE)
    row, _ = service.make(None, 7, given["id"], HERE)
    _, code = service.make(BEN, 7, given["id"], HERE)
    tell.sure("invitations", None, 2)
    tell.changing("invitations", None)
    service.take_back(row.id, given["id"], HERE)
    tell.sure("invitations", None, 1)
    tell.changing("invitations", None)
    application = Application(invitation=code.reveal())
    signed_in = await register(house, BEN, application=application)
    tell.sure("invitations", None, 0)
    tell.sure("session", signed_in.token.reveal(), signed_in.account.id)
