"""Flows of leaving, and of what the server does by itself."""

from __future__ import annotations

from datetime import timedelta

from passport.accounts.errors import (
    AccountMissingError,
)
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    register,
)

from .facts import Teller
from .flow import (
    OUTPUTS,
    Given,
    flow,
    one,
    one_among_others,
    one_with_a_letter,
)


@flow("cancel", one)
async def cancel(house: House, given: Given, tell: Teller) -> None:
    house.accounts.leaving.cancel(given["id"], given["session"], HERE)
    tell.sure("state", given["id"], "cancelled")
    tell.sure("session", given["other_token"], None)
    tell.sure("letter", ["account_cancelled", ADA])


async def one_who_left(house: House) -> Given:
    given = await one_among_others(house)
    await house.deliver()
    house.accounts.leaving.cancel(given["id"], given["session"], HERE)
    return given


@flow("reactivate", one_who_left)
async def reactivate(house: House, given: Given, tell: Teller) -> None:
    house.accounts.leaving.reactivate(given["id"], HERE)
    tell.sure("state", given["id"], "active")
    tell.sure("noted", ["account_reactivated", given["id"]], 1)


@flow("purge", one_who_left)
async def purge(house: House, given: Given, tell: Teller) -> None:
    clock = house.clock
    clock.advance(days=28)
    house.accounts.purge.run()
    tell.sure("letter", ["account_cancelled", ADA])
    tell.changing("letter", ["account_cancelled", ADA])
    clock.advance(days=3)
    house.accounts.purge.run()
    tell.sure("state", given["id"], None)
    tell.sure("rows", "accounts", 1)


async def one_with_outputs(house: House) -> Given:
    given = await one_among_others(house)
    for name in OUTPUTS:
        (house.output_folder / name).write_text(name)
    house.accounts.belongings.note_outputs(given["id"], OUTPUTS)
    return given


@flow("delete", one_with_outputs, but=(AccountMissingError,))
async def delete(house: House, given: Given, tell: Teller) -> None:
    house.accounts.departure.delete(given["id"], ["outputs"], HERE)
    tell.sure("state", given["id"], None)
    tell.sure("rows", "outputs", 0)
    house.accounts.departure.tidy()


@flow("export", one_among_others)
async def export(house: House, given: Given, tell: Teller) -> None:
    assert house.accounts.export.write(given["id"], HERE)
    tell.sure("noted", ["account_exported", given["id"]], 1)


async def letters_that_wait(house: House) -> Given:
    for email in (ADA, BEN, EVE):
        await register(house, email)
        house.clock.advance(seconds=1)  # which of them goes first does not depend on chance
    return {}


@flow("send the outbox", letters_that_wait)
async def send(house: House, given: Given, tell: Teller) -> None:
    for email in (ADA, BEN, EVE):
        tell.sure("letter", ["verify_email", email])
    house.clock.advance(minutes=3)  # what a process that was killed had claimed is free again
    await house.deliver()
    tell.sure("rows", "outbox", 0)


async def what_expires(house: House) -> Given:
    given = await one_with_a_letter(house)
    house.accounts.invitations.make(None, 1, None, HERE)
    pending = house.accounts.flows.plan(timedelta(minutes=10))
    house.accounts.flows.begin(pending, {"a": "b"})
    return given


@flow("housekeeping", what_expires)
async def housekeeping(house: House, given: Given, tell: Teller) -> None:
    house.clock.advance(days=30)
    house.accounts.housekeeping.tidy()
    for table in ("sessions", "one_time_tokens", "invitations", "pending_log_ins", "throttles"):
        tell.sure("rows", table, 0)
    tell.sure("noted", ["registered", given["id"]], 1)
