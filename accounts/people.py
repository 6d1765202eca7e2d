"""What a server's owner does for the people who have accounts on it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_list import ListedAccount, list_accounts
from ..storage.account_rows import (
    ACTIVE,
    DISABLED,
    OWNER,
    AccountRow,
    change_account,
    count_active_owners,
    find_account,
    find_account_by_identity,
    has_owner,
    lock_account,
    lock_ownership,
)
from ..storage.audit_rows import ListedEvent, list_events
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.password_rows import PASSWORD
from ..storage.session_rows import delete_sessions
from .admission import Admission, Application
from .belongings import is_own_folder
from .email_addresses import make_email_key
from .errors import (
    AccountMissingError,
    ComfyUserInvalidError,
    EmailMissingError,
    LastOwnerError,
    OwnerExistsError,
    OwnerOnlyError,
)

PAGE = 50


class People:
    """Lists accounts, disables and enables them, vouches for addresses, names the owner."""

    def __init__(
        self,
        database: Database,
        forget: Callable[[str], None],
        admission: Admission,
        clock: Clock,
    ) -> None:
        self._database = database
        self._forget = forget
        self._admission = admission
        self._clock = clock

    def has_owner(self) -> bool:
        """Tell whether somebody owns this server."""
        with self._database.reading() as connection:
            return has_owner(connection)

    def require_owner(self, account_id: str) -> None:
        """Raise OwnerOnlyError for everybody else."""
        with self._database.reading() as connection:
            account = find_account(connection, account_id)
        if account is None or account.role != OWNER:
            raise OwnerOnlyError("Only this server's owner may do that.")

    def list(
        self, search: str = "", after: str | None = None, limit: int = PAGE
    ) -> list[ListedAccount]:
        """Return a page of accounts, those after the id `after`."""
        with self._database.reading() as connection:
            return list_accounts(connection, search.strip(), after, limit)

    def find(self, text: str) -> AccountRow:
        """Return the account with this id or mail address. Raises AccountMissingError."""
        with self._database.reading() as connection:
            account = find_account(connection, text) or find_account_by_identity(
                connection, PASSWORD, make_email_key(text)
            )
        if account is None:
            raise AccountMissingError("There is no such account.")
        return account

    def set_state(self, account_id: str, state: str, by: str | None, client: Client) -> AccountRow:
        """Disable the account, which ends its sessions and API keys at once, or enable it.

        Raises AccountMissingError and LastOwnerError.
        """
        disabling = state == DISABLED
        action = audit.ACCOUNT_DISABLED if disabling else audit.ACCOUNT_ENABLED
        with self._database.transaction() as connection:
            lock_ownership(connection)
            account = _require(connection, account_id)
            if disabling and account.role == OWNER and account.state == ACTIVE:
                _require_another_owner(connection)
            change_account(connection, account_id, state=state, purge_at=None)
            if disabling:
                delete_sessions(connection, account_id)
            audit.record(connection, self._clock(), action, account_id, client, by=by)
            changed = _require(connection, account_id)
        self._forget(account_id)
        return changed

    def vouch(self, account_id: str, by: str | None, client: Client) -> AccountRow:
        """Take the account's mail address as verified.

        Raises AccountMissingError, and EmailMissingError for an account that has none of its own.
        """
        now = self._clock()
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            if not _require(connection, account_id).has_password:
                raise EmailMissingError("This account has no mail address of its own.")
            change_account(connection, account_id, email_verified_at=now)
            audit.record(connection, now, audit.EMAIL_VERIFIED, account_id, client, by=by)
            return _require(connection, account_id)

    def name_comfy_user(
        self, account_id: str, comfy_user: str, by: str | None, client: Client
    ) -> AccountRow:
        """Say which user of ComfyUI's --multi-user the person is; empty: none.

        ComfyUI itself proves nobody to be a user, so only the owner can say. Raises
        AccountMissingError, and ComfyUserInvalidError for a folder that is not one person's.
        """
        if comfy_user and not is_own_folder(comfy_user):
            raise ComfyUserInvalidError("This is not the folder of one user of ComfyUI.")
        try:
            with self._database.transaction() as connection:
                lock_account(connection, account_id)
                _require(connection, account_id)
                change_account(connection, account_id, comfy_user=comfy_user or None)
                now = self._clock()
                audit.record(connection, now, audit.COMFY_USER_NAMED, account_id, client, by=by)
                return _require(connection, account_id)
        except AlreadyExistsError:
            raise ComfyUserInvalidError("This folder is another account's already.") from None

    def take_ownership(
        self, account_id: str, application: Application, client: Client
    ) -> AccountRow:
        """Make the account the owner of a server that has none.

        Raises OwnerExistsError, SetUpCodeNeededError, SetUpCodeWrongError, TooManyTriesError.
        """
        with self._database.transaction() as connection:
            self._admission.count_set_up_try(connection, application, client)
        with self._database.transaction() as connection:
            lock_ownership(connection)
            if has_owner(connection):
                raise OwnerExistsError("This server has an owner already.")
            self._admission.prove_ownership(application)
            return self._make_owner(connection, account_id, client)

    def make_owner(self, account_id: str, client: Client) -> AccountRow:
        """Make the account an owner beside others; for the command line.

        Raises AccountMissingError.
        """
        with self._database.transaction() as connection:
            lock_ownership(connection)
            return self._make_owner(connection, account_id, client)

    def list_events(
        self, account_id: str | None, before: int | None = None, limit: int = PAGE
    ) -> list[ListedEvent]:
        """Return what happened, the newest first, from before the event of that number."""
        with self._database.reading() as connection:
            return list_events(connection, account_id, before, limit)

    def note_test_mail(self, account_id: str, client: Client) -> None:
        """Write down that the owner had a test mail sent."""
        with self._database.transaction() as connection:
            audit.record(connection, self._clock(), audit.TEST_MAIL_SENT, account_id, client)

    def _make_owner(self, connection: Connection, account_id: str, client: Client) -> AccountRow:
        _require(connection, account_id)
        change_account(connection, account_id, role=OWNER)
        audit.record(connection, self._clock(), audit.OWNERSHIP_TAKEN, account_id, client)
        return _require(connection, account_id)


def _require(connection: Connection, account_id: str) -> AccountRow:
    account = find_account(connection, account_id)
    if account is None:
        raise AccountMissingError("There is no such account.")
    return account


def _require_another_owner(connection: Connection) -> None:
    if count_active_owners(connection) < 2:  # noqa: PLR2004
        raise LastOwnerError(
            "This is the only owner who can log in. Make another account an owner first "
            "(`python3 ComfyUI-Passport make-owner MAIL`)."
        )
