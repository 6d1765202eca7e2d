"""Taking a way to log in away from an account, but never the last one."""

from __future__ import annotations

from collections.abc import Collection

from ..audit import log as audit
from ..clock import Clock
from ..storage.account_rows import (
    IdentityRow,
    delete_identity,
    list_identities,
    lock_account,
)
from ..storage.credential_rows import delete_sessions_elsewhere
from ..storage.database import Database
from ..storage.password_rows import PASSWORD
from .external_errors import IdentityMissingError, LastWayInError
from .merging import Asking
from .sign_in import COMFY_API_KEY

HOSTED = "comfy"


class Unlinking:
    """Removes identities of other services."""

    def __init__(self, database: Database, providers: Collection[str], clock: Clock) -> None:
        self._database = database
        self._usable = {PASSWORD, COMFY_API_KEY, HOSTED, *providers}
        self._clock = clock

    def can_remove(self, kind: str, identities: Collection[IdentityRow]) -> bool:
        """Tell whether the account keeps a way in without it, one that works on this server."""
        others = {identity.kind for identity in identities} - {kind}
        return kind not in (PASSWORD, COMFY_API_KEY) and bool(others & self._usable)

    def remove(self, asking: Asking, kind: str) -> None:
        """Let nothing of this kind log in any more.

        Raises IdentityMissingError and LastWayInError.
        """
        with self._database.transaction() as connection:
            lock_account(connection, asking.account_id)
            identities = list_identities(connection, asking.account_id)
            if kind in (PASSWORD, COMFY_API_KEY) or kind not in {row.kind for row in identities}:
                raise IdentityMissingError("There is no such log-in to unlink.")
            if not self.can_remove(kind, identities):
                raise LastWayInError(
                    "This is the only way into your account. Add another one first: a mail "
                    "address with a password, an API key, or another provider."
                )
            delete_identity(connection, asking.account_id, kind)
            if kind == HOSTED:
                delete_sessions_elsewhere(connection, asking.account_id)
            audit.record(
                connection,
                self._clock(),
                audit.IDENTITY_UNLINKED,
                asking.account_id,
                asking.client,
                method=kind,
            )
