"""What a person changes about their own account."""

from __future__ import annotations

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import (
    AccountRow,
    IdentityRow,
    change_account,
    find_account,
    list_identities,
    lock_account,
)
from ..storage.database import Database
from ..storage.password_rows import put_password
from ..storage.session_rows import SessionRow, delete_sessions
from .display_names import parse_display_name
from .errors import AccountMissingError
from .new_passwords import NewPasswords, make_row
from .outbox import Outbox
from .password_proof import PasswordProof, Proven
from .recovery import drop_what_waits, tell_password_changed
from .sessions import Sessions


class Profile:
    """Name and password of one's own."""

    def __init__(
        self,
        database: Database,
        proof: PasswordProof,
        new_passwords: NewPasswords,
        sessions: Sessions,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._database = database
        self._proof = proof
        self._new_passwords = new_passwords
        self._sessions = sessions
        self._outbox = outbox
        self._clock = clock

    def show(self, account_id: str) -> tuple[AccountRow, list[IdentityRow]]:
        """Return the account and the ways in which it is proved. Raises AccountMissingError."""
        with self._database.reading() as connection:
            account = find_account(connection, account_id)
            identities = list_identities(connection, account_id)
        if account is None:
            raise AccountMissingError("There is no such account.")
        return account, identities

    def rename(self, account_id: str, display_name: str, client: Client) -> AccountRow:
        """Change what others read. Raises DisplayNameInvalidError."""
        name = parse_display_name(display_name)
        with self._database.transaction() as connection:
            change_account(connection, account_id, display_name=name)
            audit.record(connection, self._clock(), audit.RENAMED, account_id, client)
        return self.show(account_id)[0]

    async def change_password(
        self, session: SessionRow, current: str, new: str, client: Client
    ) -> None:
        """Change it; all other sessions end, and the mail address is told.

        Raises PasswordWrongError, PasswordUnacceptableError, TooManyTriesError, ServerBusyError.
        """
        proven = await self._proof.of_account(session.account_id, current, client)
        about = (proven.account.email or "", proven.account.display_name)
        password_hash = await self._new_passwords.make(new, *about)
        await self._database.run(self._change_password, proven, session.id, password_hash, client)
        self._outbox.wake()

    def _change_password(
        self, proven: Proven, session_id: str, password_hash: str, client: Client
    ) -> None:
        now = self._clock()
        account = proven.account
        with self._database.transaction() as connection:
            lock_account(connection, account.id)
            self._proof.confirm(connection, proven)
            put_password(connection, make_row(account.id, password_hash, now))
            drop_what_waits(connection, account.id)
            delete_sessions(connection, account.id, but=session_id)
            audit.record(connection, now, audit.PASSWORD_CHANGED, account.id, client)
            tell_password_changed(connection, self._outbox, account, client, "change")
        self._sessions.forget(account.id)
