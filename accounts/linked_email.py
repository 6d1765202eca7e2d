"""Letting an account that has only an API key log in by mail address and password too."""

from __future__ import annotations

from ..audit import log as audit
from ..clock import Clock
from ..storage.account_rows import (
    AccountRow,
    add_identity,
    change_account,
    find_account,
    find_account_by_identity,
    lock_account,
)
from ..storage.database import Database
from ..storage.errors import AlreadyExistsError
from ..storage.password_rows import PASSWORD, put_password
from .email_addresses import EmailAddress, parse_email
from .merging import Asking, Merging, require_without_password
from .new_passwords import NewPasswords, make_row
from .outbox import Outbox
from .password_proof import PasswordProof, Proven
from .registration import email_taken
from .tokens import VERIFY_EMAIL


class LinkedEmail:
    """Adds the address, or makes the account one with that which logs in by it already."""

    def __init__(
        self,
        database: Database,
        merging: Merging,
        proof: PasswordProof,
        new_passwords: NewPasswords,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._database = database
        self._merging = merging
        self._proof = proof
        self._new_passwords = new_passwords
        self._outbox = outbox
        self._clock = clock

    async def add(self, asking: Asking, email: str, password: str) -> tuple[AccountRow, bool]:
        """Return the account, and whether it was made one with another.

        An account that logs in with this address is proved by its password. Raises
        PasswordExistsError, EmailInvalidError, EmailOrPasswordWrongError, BothHaveKeysError,
        TooManyTriesError, and for a new password PasswordUnacceptableError.
        """
        address = parse_email(email)
        account, holder = await self._database.run(self._look_up, asking.account_id, address)
        if holder is not None:
            proven = await self._proof.of_email(email, password, asking.client)
            return await self._database.run(self._merge, asking, proven), True
        password_hash = await self._new_passwords.make(
            password, address.shown, account.display_name
        )
        try:
            account = await self._database.run(self._add, asking, address, password_hash)
        except AlreadyExistsError:
            raise email_taken() from None
        self._outbox.wake()
        return account, False

    def _look_up(
        self, account_id: str, address: EmailAddress
    ) -> tuple[AccountRow, AccountRow | None]:
        with self._database.reading() as connection:
            return (
                require_without_password(connection, account_id),
                find_account_by_identity(connection, PASSWORD, address.key),
            )

    def _add(self, asking: Asking, address: EmailAddress, password_hash: str) -> AccountRow:
        now = self._clock()
        account_id = asking.account_id
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            account = require_without_password(connection, account_id)
            add_identity(connection, account_id, PASSWORD, address.key, now)
            put_password(connection, make_row(account_id, password_hash, now))
            name = account.display_name or address.shown.partition("@")[0]
            change_account(connection, account_id, email=address.shown, display_name=name)
            audit.record(connection, now, audit.PASSWORD_ADDED, account_id, asking.client)
            if self._outbox.enabled:
                self._outbox.put(
                    connection, VERIFY_EMAIL, address.shown, account_id, base=asking.base
                )
            return find_account(connection, account_id) or account

    def _merge(self, asking: Asking, proven: Proven) -> AccountRow:
        other_id = proven.account.id
        with self._database.transaction() as connection:
            for account_id in sorted((asking.account_id, other_id)):
                lock_account(connection, account_id)
            self._proof.confirm(connection, proven)
            # After a double click the other one is by now this account itself.
            require_without_password(connection, asking.account_id)
            other = find_account(connection, other_id) or proven.account
            self._merging.absorb_whole(connection, asking, other)
            merged = find_account(connection, asking.account_id) or other
        self._merging.settle(asking, other_id)
        return merged
