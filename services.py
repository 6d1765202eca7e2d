"""Settings, storage and services, wired once.

This imports what is heavy: `composition` imports it at the first use, and nothing does before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .accounts.hosted_wiring import Hosted, make_hosted_services, wire_hosted
from .accounts.passwords import Passwords
from .accounts.wiring import Accounts, House, wire_accounts
from .audit.refusals import Refusals
from .clock import Clock, utc_now
from .data_folder import make_private_file, make_private_folder
from .errors import PassportError
from .network.host_facts import HostFacts
from .network.policy import Policy
from .providers.comfy_api import ComfyApi
from .providers.directory import make_providers
from .providers.http_client import HttpClient
from .settings import Settings, load_settings
from .storage.credential_rows import count_credentials
from .storage.database import DATABASE_FILE, Database, sqlite_url
from .storage.errors import AlreadyExistsError, DatabaseDamagedError
from .storage.instance_rows import add_store_id, find_store_id
from .storage.migration import migrate
from .vault.binding import Binding
from .vault.credentials import Credentials
from .vault.encryption import KeyRing
from .vault.machine_credential import MachineCredential
from .vault.master_key import KEY_FILE, load_key_ring
from .vault.node_packs import NodePacks

SETTINGS_FILE = "passport.toml"
TRASH_FOLDER = "trash"


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
    accounts: Accounts
    refusals: Refusals
    hosted: Hosted
    host_facts: Callable[[], HostFacts]
    clock: Clock


def compose(
    environment: Mapping[str, str],
    data_folder: Path,
    comfy_api_base: str = "",
    host_facts: Callable[[], HostFacts] = HostFacts,
    clock: Clock = utc_now,
    passwords: Passwords | None = None,
) -> Services:
    """Wire the services on this data folder. `comfy_api_base` is ComfyUI's own, if it has one;
    `host_facts` tells of the ComfyUI around us; `passwords` hashes more cheaply in tests.

    Raises PassportError: what is wrong and what to do.
    """
    make_private_folder(data_folder)
    settings = load_settings(environment, data_folder / SETTINGS_FILE)
    policy = Policy(
        settings.allowed_hosts, settings.trusted_proxies, settings.default_credential_for
    )
    http_client = HttpClient(ca_bundle=settings.ca_bundle)
    database, store_id, key_ring = _open_store(settings, data_folder, clock)
    comfy_api_base = settings.comfy_api_base or comfy_api_base
    comfy_api = ComfyApi(comfy_api_base, http_client)
    credentials = Credentials(database, key_ring, comfy_api, clock)
    node_packs = NodePacks(database, clock)
    machine = MachineCredential(environment)
    try:
        house = House(
            _name_server(settings, store_id),
            data_folder / TRASH_FOLDER,
            host_facts,
            make_providers(settings, http_client, clock),
            data_folder,
        )
        accounts = wire_accounts(database, settings, credentials, clock, house, passwords)
    except PassportError:
        database.close()
        raise
    hosted = wire_hosted(
        database,
        credentials,
        accounts,
        make_hosted_services(settings, comfy_api_base, http_client, clock),
        (house.server_name, store_id),
        clock,
    )
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
        accounts=accounts,
        refusals=Refusals(database, clock),
        hosted=hosted,
        host_facts=host_facts,
        clock=clock,
    )


def _name_server(settings: Settings, store_id: str) -> str:
    """Return what people call this server: as its owner does, else by its address or store."""
    host = urlsplit(settings.public_url).hostname if settings.public_url else None
    return settings.server_name or host or f"comfyui-{store_id}"


def _open_store(
    settings: Settings, data_folder: Path, clock: Clock
) -> tuple[Database, str, KeyRing]:
    if not settings.database_url:
        _refuse_emptied(data_folder / DATABASE_FILE, data_folder / KEY_FILE)
        make_private_file(data_folder / DATABASE_FILE)
    database = Database(settings.database_url or sqlite_url(data_folder), clock)
    try:
        store_id, sealed_before = _prepare(database)
    except PassportError:
        database.close()
        raise
    return database, store_id, load_key_ring(settings, data_folder, sealed_before)


def _refuse_emptied(file: Path, key_file: Path) -> None:
    """Raise DatabaseDamagedError for a store that was in use and has lost all its content.

    SQLite would take it for a new one: whoever came first would own the server. The key is made
    after the first store; a file that is not there at all was moved away by its owner.
    """
    log = file.with_name(f"{file.name}-wal")
    parts = [part.stat().st_size for part in (file, log) if part.is_file()]
    if file.is_file() and key_file.exists() and not any(parts):
        raise DatabaseDamagedError(
            "The Passport database was in use, and now it is empty. Restore it from a backup, or "
            "move it away to start with an empty one."
        )


def _prepare(database: Database) -> tuple[str, bool]:
    """Bring the store up to date; return its id, and whether something is sealed in it."""
    migrate(database)
    with database.reading() as connection:
        store_id = find_store_id(connection)
        sealed_before = count_credentials(connection) > 0
    return store_id or _name_store(database), sealed_before


def _name_store(database: Database) -> str:
    try:
        with database.transaction() as connection:
            return find_store_id(connection) or add_store_id(connection)
    except AlreadyExistsError:  # another machine started at the same time
        with database.reading() as connection:
            return find_store_id(connection) or ""
