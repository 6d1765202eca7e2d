"""A backup back into a store: whole, or not at all."""

from __future__ import annotations

import threading

import pytest
from passport.backups import encryption
from passport.backups.archive import Archive
from passport.backups.contents import CARRIED, LEFT_OUT, SECRET_TABLES, write_backup
from passport.backups.errors import (
    BackupDamagedError,
    BackupPassphraseWrongError,
    BackupTooNewError,
    StoreNotEmptyError,
)
from passport.backups.restore import KEYS_TO_SET, Keys, Restore, examine
from passport.secret import Secret
from passport.settings import Settings
from passport.storage.copies import PREFIX
from passport.storage.database import Database, sqlite_url
from passport.storage.errors import StoreInUseError
from passport.storage.instance_rows import add_store_id, find_store_id
from passport.storage.migration import HEAD_REVISION, upgrade
from passport.storage.tables import accounts, metadata, passwords
from passport.storage.whole_store import summarize
from passport.tests.backend.fixtures import ON_EACH, _opener
from passport.tests.backend.full_store import MAIL, make_at
from passport.tests.backend.people import at_once, failures, successes
from passport.tests.backend.sealed import (
    FIRST,
    SECOND,
    SHUT,
    keep_key,
    keep_secret,
    loader,
    open_all,
    open_rotation,
)
from passport.vault.encryption import encode_key, name_key_version
from passport.vault.errors import MasterKeyInvalidError
from passport.vault.master_key import KEY_FILE, find_key_place
from sqlalchemy import delete, insert, select

PASSPHRASE = Secret("a few words of ours")
UNKNOWN = "$argon2id$unknown"
SECRETS = ["secret of Ada", "secret of Ben"]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """The least that argon2 takes."""
    monkeypatch.setattr(encryption, "MEMORY_KIB", 8 * encryption.LANES)
    monkeypatch.setattr(encryption, "PASSES", 1)


@pytest.fixture
def backup(store, folder, clock):
    """Call it for a backup of the store as it is now."""

    def make(name="backup", passphrase=PASSPHRASE):
        path = folder / name
        with store.reading() as connection:
            write_backup(connection, path, passphrase, loader(folder), clock)
        return path

    return make


@pytest.fixture
def new_folder(tmp_path):
    folder = tmp_path / "another machine"
    folder.mkdir()
    keep_key(folder, SECOND)
    return folder


@pytest.fixture
def new_store(request, new_folder):
    """An empty store on another machine, of the same kind."""
    kind = request.node.callspec.params.get("open_chosen") if hasattr(
        request.node, "callspec") else None  # fmt: skip
    url = sqlite_url(new_folder)
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql").make_database()
    for open_one in _opener(url):
        opened = open_one()
        with opened.transaction() as connection:
            add_store_id(connection)
        yield opened


def read_in(path, passphrase=PASSPHRASE):
    archive = Archive(path)
    archive.unlock(passphrase)
    return examine(archive)


def put_back(path, store, folder, clock, replace=False, passphrase=PASSPHRASE, settings=None):
    settings = settings or Settings()
    keys = Keys(find_key_place(settings, folder), loader(folder, settings))
    doing = Restore(store, folder, keys, clock)
    return doing.restore(read_in(path, passphrase), UNKNOWN, replace, passphrase)


def sums(store):
    with store.reading() as connection:
        return summarize(connection)


def carried(store):
    return {name: each for name, each in sums(store).items() if name in CARRIED}


def test_each_table_is_carried_or_left_out_on_purpose():
    assert set(metadata.tables) == CARRIED | LEFT_OUT
    assert CARRIED.isdisjoint(LEFT_OUT)


@ON_EACH
def test_everything_that_is_carried_is_there_again_and_opens(
    store, backup, new_store, new_folder, clock
):
    restored = put_back(backup(), new_store, new_folder, clock)
    assert carried(new_store) == carried(store)
    assert all(rows for rows in restored.rows.values())
    empty = {name for name, each in sums(new_store).items() if not each.rows}
    assert empty == LEFT_OUT - {"change_counter"}, "which begins anew"
    assert open_all(new_store, loader(new_folder)()) == SECRETS
    assert restored.former is None
    with store.reading() as one, new_store.reading() as two:
        assert find_store_id(one) == find_store_id(two)


def test_what_is_under_way_is_not_in_the_file(store, backup):
    text = backup("plain", None).read_text()
    for name in LEFT_OUT:
        assert f'"{name}"' not in text
        assert sums(store)[name].rows >= 1, "there was something to leave out"


