"""Settings, storage and services, wired once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .clock import Clock, utc_now
from .data_folder import make_private_file, make_private_folder
from .errors import DependencyMissingError, PassportError, UnavailableError
from .network.host_facts import HostFacts

if TYPE_CHECKING:  # imported where they are used: ComfyUI's start must not wait for them
    from .accounts.sessions import Sessions
    from .accounts.sign_in import SignIn
    from .network.policy import Policy
    from .providers.comfy_api import ComfyApi
    from .providers.http_client import HttpClient
    from .settings import Settings
    from .storage.database import Database
    from .vault.binding import Binding
    from .vault.credentials import Credentials
    from .vault.encryption import KeyRing
    from .vault.machine_credential import MachineCredential
    from .vault.node_packs import NodePacks

logger = logging.getLogger("passport")

SETTINGS_FILE = "passport.toml"
RETRY_AFTER = timedelta(seconds=5)


@dataclass(frozen=True)
class Services:
    """Everything that a request or a run can need."""

    settings: Settings
    data_folder: Path
    store_id: str
    database: Database
    policy: Policy
    http_client: HttpClient
    comfy_api: ComfyApi
    credentials: Credentials
    node_packs: NodePacks
    machine_credential: MachineCredential
    binding: Binding
    sessions: Sessions
    sign_in: SignIn
    host_facts: Callable[[], HostFacts]
    clock: Clock


def compose(
    environment: Mapping[str, str],
    data_folder: Path,
    comfy_api_base: str = "",
    host_facts: Callable[[], HostFacts] = HostFacts,
    clock: Clock = utc_now,
) -> Services:
    """Wire the services on this data folder. `comfy_api_base` is ComfyUI's own, if it has one;
    `host_facts` tells of the ComfyUI around us.

    Raises PassportError: what is wrong and what to do.
    """
    from .accounts.sessions import Lifetimes, Sessions
    from .accounts.sign_in import SignIn
    from .network.policy import Policy
    from .providers.comfy_api import ComfyApi
    from .providers.http_client import HttpClient
    from .settings import load_settings
    from .vault.binding import Binding
    from .vault.credentials import Credentials
    from .vault.machine_credential import MachineCredential
    from .vault.node_packs import NodePacks

    settings = load_settings(environment, data_folder / SETTINGS_FILE)
    policy = Policy(
        settings.allowed_hosts, settings.trusted_proxies, settings.default_credential_for
    )
    database, store_id, key_ring = _open_store(settings, data_folder)
    http_client = HttpClient()
    comfy_api = ComfyApi(settings.comfy_api_base or comfy_api_base, http_client)
    credentials = Credentials(database, key_ring, comfy_api, clock)
    node_packs = NodePacks(database, clock)
    machine = MachineCredential(environment)
    lifetimes = Lifetimes(
        settings.session_idle_seconds,
        settings.shared_computer_idle_seconds,
        settings.session_lifetime_seconds,
    )
    sessions = Sessions(database, lifetimes, clock)
    return Services(
        settings=settings,
        data_folder=data_folder,
        store_id=store_id,
        database=database,
        policy=policy,
        http_client=http_client,
        comfy_api=comfy_api,
        credentials=credentials,
        node_packs=node_packs,
        machine_credential=machine,
        binding=Binding(
            credentials,
            node_packs,
            machine,
            settings.default_account,
            frozenset(settings.allowed_node_packs),
            clock,
        ),
        sessions=sessions,
        sign_in=SignIn(database, credentials, sessions, clock),
        host_facts=host_facts,
        clock=clock,
    )


def _open_store(settings: Settings, data_folder: Path) -> tuple[Database, str, KeyRing]:
    from .storage.credential_rows import count_credentials
    from .storage.database import DATABASE_FILE, Database, sqlite_url
    from .storage.instance_rows import add_store_id, find_store_id
    from .storage.migration import migrate
    from .vault.master_key import load_key_ring

    make_private_folder(data_folder)
    if not settings.database_url:
        make_private_file(data_folder / DATABASE_FILE)
    database = Database(settings.database_url or sqlite_url(data_folder))
    migrate(database)
    with database.reading() as connection:
        store_id = find_store_id(connection)
        sealed_before = count_credentials(connection) > 0
    if store_id is None:
        with database.transaction() as connection:
            store_id = find_store_id(connection) or add_store_id(connection)
    return database, store_id, load_key_ring(settings, data_folder, sealed_before)


class Composition:
    """Builds the services at the first use, and again some seconds after a failure."""

    def __init__(self, build: Callable[[], Services], clock: Clock = utc_now) -> None:
        self._build = build
        self._clock = clock
        self._lock = threading.Lock()
        self._failed_at: datetime | None = None
        self._failure: PassportError | None = None
        self.services: Services | None = None
        """The services, or None as long as nobody has needed them or they cannot be built."""

    def get(self) -> Services:
        """Return the services; blocks while they are built. Raises PassportError."""
        if self.services is not None:
            return self.services
        with self._lock:
            if self.services is None:
                self.services = self._try()
            return self.services

    async def ready(self) -> Services:
        """Return the services without blocking the event loop. Raises PassportError."""
        if self.services is not None:
            return self.services
        return await asyncio.to_thread(self.get)

    def _try(self) -> Services:
        now = self._clock()
        if self._failure and self._failed_at and now - self._failed_at < RETRY_AFTER:
            raise self._failure
        try:
            return self._build()
        except PassportError as error:
            self._failure = error
        except ImportError as error:
            self._failure = DependencyMissingError(
                f"The Python package “{error.name}” is not installed. Run "
                "`pip install -r requirements.txt` in the folder of Passport with the Python of "
                "ComfyUI, then restart ComfyUI.",
                package=error.name,
            )
        except Exception:  # ComfyUI must not suffer from anything that goes wrong here
            logger.exception("Passport cannot start")
            self._failure = UnavailableError(
                "Passport could not start. The log of ComfyUI tells more; ComfyUI itself runs on."
            )
        self._failed_at = now
        logger.error("Passport cannot start: %s", self._failure.message)
        raise self._failure
