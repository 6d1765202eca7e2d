"""What can go wrong with a backup, or on the way to another database."""

from __future__ import annotations

from ..errors import PassportError


class BackupFileError(PassportError):
    """The file cannot be written or read, or there is one already."""

    code = "backup_file"


class BackupDamagedError(PassportError):
    """The file is no backup, or not the whole one that was written."""

    code = "backup_damaged"


class BackupPassphraseWrongError(PassportError):
    """The passphrase does not open the backup, or is none to use."""

    code = "backup_passphrase_wrong"


class BackupTooNewError(PassportError):
    """A newer Passport wrote the backup."""

    code = "backup_too_new"


class StoreNotEmptyError(PassportError):
    """There are accounts where others were to be put."""

    code = "store_not_empty"


class TargetUnusableError(PassportError):
    """The database to move to cannot be used."""

    code = "target_unusable"


class CarryingFailedError(PassportError):
    """What arrived is not what was sent; nothing of it was kept."""

    code = "carrying_failed"