@pytest.mark.threat(22)
def test_without_secrets_nothing_opens_anything(store, backup, new_store, new_folder, clock):
    path = backup("plain", None)
    text = path.read_text()
    assert MAIL in text
    for name in SECRET_TABLES:
        assert f'"{name}"' not in text
    assert "password_hash ä" not in text.encode().decode("unicode_escape")
    assert encode_key(FIRST) not in text
    restored = put_back(path, new_store, new_folder, clock, passphrase=None)
    assert restored.rows["accounts"] == 3
    assert open_all(new_store, loader(new_folder)()) == []
    with new_store.reading() as connection:
        assert connection.execute(select(passwords.c.password_hash)).scalars().all() == [UNKNOWN]
    assert (new_folder / KEY_FILE).read_text().split() == [encode_key(SECOND)]


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_one_of_an_older_revision_is_migrated(
    revision, new_store, new_folder, folder, clock, monkeypatch
):
    old = Database(f"sqlite:///{folder / 'old.sqlite'}")
    try:
        rows = make_at(old, revision)
        path = folder / "old backup"
        write_as_of_old(path, revision, rows)
    finally:
        old.close()
    restored = put_back(path, new_store, new_folder, clock, passphrase=None)
    assert restored.rows["accounts"] == 1
    with new_store.reading() as connection:
        assert connection.execute(select(accounts.c.display_name)).scalar() == "display_name ä✓"


def write_as_of_old(path, revision, rows):
    """Write a backup as the Passport of that revision would have."""
    from passport.backups.archive import new_archive
    from passport.storage.whole_store import Tally, write_row

    end = {}
    with new_archive(path, "2026-01-01T00:00:00Z", revision, None) as writer:
        for name, found in rows.items():
            if name in CARRIED:
                tally = Tally()
                writer.write({"table": name, "columns": list(found[0])})
                for row in found:
                    tally.add(write_row(row.values()))
                    writer.write_text(write_row(row.values()))
                end[name] = vars(tally.finish())
        writer.write({"end": end, "master_keys": []})


def test_one_of_a_newer_revision_is_refused(backup, monkeypatch):
    monkeypatch.setattr("passport.backups.contents.HEAD_REVISION", "9999")
    with pytest.raises(BackupTooNewError, match="newer Passport"):
        read_in(backup("newer"))


@ON_EACH
def test_accounts_are_replaced_only_when_asked_and_a_copy_is_kept(store, backup, folder, clock):
    path = backup()
    before = sums(store)
    with pytest.raises(StoreNotEmptyError, match="--replace"):
        put_back(path, store, folder, clock)
    assert sums(store) == before
    keep_secret(store, loader(folder)(), "came after the backup")
    with store.transaction() as connection:
        connection.execute(delete(accounts).where(accounts.c.display_name == "Ben"))
    later = carried(store)
    restored = put_back(path, store, folder, clock, replace=True)
    assert carried(store) == {name: before[name] for name in CARRIED}
    assert open_all(store, loader(folder)()) == SECRETS
    assert restored.former.name.startswith(f"{PREFIX}restore-")
    assert restored.former.stat().st_mode & 0o777 == 0o600
    assert not list(folder.glob("restoring-*"))
    if restored.former.suffix == ".backup":
        clock.advance(minutes=1)
        put_back(restored.former, store, folder, clock, replace=True)
        assert carried(store) == later
    else:
        kept = Database(f"sqlite:///{restored.former}")
        assert carried(kept) == later
        kept.close()


@pytest.mark.parametrize("open_chosen", ["postgresql"], indirect=True)
def test_on_postgresql_the_copy_of_what_is_there_needs_a_passphrase(store, backup, folder, clock):
    path, before = backup("plain", None), sums(store)
    with pytest.raises(BackupPassphraseWrongError, match="needs a passphrase"):
        put_back(path, store, folder, clock, replace=True, passphrase=None)
    assert sums(store) == before


@ON_EACH
def test_while_somebody_has_the_store_open_it_is_refused(store, backup, open_chosen, folder, clock):
    path, before = backup(), sums(store)
    running = open_chosen()
    sums(running)
    with pytest.raises(StoreInUseError, match="stop ComfyUI"):
        put_back(path, store, folder, clock, replace=True)
    assert sums(running) == before
    running.engine.dispose()
    put_back(path, store, folder, clock, replace=True)


