"""Asking that an account be deleted when one cannot log in to it any more.

The owner decides. As proof counts what only the person has at hand: what the server is called,
and the last four characters of an API key or a stored secret of the account.
"""

from __future__ import annotations

import secrets
import uuid

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import AccountRow, find_account, find_account_by_identity
from ..storage.api_key_rows import list_api_keys
from ..storage.credential_rows import list_credentials
from ..storage.database import Database
from ..storage.leaving_rows import (
    DeletionRequest,
    add_deletion_request,
    delete_deletion_request,
    find_deletion_request,
    list_deletion_requests,
)
from ..storage.password_rows import PASSWORD
from .email_addresses import make_email_key
from .errors import DeletionRequestMissingError
from .leaving import Leaving, Receipt
from .throttle import DELETION_ADDRESS, DELETION_NETWORK, Try, spend

LAST_SHOWN = 4


class DeletionRequests:
    """The queue on the owner's page."""

    def __init__(
        self, database: Database, leaving: Leaving, server_name: str, clock: Clock
    ) -> None:
        self._database = database
        self._leaving = leaving
        self._clock = clock
        self.server_name = server_name
        """What people call this server; their account page shows it."""

    def ask(self, email: str, server_name: str, last_four: str, client: Client) -> None:
        """Queue the request, if there is such an account; the answer does not say.

        Raises TooManyTriesError.
        """
        now = self._clock()
        key = make_email_key(email)
        with self._database.transaction() as connection:
            tries = Try(DELETION_ADDRESS, key), Try(DELETION_NETWORK, client.network)
            spend(connection, now, *tries)
            account = find_account_by_identity(connection, PASSWORD, key)
            proved = self._proves(connection, account, server_name, last_four)
            account_id = account.id if account else None
            audit.record(
                connection, now, audit.DELETION_REQUESTED, account_id, client, proved=proved
            )
            if account_id is not None:
                row = DeletionRequest(
                    uuid.uuid4().hex, account_id, proved, now, client.address, client.user_agent
                )
                add_deletion_request(connection, row)

    def list(self) -> list[tuple[DeletionRequest, AccountRow]]:
        """Return the requests that wait, the oldest first, each with its account."""
        with self._database.reading() as connection:
            return list_deletion_requests(connection)

    def grant(self, request_id: str, by: str, client: Client) -> Receipt:
        """Delete the account. Raises DeletionRequestMissingError and LastOwnerError."""
        with self._database.transaction() as connection:
            request = find_deletion_request(connection, request_id)
            if request is None or find_account(connection, request.account_id) is None:
                raise _missing()
            receipt = self._leaving.delete_in(connection, request.account_id, client, by)
        self._leaving.settle(request.account_id)
        return receipt

    def refuse(self, request_id: str, by: str | None, client: Client) -> None:
        """Drop the request; the account stays. Raises DeletionRequestMissingError."""
        with self._database.transaction() as connection:
            request = find_deletion_request(connection, request_id)
            if request is None or not delete_deletion_request(connection, request_id):
                raise _missing()
            audit.record(
                connection,
                self._clock(),
                audit.DELETION_REFUSED,
                request.account_id,
                client,
                by=by,
            )

    def _proves(
        self, connection: Connection, account: AccountRow | None, server_name: str, last_four: str
    ) -> bool:
        account_id = account.id if account else ""
        ends = [row.shown[-LAST_SHOWN:] for row in list_api_keys(connection, account_id)]
        ends += [row.mask[-LAST_SHOWN:] for row in list_credentials(connection, account_id)]
        # Each is compared, and whole: how long it takes says nothing of where they differ.
        said = last_four.strip().encode()
        fits = [secrets.compare_digest(end.encode(), said) for end in ends]
        named = secrets.compare_digest(
            server_name.strip().casefold().encode(), self.server_name.casefold().encode()
        )
        return named and any(fits)


def _missing() -> DeletionRequestMissingError:
    return DeletionRequestMissingError("There is no such request; it may have been answered.")
