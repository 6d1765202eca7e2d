"""Logging in with mail address and password."""

from __future__ import annotations

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import find_account
from ..storage.credential_rows import find_credential
from ..storage.database import Database
from ..storage.password_rows import PASSWORD
from ..vault.credentials import COMFY, DEFAULT_PROFILE
from .password_proof import PasswordProof, Proven
from .sessions import Sessions
from .sign_in import SignedIn, require_usable


class EmailLogIn:
    """Turns mail address and password into a session."""

    def __init__(
        self, database: Database, proof: PasswordProof, sessions: Sessions, clock: Clock
    ) -> None:
        self._database = database
        self._proof = proof
        self._sessions = sessions
        self._clock = clock

    async def log_in(
        self, email: str, password: str, shared_computer: bool, client: Client
    ) -> SignedIn:
        """Log in.

        Raises EmailOrPasswordWrongError, AccountDisabledError (to whoever knows the password),
        TooManyTriesError and ServerBusyError.
        """
        proven = await self._proof.of_email(email, password, client)
        return await self._database.run(self._enter, proven, shared_computer, client)

    def _enter(self, proven: Proven, shared_computer: bool, client: Client) -> SignedIn:
        with self._database.transaction() as connection:
            self._proof.confirm(connection, proven)
            account = find_account(connection, proven.account.id) or proven.account
            require_usable(account)
            token, session = self._sessions.start(
                connection, account.id, PASSWORD, shared_computer, client
            )
            audit.record(
                connection, self._clock(), audit.SIGNED_IN, account.id, client, method=PASSWORD
            )
            credential = find_credential(connection, account.id, COMFY, DEFAULT_PROFILE)
        return SignedIn(Secret(token), session, account, credential)
