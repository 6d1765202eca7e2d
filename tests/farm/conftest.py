"""Two machines with Passport on one real PostgreSQL."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from passport.dev.fakes.comfy_api_thread import ComfyApiThread
from passport.dev.fixtures import blank_frontend  # noqa: F401
from passport.dev.host.process import HostOptions, HostProcess
from passport.storage.database import Database
from passport.tests.backend.fixtures import (  # noqa: F401
    clock,
    comfy,
    open_house,
    open_store,
    postgresql,
    store_url,
)
from passport.tests.backend.postgresql import PostgreSQL, find_binaries
from passport.tests.backend.tcp_postgresql import TcpPostgreSQL
from passport.tests.comfyui.harness.client import Client
from passport.tests.comfyui.harness.hosts import NO_SETTINGS

OWNER, PASSWORD = "olga@example.org", "quilted heron lamp tide"


@dataclass(frozen=True)
class Farm:
    """Two hosts, the database that they share, and clients of theirs."""

    hosts: tuple[HostProcess, ...]
    database: Database
    server: PostgreSQL
    opened: ExitStack

    def client(self, number: int, cookies: dict[str, str] | None = None) -> Client:
        """Somebody at this machine; with the cookies of a log-in somewhere else."""
        opened = Client(self.hosts[number].url)
        self.opened.callback(opened.close)
        opened.cookies = dict(cookies or {})
        return opened


@pytest.fixture(scope="session")
def tcp_postgresql(postgresql: PostgreSQL) -> Iterator[TcpPostgreSQL]:  # noqa: F811
    """Reached over TCP, with a password, with TLS; the other one tells whether it can be here."""
    binaries = find_binaries()
    assert binaries is not None, postgresql
    server = TcpPostgreSQL(binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def farm(
    postgresql: PostgreSQL,  # noqa: F811
    blank_frontend: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Farm]:
    """Started at the same moment, on an empty database."""
    environment = {
        **NO_SETTINGS,
        "PASSPORT_DATABASE_URL": postgresql.make_database(),
        "PASSPORT_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "PASSPORT_REGISTRATION": "invite",
    }
    with ExitStack() as opened:
        service = opened.enter_context(ComfyApiThread())
        hosts: list[HostProcess] = []
        for _ in range(2):
            folder = tmp_path_factory.mktemp("machine")
            options = HostOptions(
                folder / "data", blank_frontend, service.url, environment=environment
            )
            hosts.append(HostProcess(options, log=folder / "host.log"))
            opened.callback(hosts[-1].stop)
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda host: host.start(), hosts))
        database = Database(environment["PASSPORT_DATABASE_URL"])
        opened.callback(database.close)
        with ExitStack() as clients:
            yield Farm(tuple(hosts), database, postgresql, clients)


@pytest.fixture(scope="module")
def owner(farm: Farm) -> Client:
    """The owner's browser, at the first machine."""
    browser = farm.client(0)
    answer = browser.call("POST", "accounts", {"email": OWNER, "password": PASSWORD})
    assert answer.status == 201, answer.body
    return browser


@pytest.fixture
def invite(owner: Client) -> Callable[[], str]:
    """`invite()`: a code that is good once."""

    def make() -> str:
        answer = owner.call("POST", "invitations", {})
        assert answer.status == 201, answer.body
        return answer.json()["code"]

    return make


@dataclass(frozen=True)
class Person:
    """Somebody with an account, whose browser is served by one machine or the other."""

    email: str
    here: Client
    there: Client


@pytest.fixture
def ada(farm: Farm, invite: Callable[[], str]) -> Person:
    """Somebody new, who registered at the first machine."""
    email = f"ada-{secrets.token_hex(4)}@example.org"
    fields = {"email": email, "password": PASSWORD, "invitation": invite()}
    here = farm.client(0)
    answer = here.call("POST", "accounts", fields)
    assert answer.status == 201, answer.body
    return Person(email, here, farm.client(1, here.cookies))