@ON_EACH
def test_two_at_once_one_wins(backup, new_store, new_folder, clock, monkeypatch):
    path = backup()
    lock = threading.Lock()

    def upgrade_alone(*arguments):
        with lock:  # alembic is for one thread; two commands are two processes
            upgrade(*arguments)

    monkeypatch.setattr("passport.backups.restore.upgrade", upgrade_alone)
    others = Database(new_store.engine.url.render_as_string(hide_password=False))
    new_store.engine.dispose()

    def act(store):
        async def restore():
            return put_back(path, store, new_folder, clock)

        return restore

    outcomes = at_once([act(new_store), act(others)])
    others.close()
    assert len(successes(outcomes)) == 1, outcomes
    (lost,) = failures(outcomes)
    assert isinstance(lost, (StoreInUseError, StoreNotEmptyError))
    assert open_all(new_store, loader(new_folder)()) == SECRETS


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"Ada"', '"Eve"', 1),
        lambda text: text.replace('"active"', '"actine"', 1),
        lambda text: "\n".join(line for line in text.splitlines() if '"Ben"' not in line) + "\n",
        lambda text: text.replace('"display_name"', '"display"', 1),
        lambda text: text.replace('{"table":"node_packs"', '{"table":"sessions"', 1),
        lambda text: text.replace(f'"revision": "{HEAD_REVISION}"', '"revision": "0002"', 1),
        lambda text: text.replace("[", "{", 1),
        lambda text: text[: text.index('{"end"')],
        lambda text: text + text[text.index('{"end"') :],
        lambda text: text.replace('{"table":"accounts"', '["x"]\n{"table":"accounts"', 1),
    ],
    ids=range(10),
)
def test_one_that_was_changed_changes_nothing(backup, new_store, new_folder, clock, change):
    path = backup("plain", None)
    path.write_text(change(path.read_text()))
    before = sums(new_store)
    with pytest.raises(BackupDamagedError, match="Nothing was changed"):
        put_back(path, new_store, new_folder, clock, passphrase=None)
    assert sums(new_store) == before
    assert {each.name.split("-")[0] for each in new_folder.iterdir()} <= {
        KEY_FILE, "passport.sqlite",
    }  # fmt: skip


def test_keys_of_the_server_stay_and_those_of_the_backup_come(backup, new_store, new_folder, clock):
    path = backup()
    put_back(path, new_store, new_folder, clock)
    ring = loader(new_folder)()
    assert ring.versions == {name_key_version(FIRST), name_key_version(SECOND)}
    assert ring.newest == name_key_version(FIRST), "nothing is sealed under the other"


def test_a_key_that_has_sealed_something_here_stays_the_newest(store, backup, folder, clock):
    path = backup()
    open_rotation(store, folder, clock).rotate(SECOND)
    keep_key(folder, SECOND)  # the old one is dropped, and only in the backup
    put_back(path, store, folder, clock, replace=True)
    ring = loader(folder)()
    assert ring.newest == name_key_version(SECOND)
    assert open_all(store, ring) == SECRETS


def test_keys_in_a_setting_are_written_beside_it(backup, new_store, new_folder, clock):
    settings = Settings(master_key=encode_key(SECOND))
    restored = put_back(backup(), new_store, new_folder, clock, settings=settings)
    assert restored.keys_file == new_folder / KEYS_TO_SET
    assert restored.keys_file.stat().st_mode & 0o777 == 0o600
    assert restored.keys_file.read_text().split() == [encode_key(FIRST)]
    assert open_all(new_store, loader(new_folder, settings)()) == [SHUT, SHUT]
    both = Settings(master_key=f"{encode_key(SECOND)},{restored.keys_file.read_text()}")
    assert open_all(new_store, loader(new_folder, both)()) == SECRETS


def test_a_key_file_that_holds_none_is_not_overwritten(backup, new_store, new_folder, clock):
    path = backup()
    (new_folder / KEY_FILE).write_text("mangled")
    with pytest.raises(MasterKeyInvalidError):
        put_back(path, new_store, new_folder, clock)
    assert (new_folder / KEY_FILE).read_text() == "mangled"
    assert sums(new_store)["accounts"].rows == 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rotation_in_the_middle_of_a_backup_leaves_no_credential_shut(
    store, folder, clock, new_store, new_folder, when
):
    """Just before the moment that the backup shows, or just after it."""
    path = folder / "backup"
    with store.reading() as connection:
        loads = []

        def load():
            ring = loader(folder)()
            if not loads:
                loads.append(1)
                if when == "after":
                    connection.execute(select(accounts.c.id)).all()  # the moment
                open_rotation(store, folder, clock).rotate(SECOND)
                keep_key(folder, SECOND)
            return ring

        write_backup(connection, path, PASSPHRASE, load, clock)
    keep_key(new_folder, bytes(32))
    put_back(path, new_store, new_folder, clock)
    assert open_all(new_store, loader(new_folder)()) == SECRETS


def test_events_count_on_after_a_restore(backup, new_store, new_folder, clock):
    from passport.storage.tables import audit_events

    put_back(backup(), new_store, new_folder, clock)
    with new_store.transaction() as connection:
        row = {"at": clock(), "action": "x", "address": "", "network": "", "user_agent": "",
               "details": ""}  # fmt: skip
        (number,) = connection.execute(insert(audit_events).values(row)).inserted_primary_key
    assert number == 8
