"""Those who come to a server in tests, and what they do there first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from passport.accounts.admission import Application
from passport.accounts.new_api_key import NewApiKey
from passport.accounts.principals import Principal
from passport.accounts.registration import NewAccount
from passport.accounts.sign_in import SignedIn
from passport.audit.clients import Client
from passport.secret import Secret
from passport.storage.account_rows import AccountRow, change_account, find_account
from passport.storage.api_key_rows import ApiKeyRow
from passport.storage.audit_rows import EventRow
from sqlalchemy import Table, func, select

from .comfy_in_memory import KEY
from .fixtures import HERE, ON_THE_MACHINE, House

ADA, BEN, EVE = "ada@example.org", "ben@example.org", "eve@example.org"
PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple in the rain"
THERE = Client("198.51.100.9", "curl/8.0")


async def register(
    house: House,
    email: str = ADA,
    password: str = PASSWORD,
    application: Application = ON_THE_MACHINE,
    client: Client = HERE,
    **changes: Any,
) -> SignedIn:
    new = NewAccount(email, password, **changes)
    return await house.accounts.registration.register(new, application, client)


async def log_in(
    house: House, email: str = ADA, password: str = PASSWORD, client: Client = HERE
) -> SignedIn:
    return await house.accounts.email_log_in.log_in(email, password, False, client)


async def log_in_with_key(
    house: House,
    key: str = KEY,
    application: Application = ON_THE_MACHINE,
    shared_computer: bool = False,
) -> SignedIn:
    return await house.sign_in.with_api_key(key, shared_computer, HERE, application)


def principal_of(signed_in: SignedIn) -> Principal:
    return Principal(signed_in.account.id, limited=False, session=signed_in.session)


async def knows(house: House, *signed_in: SignedIn) -> list[bool]:
    """Tell whose log-ins still count."""
    return [await house.sessions.recognize(each.token.reveal()) is not None for each in signed_in]


def account_of(house: House, who: SignedIn | AccountRow) -> AccountRow | None:
    """Return the account as it stands now."""
    account = who.account if isinstance(who, SignedIn) else who
    with house.database.reading() as connection:
        return find_account(connection, account.id)


def change(house: House, who: SignedIn, **values: Any) -> None:
    with house.database.transaction() as connection:
        change_account(connection, who.account.id, **values)
    house.sessions.forget(who.account.id)
    house.accounts.api_keys.forget(who.account.id)


def make_key(
    house: House, who: SignedIn, name: str = "script", client: Client = HERE, **changes: Any
) -> tuple[ApiKeyRow, Secret]:
    return house.accounts.api_keys.make(who.account.id, NewApiKey(name, **changes), client)


async def recognize(house: House, key: Secret, client: Client = HERE) -> Principal | None:
    """Tell who a program is that shows this key."""
    return await house.accounts.api_keys.recognize(key.reveal(), client)


def count_rows(house: House, *tables: Table) -> tuple[int, ...]:
    with house.database.reading() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        )


def events(house: House, account_id: str | None = None) -> list[EventRow]:
    """Return what was written down, the oldest first."""
    listed = house.accounts.people.list_events(account_id, limit=10_000)
    return [each.event for each in reversed(listed)]


def actions(house: House, account_id: str | None = None) -> list[str]:
    return [event.action for event in events(house, account_id)]


def at_once(acts: Sequence[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    """Run each on a thread with a loop of its own, all from one moment on.

    Return what each returned, or the exception that it raised.
    """
    outcomes: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def work(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = asyncio.run(acts[number]())
        except Exception as error:  # noqa: BLE001
            outcomes[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def failures(outcomes: Sequence[Any]) -> list[Exception]:
    return [each for each in outcomes if isinstance(each, Exception)]


def successes(outcomes: Sequence[Any]) -> list[Any]:
    return [each for each in outcomes if not isinstance(each, Exception)]
