"""Proving that one knows an account's password, whatever it is wanted for.

An unknown address and a wrong password take the same steps: the same queries, one argon2, one
row in the audit log, the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..errors import PassportError
from ..storage.account_rows import AccountRow, find_account, lock_account
from ..storage.audit_rows import was_there_before
from ..storage.database import Database
from ..storage.password_rows import PasswordRow, find_by_email_key, find_password, replace_hash
from .email_addresses import make_email_key
from .errors import EmailOrPasswordWrongError, PasswordWrongError
from .log_in_notice import BEING_HERE
from .password_strength import LONGEST
from .passwords import Passwords
from .throttle import (
    LOG_IN_ACCOUNT,
    LOG_IN_ACCOUNT_HERE,
    LOG_IN_ALL,
    LOG_IN_NETWORK,
    Try,
    give_back,
    spend,
)

NOBODY = "0" * 32

Found = tuple[AccountRow, PasswordRow] | None


@dataclass(frozen=True)
class Proven:
    """Whose password was shown. It counts once `PasswordProof.confirm` has seen it."""

    account: AccountRow
    password: PasswordRow
    tries: tuple[Try, ...]
    newer_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class _Question:
    """Whose password it is said to be; what to raise, and to write down, when it is not."""

    find: Callable[[Connection], Found]
    subject: str
    wrong: PassportError
    failure: str


class PasswordProof:
    """Compares passwords, throttled."""

    def __init__(self, database: Database, passwords: Passwords, clock: Clock) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    async def of_email(self, email: str, password: str, client: Client) -> Proven:
        """Return the account that logs in with this pair.

        Raises EmailOrPasswordWrongError, TooManyTriesError, ServerBusyError.
        """
        key = make_email_key(email)
        wrong = EmailOrPasswordWrongError(
            "Mail address or password is wrong. Check the spelling, and whether Caps Lock is on."
        )
        question = _Question(
            lambda connection: find_by_email_key(connection, key), key, wrong, audit.SIGN_IN_FAILED
        )
        return await self._prove(question, password, client)

    async def of_account(self, account_id: str, password: str, client: Client) -> Proven:
        """Return the account when this is its password.

        Raises PasswordWrongError, TooManyTriesError, ServerBusyError.
        """

        def find(connection: Connection) -> Found:
            account, row = (
                find_account(connection, account_id),
                find_password(connection, account_id),
            )
            return (account, row) if account and row else None

        wrong = PasswordWrongError("This is not your present password. Nothing was changed.")
        question = _Question(find, account_id, wrong, audit.PASSWORD_REFUSED)
        return await self._prove(question, password, client)

    def confirm(self, connection: Connection, proven: Proven) -> None:
        """Let the proof count, in the transaction of what it is for; the try was a good one.

        Raises EmailOrPasswordWrongError when the password was changed in between.
        """
        lock_account(connection, proven.account.id)  # or it could be changed until we are done
        now = find_password(connection, proven.account.id)
        if now is None or now.stamp != proven.password.stamp:
            raise EmailOrPasswordWrongError("The password was changed meanwhile. Log in again.")
        give_back(connection, *proven.tries)
        if proven.newer_hash:
            replace_hash(connection, proven.password, proven.newer_hash)

    async def _prove(self, question: _Question, password: str, client: Client) -> Proven:
        found, tries = await self._database.run(self._begin, question, client)
        known_hash = found[1].password_hash if found else None
        # Longer than any password can be: nobody's, without the work of finding that out.
        fits = len(password) <= LONGEST
        if not fits or not await self._passwords.verify(known_hash, password) or found is None:
            await self._database.run(self._note_failure, question, found, client)
            raise question.wrong
        newer = None
        if self._passwords.is_outdated(found[1].password_hash):
            newer = await self._passwords.hash(password)
        return Proven(*found, tries, newer)

    def _begin(self, question: _Question, client: Client) -> tuple[Found, tuple[Try, ...]]:
        with self._database.transaction() as connection:
            found = question.find(connection)
            account_id = found[0].id if found else NOBODY
            subject = question.subject
            tries = (
                Try(LOG_IN_ACCOUNT_HERE, f"{subject}\0{client.network}"),
                Try(LOG_IN_NETWORK, client.network),
                Try(LOG_IN_ALL),
            )
            # From where a person has logged in before, strangers' failures do not keep them out.
            if not was_there_before(connection, account_id, client.network, BEING_HERE):
                tries = (*tries, Try(LOG_IN_ACCOUNT, subject))
            spend(connection, self._clock(), *tries)
        return found, tries

    def _note_failure(self, question: _Question, found: Found, client: Client) -> None:
        account_id = found[0].id if found else None
        with self._database.transaction() as connection:
            audit.record(connection, self._clock(), question.failure, account_id, client)
