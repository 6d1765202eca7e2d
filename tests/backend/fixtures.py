"""Fixtures of the back end: a clock, stores, and the services wired on a new store."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from passport.accounts.admission import Application
from passport.accounts.passwords import Passwords
from passport.accounts.sessions import Lifetimes
from passport.accounts.wiring import House as ServerHouse
from passport.accounts.wiring import wire_accounts
from passport.audit.clients import Client
from passport.clock import Clock
from passport.network.host_facts import HostFacts
from passport.providers.mail import Letter
from passport.settings import Settings
from passport.storage.database import Database, sqlite_url
from passport.storage.instance_rows import add_store_id, find_store_id
from passport.vault.credentials import Credentials
from passport.vault.encryption import KeyRing
from passport.vault.node_packs import NodePacks
from sqlalchemy import event

from .clock import SettableClock
from .comfy_in_memory import ComfyInMemory
from .new_store import lay_tables
from .post_office import PostOffice
from .postgresql import NEEDED, PostgreSQL, find_binaries

OpenStore = Callable[[], Database]
OpenHouse = Callable[..., Any]

LIFETIMES = Lifetimes(idle_seconds=3600, shared_computer_idle_seconds=600, lifetime_seconds=36000)
HERE = Client("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0")
SETTINGS: dict[str, Any] = {
    "session_idle_seconds": LIFETIMES.idle_seconds,
    "shared_computer_idle_seconds": LIFETIMES.shared_computer_idle_seconds,
    "session_lifetime_seconds": LIFETIMES.lifetime_seconds,
}
ON_THE_MACHINE = Application(on_the_machine=True)
FROM_AFAR = Application()
SERVER_NAME = "comfyui-test"
NO_TRASH = Path(tempfile.gettempdir()) / "passport-no-trash"
MASTER_KEY = bytes(range(32))
RUNNING = pytest.StashKey[PostgreSQL]()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def comfy() -> ComfyInMemory:
    return ComfyInMemory()


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> PostgreSQL:
    """One server for all folders that import this fixture."""
    if RUNNING in pytestconfig.stash:
        return pytestconfig.stash[RUNNING]
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(NEEDED)
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip('psycopg is not here (pip install "psycopg[binary]")')
    server = pytestconfig.stash[RUNNING] = PostgreSQL(binaries)
    pytestconfig.add_cleanup(server.stop)
    server.start()
    return server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new and empty store, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return request.getfixturevalue("postgresql").make_database()


@pytest.fixture
def open_store(store_url: str) -> Iterator[OpenStore]:
    """Call it for one more process's worth of access to the same store, of each kind in turn."""
    yield from _opener(store_url)


@pytest.fixture
def open_sqlite(tmp_path: Path) -> Iterator[OpenStore]:
    """Call it for one more process's worth of access to the same SQLite store."""
    yield from _opener(sqlite_url(tmp_path))


ON_EACH = pytest.mark.parametrize("open_chosen", ["sqlite", "postgresql"], indirect=True)
"""For the tests of a file whose others are content with SQLite."""


@pytest.fixture
def open_chosen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Call it for a process's worth of access to one store: SQLite, or as ON_EACH says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield from _opener(sqlite_url(tmp_path))
    else:
        yield from _opener(request.getfixturevalue("postgresql").make_database())


def _opener(url: str) -> Iterator[OpenStore]:
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(Database(url))
        lay_tables(opened[-1])
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_sqlite: OpenStore) -> Database:
    return open_sqlite()


# The least that argon2 takes: what is tested is who calls it, not how long it takes.
CHEAP = {"memory_kib": 8, "passes": 1, "workers": 2}


class House:
    """The services of one process, as composition wires them, with a fake service below.

    With a post office it sends mail: `deliver` does what the background does.
    """

    def __init__(
        self,
        database: Database,
        comfy: ComfyInMemory,
        clock: Clock,
        post_office: PostOffice | None = None,
        trash_folder: Path = NO_TRASH,
        host_facts: HostFacts = HostFacts(),  # noqa: B008  # frozen
        **settings: Any,
    ) -> None:
        self.database = database
        with database.transaction() as connection:
            find_store_id(connection) or add_store_id(connection)
        self.comfy = comfy
        self.key_ring = KeyRing([MASTER_KEY])
        self.credentials = Credentials(database, self.key_ring, comfy, clock)
        self.node_packs = NodePacks(database, clock)
        self.accounts = wire_accounts(
            database,
            Settings(**{**SETTINGS, **settings}),
            self.credentials,
            clock,
            ServerHouse(SERVER_NAME, trash_folder, lambda: host_facts),
            Passwords(**CHEAP),
        )
        if post_office is not None:
            self.accounts.outbox._mail_server = post_office
        self.post_office = post_office
        self.sessions = self.accounts.sessions
        self.sign_in = self.accounts.sign_in
        self.sign_out = self.accounts.sign_out

    async def deliver(self) -> list[Letter]:
        """Have what waits sent; return the letters that were sent now."""
        before = len(self.post_office.letters)
        await self.accounts.outbox.send_due()
        return self.post_office.letters[before:]


@pytest.fixture
def house(database: Database, comfy: ComfyInMemory, clock: SettableClock) -> House:
    return House(database, comfy, clock)


@pytest.fixture
def statements(database: Database) -> list[str]:
    """Every statement that reaches the store."""
    seen: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: seen.append(statement),
    )
    return seen


@pytest.fixture
def post_office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def mailing(
    database: Database, comfy: ComfyInMemory, clock: SettableClock, post_office: PostOffice
) -> House:
    """A house that sends mail."""
    return House(database, comfy, clock, post_office, public_url="https://comfy.example.org")


@pytest.fixture
def open_house(open_store: OpenStore, comfy: ComfyInMemory, clock: SettableClock) -> OpenHouse:
    """Call it for the services of one more process, on a store of each kind in turn."""
    return lambda *post_office, **settings: House(
        open_store(), comfy, clock, *post_office, **settings
    )
