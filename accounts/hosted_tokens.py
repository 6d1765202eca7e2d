"""The hosted accounts' ID tokens, which stand in memory alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..clock import Clock
from ..secret import Secret
from ..storage.change_rows import hash_account

USED_UNTIL = timedelta(minutes=1)
"""A token with less than this left is not handed out: the call with it takes time too."""


@dataclass(frozen=True)
class HeldToken:
    """An ID token, and what the stored row that it came by has sealed."""

    token: Secret = field(repr=False)
    expires_at: datetime
    row: bytes = field(repr=False)


class HeldTokens:
    """Holds one for each account until it expires or its holder logs out, leaves or is changed.

    The feed of changes tells of that, from whatever machine.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, HeldToken] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._held

    def keep(self, account_id: str, held: HeldToken) -> None:
        """Hold this one in place of the one before."""
        self._held[account_id] = held

    def find(self, account_id: str, row: bytes) -> Secret | None:
        """Return the token that came by this row, while it is good for long enough."""
        held = self._held.get(account_id)
        if held is None or held.row != row or held.expires_at - self._clock() <= USED_UNTIL:
            return None
        return held.token

    def forget(self, account_id: str) -> None:
        """Let go of the account's token; the next one is asked for when somebody needs it."""
        self._held.pop(account_id, None)

    def forget_hashed(self, accounts: Collection[bytes]) -> None:
        """Do the same for accounts whose ids have these hashes."""
        for account_id in list(self._held):
            if hash_account(account_id) in accounts:
                self.forget(account_id)

    def forget_expired(self) -> None:
        """Let go of those that nobody can use any more."""
        now = self._clock()
        for account_id, held in list(self._held.items()):
            if held.expires_at <= now:
                self.forget(account_id)

    def forget_all(self) -> None:
        """Let go of every one."""
        self._held.clear()
