"""Opens the services on a store for one command, and closes them again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ..accounts.passwords import Passwords
from ..services import SETTINGS_FILE, Services, compose
from ..settings import Settings, load_settings
from ..storage.database import DATABASE_FILE
from ..vault.master_key import KEY_FILE
from .file_owner import exists, require_maker, require_owner
from .place import Place, no_store


@contextmanager
def open_services(
    environment: Mapping[str, str],
    place: Place,
    makes_store: bool = False,
    note: Callable[[str], None] | None = None,
) -> Generator[Services, None, None]:
    """Give the services of the store there; `makes_store` allows for one that is not there yet,
    and `note` is told.

    Raises CommandError and PassportError.
    """
    exists(place.folder / SETTINGS_FILE)  # or why that cannot be seen
    settings = load_settings(environment, place.folder / SETTINGS_FILE)
    is_new = _guard(settings, place, makes_store)
    passwords = Passwords(workers=1)
    services = compose(environment, place.folder, passwords=passwords)
    if is_new and note is not None:
        note(f"There was no store in {place.folder}: a new one was made.")
    try:
        yield services
    finally:
        passwords.close()
        services.accounts.password_strength.close()
        services.database.close()


def _guard(settings: Settings, place: Place, makes_store: bool) -> bool:
    """Refuse to make a store that nobody asked for, or files that the server could not open.

    Tells whether the store is to be made.
    """
    database_file = _find_database_file(settings, place.folder)
    if database_file is None:
        if not (settings.master_key or settings.use_keyring or exists(place.folder / KEY_FILE)):
            require_maker(place.folder)
        return False
    if exists(database_file):
        require_owner(database_file)
        return False
    if not (makes_store and place.may_be_made):
        raise no_store(place.folder)
    require_maker(database_file.parent)
    return True


def _find_database_file(settings: Settings, folder: Path) -> Path | None:
    """Return the file of an SQLite store; None for a database that a server keeps."""
    if not settings.database_url:
        return folder / DATABASE_FILE
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return None  # `compose` says so, without the text: it can hold a password
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
