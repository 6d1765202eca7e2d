"""Who may make an account here, and who owns the server."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import OWNER, USER, has_owner, lock_ownership
from .errors import (
    InvitationNeededError,
    RegistrationClosedError,
    SetUpCodeNeededError,
    SetUpCodeWrongError,
)
from .invitations import find_good_invitation, use_invitation
from .throttle import SET_UP_NETWORK, Try, spend

OPEN, INVITE, CLOSED = "open", "invite", "closed"

# 80 bits in letters and digits that nobody mixes up.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_GROUPS, CODE_GROUP_LENGTH = 4, 4


@dataclass(frozen=True)
class Application:
    """What somebody who wants an account shows for it."""

    email_key: str | None = None
    invitation: str = ""
    set_up_code: str = ""
    on_the_machine: bool = False
    """The request comes from the machine itself."""


class SetUpCode:
    """Proves who started the server to one that has no owner yet; new with each start."""

    def __init__(self) -> None:
        groups = (
            "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP_LENGTH))
            for _ in range(CODE_GROUPS)
        )
        self.text = Secret("-".join(groups))

    def matches(self, text: str) -> bool:
        """Tell whether this is the code, however it was typed."""
        return secrets.compare_digest(_plain(text), _plain(self.text.reveal()))


class Admission:
    """Decides on new accounts, in the transaction that makes them."""

    def __init__(self, mode: str, clock: Clock) -> None:
        self.mode = mode
        self.set_up_code = SetUpCode()
        self._clock = clock

    def examine(self, connection: Connection, application: Application) -> str:
        """Return the role that the new account would have.

        The first account is the owner's. Raises SetUpCodeNeededError, SetUpCodeWrongError,
        RegistrationClosedError, InvitationNeededError, InvitationInvalidError.
        """
        if not has_owner(connection):
            self.prove_ownership(application)
            return OWNER
        self._require_invitation(connection, application)
        return USER

    def admit(self, connection: Connection, application: Application) -> str:
        """Return the role of the new account, and use its invitation up. Raises the same."""
        lock_ownership(connection)
        role = self.examine(connection, application)
        if role == USER and self.mode == INVITE:
            use_invitation(connection, self._clock(), application.invitation, application.email_key)
        return role

    def admit_with_key(self, connection: Connection, application: Application) -> str:
        """Do the same for somebody who brings an API key.

        Such an account needs nothing of this server's, so it does not wait for an owner.
        """
        lock_ownership(connection)
        if has_owner(connection) or application.on_the_machine:
            return self.admit(connection, application)
        if self.mode != OPEN:
            self._require_invitation(connection, application)
            use_invitation(connection, self._clock(), application.invitation, application.email_key)
        return USER

    def count_set_up_try(
        self, connection: Connection, application: Application, client: Client
    ) -> None:
        """Throttle guesses at the code. Raises TooManyTriesError.

        Per network alone, or strangers could hold the owner off: 80 bits cannot be guessed from
        many networks either.
        """
        if application.set_up_code:
            spend(connection, self._clock(), Try(SET_UP_NETWORK, client.network))

    def prove_ownership(self, application: Application) -> None:
        """Raise SetUpCodeNeededError or SetUpCodeWrongError for whoever may not be the owner."""
        if application.on_the_machine:
            return
        if not application.set_up_code:
            raise SetUpCodeNeededError(
                "This server has no owner yet. Register on the machine itself, or with the set-up "
                "code that stands in the terminal where ComfyUI was started."
            )
        if not self.set_up_code.matches(application.set_up_code):
            raise SetUpCodeWrongError(
                "This is not the set-up code. It stands in the terminal where ComfyUI was "
                "started, and is a new one after each start."
            )

    def _require_invitation(self, connection: Connection, application: Application) -> None:
        if self.mode == CLOSED:
            raise RegistrationClosedError(
                "This server takes no new accounts. Its owner can change that "
                "(PASSPORT_REGISTRATION)."
            )
        if self.mode == INVITE:
            if not application.invitation:
                raise InvitationNeededError(
                    "This server takes new accounts by invitation. Ask its owner for one."
                )
            find_good_invitation(
                connection, self._clock(), application.invitation, application.email_key
            )


def _plain(text: str) -> bytes:
    return "".join(character for character in text.upper() if character.isalnum()).encode()
