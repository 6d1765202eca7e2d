"""PostgreSQL goes away in mid-transaction, or is started anew under load: what was acknowledged is
there, errors say what is wrong, and it goes on by itself.
"""

from __future__ import annotations

import asyncio
import importlib.util

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.backend.postgresql import NEEDED, PostgreSQL, find_binaries
from passport.tests.faults.wholeness import find_damage
from passport.tests.length import FULL
from sqlalchemy import event

CUT_OFF_EVERYBODY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid != pg_backend_pid() AND backend_type = 'client backend'"
)
CLEAR = {"storage_failed", "database_busy", "database_unreachable", "commit_uncertain"}
"""What an answer may say that was refused for the store's sake."""
PEOPLE_AT_ONCE = 4
SECONDS_OF_LOAD = 8 if FULL else 1.5


@pytest.fixture(scope="module")
def own_postgresql():
    """A server that this file alone may end."""
    binaries = find_binaries()
    if binaries is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip(NEEDED)
    server = PostgreSQL(binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def on_postgresql(own_postgresql, start_server):
    """A server of ours on it, whose store is open."""
    server = await start_server(PASSPORT_DATABASE_URL=own_postgresql.make_database())
    assert (await server.browser().get("status")).status == 200
    return server


class CutOff:
    """Cuts everybody off from the server, once, when the `count`-th such event comes."""

    def __init__(self, postgresql: PostgreSQL, count: int) -> None:
        self._postgresql = postgresql
        self.left = count

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            self._postgresql.execute(CUT_OFF_EVERYBODY)


@pytest.mark.parametrize("place", ["before_cursor_execute", "after_cursor_execute", "commit"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 12])
async def test_a_connection_that_is_lost_in_mid_transaction(
    on_postgresql, own_postgresql, place, count
):
    cut_off = CutOff(own_postgresql, count)
    event.listen(on_postgresql.services.database.engine, place, cut_off)

    answer = await on_postgresql.browser().register("ada@example.org")
    if answer.status != 201:
        assert answer.status == 503
        assert answer.code in CLEAR
        assert answer.cookies == []
        assert "psycopg" not in answer.body.decode()
    cut_off.left = 0
    again = await on_postgresql.browser().register("ada@example.org")
    # Refused and yet there would be half done: whoever comes back could not register.
    assert again.status == (409 if answer.status == 201 else 201)
    assert (await on_postgresql.browser().log_in_by_mail("ada@example.org")).status == 201
    assert list(find_damage(on_postgresql.services.database)) == []


async def test_connections_that_were_cut_off_while_nobody_used_them(on_postgresql, own_postgresql):
    browser = on_postgresql.browser()
    assert (await browser.register("ada@example.org")).status == 201
    own_postgresql.execute(CUT_OFF_EVERYBODY)
    on_postgresql.clock.advance(minutes=2)
    assert (await browser.status())["signed_in"] is True
    assert (await browser.put("node-packs/x", {"decision": "always"})).status == 200


async def test_a_server_that_is_gone_is_named_and_comfyui_goes_on(on_postgresql, own_postgresql):
    browser = on_postgresql.browser()
    await browser.log_in(PRACTICE_KEY)
    own_postgresql.crash()
    try:
        on_postgresql.clock.advance(minutes=1)
        assert (await browser.get("/unrelated")).status == 200
        assert await browser.run_uses() is None
        answer = await on_postgresql.browser().register("ada@example.org")
        assert answer.status == 503
        assert answer.code in CLEAR
    finally:
        own_postgresql.come_up()
    for _ in range(20):  # who asks while it is away does not wait for it
        answer = await browser.get("status")
        if answer.status == 200:
            break
        await asyncio.sleep(0.1)
    assert answer.json["signed_in"] is True
    assert await browser.run_uses() == "account"


async def test_a_server_that_is_started_anew_under_load(on_postgresql, own_postgresql):
    acknowledged: list[str] = []
    refusals: list[tuple[int, str]] = []
    over = asyncio.Event()

    async def live(number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            on_postgresql.clock.advance(minutes=10)  # nobody is made to wait
            answer = await on_postgresql.browser().register(
                email := f"{number}-{count}@example.org"
            )
            if answer.status == 201:
                acknowledged.append(email)
            else:
                refusals.append((answer.status, answer.code))

    load = [asyncio.create_task(live(number)) for number in range(PEOPLE_AT_ONCE)]
    for _ in range(3 if FULL else 1):
        await asyncio.sleep(SECONDS_OF_LOAD / 2)
        await asyncio.to_thread(own_postgresql.crash)
        await asyncio.to_thread(own_postgresql.come_up)
    before = len(acknowledged)
    await asyncio.sleep(SECONDS_OF_LOAD / 2)
    over.set()
    await asyncio.gather(*load)

    assert len(acknowledged) > before, "it goes on by itself"
    assert {status for status, _ in refusals} <= {503}
    assert {code for _, code in refusals} <= CLEAR
    for email in acknowledged:
        on_postgresql.clock.advance(minutes=1)
        assert (await on_postgresql.browser().log_in_by_mail(email)).status == 201, email
    assert list(find_damage(on_postgresql.services.database)) == []
