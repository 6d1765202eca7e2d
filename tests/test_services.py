"""The whole back end, wired on a data folder as ComfyUI gives it."""

from __future__ import annotations

import stat

import pytest
from passport.data_folder import DataFolderUnusableError
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.dev.practice import ADA, PRACTICE_KEY
from passport.errors import SettingsError
from passport.providers.comfy_api import DEFAULT_BASE
from passport.services import compose
from passport.storage.errors import DatabaseDamagedError
from passport.tests.backend.fixtures import HERE, MASTER_KEY, ON_THE_MACHINE, postgresql  # noqa: F401
from passport.vault.encryption import encode_key
from passport.vault.errors import MasterKeyMissingError


@pytest.fixture
def compose_here(tmp_path):
    """`compose_here(NAME=value…)`: the services of one more process on this data folder."""
    composed = []

    def build(base="", **environment):
        composed.append(compose(environment, tmp_path / "data", base))
        return composed[-1]

    yield build
    for services in composed:
        services.database.close()


def test_a_new_data_folder_gets_all_it_needs_and_is_private(compose_here, tmp_path):
    services = compose_here()
    files = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in services.data_folder.iterdir()
    }
    assert {"passport.sqlite", "master.key"} <= set(files)
    assert set(files.values()) == {0o600}
    assert stat.S_IMODE(services.data_folder.stat().st_mode) == 0o700
    assert services.comfy_api.base == DEFAULT_BASE
    assert not services.binding.has_machine_default


def test_a_second_start_finds_the_same_store_and_key(compose_here):
    first, second = compose_here(), compose_here()
    assert first.store_id == second.store_id
    assert first.credentials._key_ring.versions == second.credentials._key_ring.versions


async def test_a_person_logs_in_and_is_known_after_a_restart(compose_here):
    async with FakeComfyApi() as service:
        services = compose_here(service.url)
        signed_in = await services.accounts.sign_in.with_api_key(
            PRACTICE_KEY, False, HERE, ON_THE_MACHINE
        )
        assert signed_in.account.display_name == ADA.name
        again = compose_here(service.url)
        principal = await again.accounts.sessions.recognize(signed_in.token.reveal())
        bound = again.binding.resolve(again.binding.claim(principal.account_id, False, {}), set())
        assert bound.secret.reveal() == PRACTICE_KEY


def test_our_setting_of_the_service_wins_over_comfyuis(compose_here):
    services = compose_here("https://comfyui", PASSPORT_COMFY_API_BASE="https://ours")
    assert services.comfy_api.base == "https://ours"
    assert compose_here("https://comfyui").comfy_api.base == "https://comfyui"


def test_settings_reach_what_they_are_for(compose_here):
    services = compose_here(
        COMFY_API_KEY=PRACTICE_KEY,
        PASSPORT_SHARED_COMPUTER_IDLE_SECONDS="77",
        PASSPORT_ALLOWED_NODE_PACKS="pack",
        PASSPORT_DEFAULT_CREDENTIAL_FOR="everyone",
    )
    claim = services.binding.claim(None, True, {"pack": {"Node"}})
    assert services.binding.resolve(claim, {"pack"}).secret.reveal() == PRACTICE_KEY
    assert services.accounts.sessions._lifetimes.shared_computer_idle_seconds == 77


@pytest.mark.parametrize("variable", ["PASSPORT_TRUSTED_PROXIES", "PASSPORT_USE_KEYRING"])
def test_a_wrong_setting_stops_the_start_with_its_name(compose_here, variable):
    with pytest.raises(SettingsError, match=variable.removeprefix("PASSPORT_").lower()):
        compose_here(**{variable: "nonsense"})


async def test_a_lost_master_key_loses_nothing_and_is_never_made_anew(compose_here):
    async with FakeComfyApi() as service:
        services = compose_here(service.url)
        signed_in = await services.accounts.sign_in.with_api_key(
            PRACTICE_KEY, False, HERE, ON_THE_MACHINE
        )
        key_file = services.data_folder / "master.key"
        key = key_file.read_bytes()
        key_file.unlink()
        without = compose_here(service.url)
        assert isinstance(without.credentials.key_problem, MasterKeyMissingError)
        assert not key_file.exists()
        assert await without.accounts.sessions.recognize(signed_in.token.reveal())
        with pytest.raises(MasterKeyMissingError):
            await without.accounts.sign_in.with_api_key(PRACTICE_KEY, False, HERE, ON_THE_MACHINE)
        key_file.write_bytes(key)
        restored = compose_here(service.url)
        row = restored.credentials.find(signed_in.account.id)
        assert restored.credentials.open(row).reveal() == PRACTICE_KEY


async def test_several_machines_share_accounts_through_postgresql(postgresql, tmp_path):  # noqa: F811
    environment = {
        "PASSPORT_DATABASE_URL": postgresql.make_database(),
        "PASSPORT_MASTER_KEY": encode_key(MASTER_KEY),
    }
    async with FakeComfyApi() as service:
        here, there = (
            compose(environment, tmp_path / name, service.url) for name in ("here", "there")
        )
        signed_in = await here.accounts.sign_in.with_api_key(
            PRACTICE_KEY, False, HERE, ON_THE_MACHINE
        )
        principal = await there.accounts.sessions.recognize(signed_in.token.reveal())
        row = there.credentials.find(principal.account_id)
        assert there.credentials.open(row).reveal() == PRACTICE_KEY
        assert here.store_id == there.store_id
        for services in (here, there):
            services.database.close()
            assert list(services.data_folder.iterdir()) == []


def test_a_damaged_database_stops_the_start_and_stays_as_it_is(compose_here, tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "passport.sqlite"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(DatabaseDamagedError):
        compose_here()
    assert path.read_bytes() == b"no database " * 1000


def test_a_data_folder_that_cannot_be_made_stops_the_start(compose_here, tmp_path):
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    with pytest.raises(DataFolderUnusableError):
        compose_here()


def test_of_two_machines_that_name_a_new_store_at_once_both_take_one_name(
    postgresql,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    """The second has looked before the first has written."""
    from passport import services as services_module

    environment = {
        "PASSPORT_DATABASE_URL": postgresql.make_database(),
        "PASSPORT_MASTER_KEY": encode_key(MASTER_KEY),
    }
    first = compose(environment, tmp_path / "first")
    find, looks = services_module.find_store_id, []

    def look_too_early(connection):
        looks.append(1)
        return None if len(looks) < 3 else find(connection)

    monkeypatch.setattr(services_module, "find_store_id", look_too_early)
    second = compose(environment, tmp_path / "second")
    assert second.store_id == first.store_id
    for each in (first, second):
        each.database.close()
