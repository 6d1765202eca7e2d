"""Accounts, sessions, keys and leaving, done in any order, against a model of a few lines.

After each step every token and key that ever was is shown again, and stands for whom it should.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from passport.accounts.errors import (
    AccountDisabledError,
    EmailOrPasswordWrongError,
    EmailTakenError,
    LastOwnerError,
    PasswordWrongError,
)
from passport.accounts.merging import Asking
from passport.accounts.new_api_key import NewApiKey
from passport.settings import DAY_SECONDS, Settings
from passport.storage.database import DATABASE_FILE, Database, sqlite_url
from passport.storage.tables import accounts, api_keys, credentials
from passport.tests.backend import people
from passport.tests.backend.clock import SettableClock
from passport.tests.backend.comfy_in_memory import ComfyInMemory
from passport.tests.backend.fixtures import HERE, House
from passport.tests.length import FULL
from passport.tests.security.account_model import (
    ACTIVE,
    CANCELLED,
    DISABLED,
    Key,
    LogIn,
    Model,
    Person,
)

EMAILS = ("ada@example.org", "ben@example.org", "eve@example.org")
PASSWORDS = ("correct horse battery", "staple in the rain")
DAYS = Settings().cancelled_account_days
pick = st.integers(min_value=0, max_value=30)


def secret_of(person: Person) -> str:
    return f"comfyui-{person.id}{person.id[:28]}wxyz"


class AccountMachine(RuleBasedStateMachine):
    """Does to the services what it does to the model, and compares."""

    migrated_store: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="passport-machine-"))
        shutil.copy(self.migrated_store, self.folder / DATABASE_FILE)
        self.clock = SettableClock()
        self.database = Database(sqlite_url(self.folder))
        self.house = House(
            self.database, ComfyInMemory(), self.clock, session_idle_seconds=DAY_SECONDS
        )
        self.loop = asyncio.new_event_loop()
        self.model = Model()

    def teardown(self) -> None:
        self.house.accounts.password_strength.close()
        self.loop.close()
        self.database.close()
        shutil.rmtree(self.folder)

    def run(self, coroutine: Any) -> Any:
        """Wait for it. Each step takes a while, so that no throttle has a say."""
        self.clock.advance(minutes=5)
        return self.loop.run_until_complete(coroutine)

    def living(self, number: int) -> LogIn | None:
        """One of the log-ins that count."""
        counting = [log_in for log_in in self.model.log_ins if log_in.counts]
        return counting[number % len(counting)] if counting else None

    def somebody(self, number: int) -> Person:
        return self.model.accounts[number % len(self.model.accounts)]

    @rule(email=st.sampled_from(EMAILS), password=st.sampled_from(PASSWORDS))
    def register(self, email: str, password: str) -> None:
        taken = self.model.whose(email) is not None
        try:
            signed_in = self.run(people.register(self.house, email, password))
        except EmailTakenError:
            assert taken
            return
        assert not taken
        person = Person(signed_in.account.id, email, password, not self.model.has_owner)
        assert (signed_in.account.role == "owner") == person.is_owner
        self.model.people.append(person)
        self._note(person, signed_in)

    def _note(self, person: Person, signed_in: Any) -> None:
        self.model.log_ins.append(LogIn(person, signed_in.token.reveal(), signed_in.session))

    @initialize()
    def some_are_here(self) -> None:
        """Two who are logged in on two machines each; the first one owns the server."""
        for email in EMAILS[:2]:
            self.register(email, PASSWORDS[0])
            self.log_in(email, True)

    @rule(email=st.sampled_from(EMAILS), knows=st.sampled_from((True, True, False)))
    def log_in(self, email: str, knows: bool) -> None:
        person = self.model.whose(email)
        fits = person is not None and knows
        right = person.password if person else PASSWORDS[0]
        password = right if knows else "neither of the two"
        try:
            signed_in = self.run(people.log_in(self.house, email, password))
        except EmailOrPasswordWrongError:
            assert not fits
        except AccountDisabledError:
            assert fits
            assert person.state == DISABLED
        else:
            assert fits
            assert person.may_act
            self._note(person, signed_in)

    @rule(number=pick)
    def log_out(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is not None:
            self.house.sign_out.end(log_in.row, HERE)
            log_in.ended = True

    @rule(number=pick)
    def end_all_others(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is not None:
            self.house.sign_out.revoke_all(log_in.person.id, HERE, log_in.row.id)
            self.model.end_log_ins(log_in.person, but=log_in)

    @rule(number=pick, current=st.sampled_from(PASSWORDS), new=st.sampled_from(PASSWORDS))
    def change_password(self, number: int, current: str, new: str) -> None:
        log_in = self.living(number)
        if log_in is None or log_in.person.state != ACTIVE:
            return
        change = self.house.accounts.profile.change_password(log_in.row, current, new, HERE)
        try:
            self.run(change)
        except PasswordWrongError:
            assert current != log_in.person.password
            return
        assert current == log_in.person.password
        log_in.person.password = new
        self.model.end_log_ins(log_in.person, but=log_in)

    @rule(number=pick)
    def make_key(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is not None and log_in.person.state == ACTIVE:
            name = f"key {len(self.model.keys)}"
            new = NewApiKey(name)
            row, key = self.house.accounts.api_keys.make(log_in.person.id, new, HERE)
            self.model.keys.append(Key(log_in.person, row.id, key.reveal()))

    @precondition(lambda self: any(key.counts for key in self.model.keys))
    @rule(number=pick, rotated=st.booleans())
    def end_a_key(self, number: int, rotated: bool) -> None:
        counting = [key for key in self.model.keys if key.counts]
        key = counting[number % len(counting)]
        services = self.house.accounts.api_keys
        key.ended = True
        if rotated:
            row, new = services.rotate(key.person.id, key.id, timedelta(0), HERE)
            self.model.keys.append(Key(key.person, row.id, new.reveal()))
        else:
            assert services.delete(key.person.id, [key.id], HERE) == 1

    @rule(number=pick)
    def store_a_secret(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is not None and log_in.person.state == ACTIVE:
            secret = secret_of(log_in.person)
            asking = Asking(log_in.person.id, HERE)
            self.run(self.house.accounts.linked_key.replace(asking, secret, False))
            log_in.person.secret = secret

    @rule(number=pick)
    def forget_the_secret(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is not None and log_in.person.secret is not None:
            self.house.credentials.forget(log_in.person.id, "comfy", HERE)
            log_in.person.secret = None

    @rule(number=pick)
    def cancel(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is None or log_in.person.state != ACTIVE:
            return
        person = log_in.person
        try:
            self.house.accounts.leaving.cancel(person.id, log_in.row.id, HERE)
        except LastOwnerError:
            assert self.model.is_only_owner_of_others(person)
            return
        assert not self.model.is_only_owner_of_others(person)
        person.state, person.cancelled_at = CANCELLED, self.clock()
        self.model.end_log_ins(person, but=log_in)

    @rule(number=pick)
    def reactivate(self, number: int) -> None:
        log_in = self.living(number)
        if log_in is not None:
            self.house.accounts.leaving.reactivate(log_in.person.id, HERE)
            log_in.person.state, log_in.person.cancelled_at = ACTIVE, None

    @precondition(lambda self: self.model.accounts)
    @rule(number=pick)
    def delete(self, number: int) -> None:
        person = self.somebody(number)
        try:
            self.house.accounts.leaving.delete(person.id, HERE)
        except LastOwnerError:
            assert self.model.is_only_owner_of_others(person)
            return
        assert not self.model.is_only_owner_of_others(person)
        self.model.delete(person)

    @precondition(lambda self: self.model.accounts)
    @rule(number=pick, state=st.sampled_from((ACTIVE, DISABLED)))
    def the_owner_says(self, number: int, state: str) -> None:
        person = self.somebody(number)
        locks_out = state == DISABLED and self.model.is_only_active_owner(person)
        try:
            self.house.accounts.people.set_state(person.id, state, None, HERE)
        except LastOwnerError:
            assert locks_out
            return
        assert not locks_out
        person.state, person.cancelled_at = state, None
        if state == DISABLED:
            self.model.end_log_ins(person)

    @rule(days=st.sampled_from((1, DAYS // 2, DAYS)))
    def days_pass_and_it_tidies(self, days: int) -> None:
        """Sessions do not last for a day here."""
        self.clock.advance(days=days)
        for started in self.model.log_ins:
            started.ended = True
        self.house.accounts.purge.run()
        self.house.accounts.housekeeping.tidy()
        due = self.model.due(self.clock(), DAYS)
        for person in due:
            if self.house.sign_in.find_account_by_id(person.id) is None:
                self.model.delete(person)
        for person in due:
            if person.is_there:
                assert person.is_owner, "only the last owner stays beyond the day"
                assert not self.model.is_only_active_owner(person)

    @invariant()
    def tokens_and_keys_stand_for_whom_they_should(self) -> None:
        for log_in in self.model.log_ins:
            self._compare(log_in, self.house.sessions.recognize(log_in.token))
        for key in self.model.keys:
            self._compare(key, self.house.accounts.api_keys.recognize(key.text, HERE))

    def _compare(self, shown: LogIn | Key, recognizing: Any) -> None:
        principal = self.loop.run_until_complete(recognizing)
        assert (principal is not None) == shown.counts, shown
        if principal is not None:
            assert principal.account_id == shown.person.id
            assert principal.limited == (shown.person.state == CANCELLED)

    @invariant()
    def the_store_has_what_it_should(self) -> None:
        keys = [key for key in self.model.keys if not key.ended]
        secrets = [person for person in self.model.accounts if person.secret is not None]
        rows = people.count_rows(self.house, accounts, api_keys, credentials)
        assert rows == (len(self.model.accounts), len(keys), len(secrets))
        for person in secrets:
            row = self.house.credentials.find(person.id)
            assert row is not None
            assert self.house.credentials.open(row).reveal() == person.secret


@pytest.mark.asvs("2.3.1", "7.4.1", "7.4.2", "8.3.2")
@pytest.mark.threat(17)
def test_whatever_is_done_in_whatever_order_is_what_the_model_says(migrated_store: Path):
    AccountMachine.migrated_store = migrated_store
    run_state_machine_as_test(
        AccountMachine,
        settings=settings(
            max_examples=300 if FULL else 20,
            stateful_step_count=50 if FULL else 25,
            # To shrink takes minutes, which a short run has not.
            phases=[Phase.generate, Phase.shrink] if FULL else [Phase.generate],
            database=None,
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )
