"""What people do, each as a flow that somebody can be killed in.

`prepare` brings a store to where the flow begins and returns what the flow has to know; `act` is
the flow, and tells what was acknowledged; `again` is what a person does who was cut off and comes
back: it has to end well, wherever the flow was cut off.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from passport.accounts.merging import Asking
from passport.providers.proved_identity import ProvedIdentity
from passport.storage.session_rows import SessionRow
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    BEN,
    log_in,
    log_in_with_key,
    register,
)
from passport.tests.backend.post_office import read_token

from .facts import Teller

BASE = "https://comfy.example.org"
GOOGLE = ProvedIdentity("google", "google-eve", "eve@example.org", None, "Eve")
PACK = "some-pack"
OUTPUTS = ["one.png", "two.png"]
Given = dict[str, Any]


@dataclass(frozen=True)
class Flow:
    """A flow under its name."""

    name: str
    prepare: Callable[[House], Awaitable[Given]]
    act: Callable[[House, Given, Teller], Awaitable[None]]
    again: Callable[[House, Given], Awaitable[None]]


FLOWS: dict[str, Flow] = {}
DEAF = Teller(lambda *_: None)


def flow(name: str, prepare: Any = None, but: tuple[type[Exception], ...] = ()) -> Any:
    """Name the function `act`. `again` is the same once more: after a flow that was whole, only
    though not acknowledged, it may be refused with `but`.
    """

    def keep(act: Any) -> Any:
        async def again(house: House, given: Given) -> None:
            with suppress(*but):
                await act(house, given, DEAF)

        FLOWS[name] = Flow(name, prepare or nobody, act, again)
        return act

    return keep


def again_in(name: str) -> Any:
    """Let the function be what a person does who comes back to this flow."""

    def keep(again: Any) -> Any:
        old = FLOWS[name]
        FLOWS[name] = Flow(name, old.prepare, old.act, again)
        return again

    return keep


async def nobody(house: House) -> Given:
    return {}


async def one(house: House) -> Given:
    """Somebody who is registered, whose address waits for its proof, with two sessions."""
    here = await register(house)
    there = await log_in(house)
    return {
        "id": here.account.id,
        "token": here.token.reveal(),
        "session": here.session.id,
        "other": there.session.id,
        "other_token": there.token.reveal(),
    }


async def one_with_a_letter(house: House) -> Given:
    given = await one(house)
    (letter,) = await house.deliver()
    return {**given, "code": read_token(letter)}


async def one_among_others(house: House) -> Given:
    """The same, on a server that Ben owns."""
    await register(house, BEN)
    return await one(house)


async def one_with_a_key(house: House) -> Given:
    signed_in = await log_in_with_key(house)
    return {"id": signed_in.account.id, "token": signed_in.token.reveal()}


def asking(given: Given) -> Asking:
    return Asking(given["id"], HERE, BASE)


def session_of(house: House, given: Given) -> SessionRow:
    return next(row for row in house.sign_out.list(given["id"]) if row.id == given["session"])
