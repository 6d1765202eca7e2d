"""Proving again, in the middle of a session, that it is still the person: for what is sensitive."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import find_account_by_identity, list_identities
from ..storage.database import Database
from ..storage.password_rows import PASSWORD
from ..storage.session_rows import SessionRow
from ..vault.api_key_shape import parse_api_key
from .access_errors import ReauthenticationRequiredError
from .errors import EmailOrPasswordWrongError
from .password_proof import PasswordProof, Proven
from .sessions import Sessions
from .sign_in import COMFY_API_KEY, fingerprint
from .throttle import LOG_IN_ACCOUNT_HERE, Try, count, give_back

FRESH_FOR = timedelta(minutes=5)


class Reauthentication:
    """Keeps a session fresh for five minutes after its person was proved."""

    def __init__(
        self,
        database: Database,
        proof: PasswordProof,
        sessions: Sessions,
        clock: Clock,
        providers: tuple[str, ...] = (),
    ) -> None:
        """`providers` are those at which a person can be proved anew: see `provider_log_in`."""
        self._provable = (PASSWORD, COMFY_API_KEY, *providers)
        self._database = database
        self._proof = proof
        self._sessions = sessions
        self._clock = clock

    def is_fresh(self, session: SessionRow) -> bool:
        """Tell whether the person was proved within the last five minutes."""
        age = self._clock() - session.proved_at
        return timedelta(0) <= age < FRESH_FOR

    async def require(self, session: SessionRow, password: str, client: Client) -> None:
        """Let a sensitive call pass: the person was proved lately, or shows the password now.

        Raises ReauthenticationRequiredError, which says what would prove them, and for a password
        PasswordWrongError, TooManyTriesError, ServerBusyError.
        """
        if password:
            proven = await self._proof.of_account(session.account_id, password, client)
            await self._database.run(self._confirm, proven)
        elif not self.is_fresh(session):
            kinds = await self._database.run(self._list_kinds, session.account_id)
            raise ReauthenticationRequiredError(
                "This needs a fresh proof that it is you: your password, the key that you log in "
                "with, or a log-in at the provider that you use.",
                methods=kinds,
            )

    async def with_password(self, session: SessionRow, password: str, client: Client) -> Secret:
        """Prove the person; return the session's new token. Raises what `require` raises."""
        proven = await self._proof.of_account(session.account_id, password, client)

        def confirm(connection: Connection) -> None:
            self._proof.confirm(connection, proven)

        return await self._database.run(self._renew, session, confirm, client)

    async def with_api_key(self, session: SessionRow, text: str, client: Client) -> Secret:
        """Prove the person by the Comfy API key that logs them in; return the new token.

        Raises ApiKeyMalformedError, EmailOrPasswordWrongError for another key, TooManyTriesError.
        """
        api_key = parse_api_key(text)
        return await self._database.run(self._renew_by_key, session, api_key, client)

    def _confirm(self, proven: Proven) -> None:
        with self._database.transaction() as connection:
            self._proof.confirm(connection, proven)

    def _renew(
        self, session: SessionRow, confirm: Callable[[Connection], None], client: Client
    ) -> Secret:
        with self._database.transaction() as connection:
            confirm(connection)
            token = self._sessions.renew(connection, session)
            audit.record(
                connection, self._clock(), audit.REAUTHENTICATED, session.account_id, client
            )
        self._sessions.forget(session.account_id)
        return token

    def _renew_by_key(self, session: SessionRow, api_key: Secret, client: Client) -> Secret:
        counted = Try(LOG_IN_ACCOUNT_HERE, f"{session.account_id}\0{client.network}")
        count(self._database, self._clock(), counted)
        with self._database.reading() as connection:
            holder = find_account_by_identity(connection, COMFY_API_KEY, fingerprint(api_key))
        if holder is None or not secrets.compare_digest(holder.id, session.account_id):
            self._note_failure(session.account_id, client)
            raise EmailOrPasswordWrongError("This is not the key that this account logs in with.")
        return self._renew(session, lambda connection: give_back(connection, counted), client)

    def _note_failure(self, account_id: str, client: Client) -> None:
        with self._database.transaction() as connection:
            audit.record(connection, self._clock(), audit.SIGN_IN_FAILED, account_id, client)

    def _list_kinds(self, account_id: str) -> list[str]:
        with self._database.reading() as connection:
            kinds = {identity.kind for identity in list_identities(connection, account_id)}
        return [kind for kind in self._provable if kind in kinds]
