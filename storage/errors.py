"""What can go wrong with the store, told apart by what a person can do about it."""

from __future__ import annotations

from ..errors import PassportError


class StorageError(PassportError):
    """The store failed in a way that has no better name."""

    code = "storage_failed"

    repeatable = False
    """Nothing was changed, and the same again may well succeed."""


class DatabaseBusyError(StorageError):
    """Another process holds the store locked for longer than we wait."""

    code = "database_busy"


class DatabaseUnreachableError(StorageError):
    """The database server does not answer, or the connection to it was lost."""

    code = "database_unreachable"


class CommitUncertainError(StorageError):
    """The connection was lost as a change was being committed: nobody knows whether it was."""

    code = "commit_uncertain"


class DatabaseDamagedError(StorageError):
    """The file is there, and it is no database any more."""

    code = "database_damaged"


class DatabaseTooNewError(StorageError):
    """A newer Passport has migrated the store."""

    code = "database_too_new"


class DataFolderNotWritableError(StorageError):
    """The data folder, or the database in it, cannot be written."""

    code = "data_folder_not_writable"


class DiskFullError(StorageError):
    """Nothing more fits on the disk."""

    code = "disk_full"


class AlreadyExistsError(StorageError):
    """A row with this unique value is there already."""

    code = "already_exists"
