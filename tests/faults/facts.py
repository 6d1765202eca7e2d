"""What a flow acknowledges, and how it is looked up in a store afterwards.

A fact is a kind, a subject and a value; all three are plain values that JSON can carry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import argon2
from passport.accounts import api_keys
from passport.accounts.sessions import _hash
from passport.errors import PassportError
from passport.secret import Secret
from passport.storage.account_rows import find_account, list_identities
from passport.storage.password_rows import find_by_email_key
from passport.storage.session_rows import find_session
from passport.storage.tables import audit_events, metadata, outbox
from passport.tests.backend.fixtures import House
from sqlalchemy import func, select


class Teller:
    """How a flow says what it has done; `say` writes one line at once."""

    def __init__(self, say: Callable[..., None]) -> None:
        self._say = say

    def changing(self, kind: str, subject: Any) -> None:
        """From here on this may be as it was or as it will be, until `sure` says which."""
        self._say("changing", kind, subject, None)

    def sure(self, kind: str, subject: Any, value: Any = True) -> None:
        """This is acknowledged: whoever is killed from here on, it is so."""
        self._say("sure", kind, subject, value)


def find_lost(house: House, said: Iterable[list[Any]]) -> Iterator[str]:
    """Say what was acknowledged and is not so."""
    standing: dict[str, tuple[str, Any, Any]] = {}
    for word, kind, subject, value in said:
        key = json.dumps([kind, subject])
        standing.pop(key, None)
        if word == "sure":
            standing[key] = (kind, subject, value)
    for kind, subject, value in standing.values():
        found = READERS[kind](house, subject)
        if found != value:
            yield f"{kind} {subject}: acknowledged as {value}, found as {found}"


def fits(password_hash: str, password: str) -> bool:
    try:
        return argon2.PasswordHasher().verify(password_hash, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _read_session(house: House, token: str) -> str | None:
    with house.database.reading() as connection:
        found = find_session(connection, _hash(token))
    return found and found[0].account_id


def _read_log_in(house: House, subject: list[str]) -> bool:
    email, password = subject
    with house.database.reading() as connection:
        found = find_by_email_key(connection, email)
    return found is not None and fits(found[1].password_hash, password)


def _read_state(house: House, account_id: str) -> str | None:
    with house.database.reading() as connection:
        account = find_account(connection, account_id)
    return account and account.state


def _read_verified(house: House, account_id: str) -> bool:
    with house.database.reading() as connection:
        account = find_account(connection, account_id)
    return account is not None and account.email_verified_at is not None


def _read_identities(house: House, account_id: str) -> list[str]:
    with house.database.reading() as connection:
        return sorted(each.kind for each in list_identities(connection, account_id))


def _read_key(house: House, text: str) -> str | None:
    known = house.accounts.api_keys._load(api_keys._hash(text), [])
    return known and known.principal.account_id


def _read_credential(house: House, subject: list[str]) -> str | None:
    row = house.credentials.find(*subject)
    return row and house.credentials.open(row).reveal()


def _read_packs(house: House, account_id: str) -> list[str]:
    return sorted(house.node_packs.allowed(account_id))


def _read_noted(house: House, subject: list[str | None]) -> int:
    action, account_id = subject
    query = select(func.count()).where(
        audit_events.c.action == action, audit_events.c.account_id == account_id
    )
    with house.database.reading() as connection:
        return connection.execute(query).scalar_one()


def _read_letter(house: House, subject: list[str]) -> bool:
    """Whether the letter waits, or the mail server has it: on its way it is not lost."""
    kind, recipient = subject
    query = select(func.count()).where(outbox.c.kind == kind, outbox.c.recipient == recipient)
    with house.database.reading() as connection:
        waiting = connection.execute(query).scalar_one()
    return waiting > 0 or house.post_office.has_taken(kind, recipient)


def _read_invitations(house: House, _: Any) -> int:
    return len(house.accounts.invitations.list())


def _read_pending(house: House, subject: list[str]) -> Any:
    flow_id, secret = subject
    try:
        return house.accounts.flows.look_at(flow_id, Secret(secret))
    except PassportError as error:
        return error.code


def _read_rows(house: House, table: str) -> int:
    query = select(func.count()).select_from(metadata.tables[table])
    with house.database.reading() as connection:
        return connection.execute(query).scalar_one()


READERS: dict[str, Callable[[House, Any], Any]] = {
    "session": _read_session,
    "log-in": _read_log_in,
    "state": _read_state,
    "verified": _read_verified,
    "identities": _read_identities,
    "key": _read_key,
    "credential": _read_credential,
    "packs": _read_packs,
    "noted": _read_noted,
    "letter": _read_letter,
    "invitations": _read_invitations,
    "pending": _read_pending,
    "rows": _read_rows,
}
