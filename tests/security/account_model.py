"""What the accounts of a server should be after whatever was done: a few lines of plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ACTIVE, CANCELLED, DISABLED, GONE = "active", "cancelled", "disabled", "gone"


@dataclass(eq=False)
class Person:
    """An account; `id` is the store's, all else is what the model believes."""

    id: str
    email: str
    password: str
    is_owner: bool
    state: str = ACTIVE
    secret: str | None = None
    """The key of another service that it stores."""
    cancelled_at: datetime | None = None

    @property
    def is_there(self) -> bool:
        return self.state != GONE

    @property
    def may_act(self) -> bool:
        return self.state in (ACTIVE, CANCELLED)


@dataclass(eq=False)
class LogIn:
    """A session that began; it counts until it is ended."""

    person: Person
    token: str
    row: object = field(repr=False)
    ended: bool = False

    @property
    def counts(self) -> bool:
        return not self.ended and self.person.may_act


@dataclass(eq=False)
class Key:
    """An API key that was made; it counts until it is deleted or rotated."""

    person: Person
    id: str
    text: str
    ended: bool = False

    @property
    def counts(self) -> bool:
        return not self.ended and self.person.may_act


@dataclass
class Model:
    """Everybody there ever was, with their log-ins and keys."""

    people: list[Person] = field(default_factory=list[Person])
    log_ins: list[LogIn] = field(default_factory=list[LogIn])
    keys: list[Key] = field(default_factory=list[Key])

    @property
    def accounts(self) -> list[Person]:
        return [person for person in self.people if person.is_there]

    def whose(self, email: str) -> Person | None:
        return next((person for person in self.accounts if person.email == email), None)

    @property
    def has_owner(self) -> bool:
        return any(person.is_owner for person in self.accounts)

    def is_only_owner_of_others(self, person: Person) -> bool:
        """Whether the server would be without an owner who can log in, and others are there."""
        others = [other for other in self.accounts if other is not person]
        owners = [other for other in others if other.is_owner and other.state == ACTIVE]
        return person.is_owner and bool(others) and not owners

    def is_only_active_owner(self, person: Person) -> bool:
        owners = [one for one in self.accounts if one.is_owner and one.state == ACTIVE]
        return owners == [person]

    def end_log_ins(self, person: Person, but: LogIn | None = None) -> None:
        for log_in in self.log_ins:
            if log_in.person is person and log_in is not but:
                log_in.ended = True

    def due(self, now: datetime, days: int) -> list[Person]:
        """Who was cancelled so many days ago and should be deleted."""
        return [
            person
            for person in self.accounts
            if person.state == CANCELLED
            and person.cancelled_at is not None
            and person.cancelled_at + timedelta(days=days) <= now
        ]

    def delete(self, person: Person) -> None:
        person.state, person.secret = GONE, None
        self.end_log_ins(person)
        for key in self.keys:
            if key.person is person:
                key.ended = True
