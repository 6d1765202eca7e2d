"""Showing a stored secret to the person whose it is."""

from __future__ import annotations

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.credential_rows import API_KEY
from ..storage.database import Database
from ..vault.credentials import Credentials
from ..vault.errors import CredentialMissingError
from .throttle import REVEAL_ACCOUNT, Try, spend

HIDE_AFTER_SECONDS = 30


class Reveal:
    """Hands out a stored secret; who asks was proved before."""

    def __init__(self, database: Database, credentials: Credentials, clock: Clock) -> None:
        self._database = database
        self._credentials = credentials
        self._clock = clock

    def show(self, account_id: str, service: str, client: Client) -> Secret:
        """Return the secret, and write down that it was shown.

        Raises CredentialMissingError, what `Credentials.open` raises, and TooManyTriesError.
        """
        now = self._clock()
        row = self._credentials.find(account_id, service)
        if row is None or row.kind != API_KEY:  # a log-in's token is no use to anybody by hand
            raise CredentialMissingError("There is no such credential to show.")
        with self._database.transaction() as connection:
            spend(connection, now, Try(REVEAL_ACCOUNT, account_id))
            secret = self._credentials.open(row)
            audit.record(
                connection, now, audit.CREDENTIAL_REVEALED, account_id, client, service=service
            )
        return secret
