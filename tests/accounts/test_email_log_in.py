"""Logging in with mail address and password, and proving the password for anything else."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from passport.accounts.errors import (
    AccountDisabledError,
    EmailOrPasswordWrongError,
    PasswordWrongError,
    TooManyTriesError,
)
from passport.accounts.passwords import Passwords
from passport.accounts.throttle import (
    LOG_IN_ACCOUNT,
    LOG_IN_ACCOUNT_HERE,
    LOG_IN_ALL,
    LOG_IN_NETWORK,
)
from passport.audit.clients import Client
from passport.storage.account_rows import lock_account
from passport.storage.password_rows import find_password, put_password
from passport.storage.session_rows import delete_sessions
from passport.storage.tables import sessions
from passport.tests.backend.fixtures import CHEAP, FROM_AFAR, HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    actions,
    change,
    count_rows,
    events,
    knows,
    log_in,
    log_in_with_key,
    register,
)
from sqlalchemy import event

NOBODY = "nobody@example.org"
WRONG = "this is not the one"


def at(number) -> Client:
    """Return a client in a network of its own."""
    return Client(f"198.{18 + number // 256}.{number % 256}.7", "")


@contextmanager
def watching(house, monkeypatch):
    """Collect the kinds of the statements and the passwords that are compared."""
    statements, verified = [], []
    verify = Passwords._verify

    def note(_connection, _cursor, statement, parameters, _context, many):
        rows = len(parameters) if many else 1
        statements.append((re.sub(r"\s+", " ", statement), rows))

    def count(self, kept, password):
        verified.append(kept.rpartition("$")[0].rpartition("$")[0])
        return verify(self, kept, password)

    event.listen(house.database.engine, "before_cursor_execute", note)
    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "_verify", count)
        yield statements, verified
    event.remove(house.database.engine, "before_cursor_execute", note)


async def fail(house, email=ADA, password=WRONG, client=THERE):
    with pytest.raises(EmailOrPasswordWrongError) as refused:
        await log_in(house, email, password, client)
    return refused.value


class TestLoggingIn:
    async def test_the_pair_is_a_session_of_the_account(self, house):
        ada = await register(house)
        again = await log_in(house)
        assert again.account == ada.account
        assert again.session.id != ada.session.id
        assert again.session.method == "password"
        assert await knows(house, ada, again) == [True, True]
        assert (events(house)[-1].action, events(house)[-1].details) == (
            "signed_in",
            '{"method": "password"}',
        )

    @pytest.mark.asvs("6.2.10")
    async def test_a_password_is_as_good_after_ten_years(self, house, clock):
        await register(house)
        clock.advance(days=3653)
        assert (await log_in(house)).account.email == ADA

    @pytest.mark.parametrize(
        "typed", ["ADA@EXAMPLE.ORG", " ada@example.org ", "ad\uff41@example.org"]
    )
    async def test_the_address_counts_however_it_is_typed(self, house, typed):
        ada = await register(house)
        assert (await log_in(house, typed)).account.id == ada.account.id

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            (ADA, WRONG),
            (ADA, PASSWORD.upper()),
            (ADA, f"{PASSWORD} "),
            (ADA, ""),
            (ADA, "\0"),
            (NOBODY, PASSWORD),
            ("\u0430da@example.org", PASSWORD),
            ("ada", PASSWORD),
            ("", ""),
            ("\0", PASSWORD),
            ("' OR 1=1 --", PASSWORD),
            (ADA, PASSWORD * 100),
            ("x" * 10**6, PASSWORD),
            (ADA, "x" * 10**6),
        ],
        ids=range(14),
    )
    async def test_any_other_pair_gets_one_and_the_same_answer(self, open_house, email, password):
        house = open_house()
        await register(house)
        error = await fail(house, email, password)
        assert (error.code, error.details) == ("email_or_password_wrong", {})
        assert error.message == (
            "Mail address or password is wrong. Check the spelling, and whether Caps Lock is on."
        )
        assert count_rows(house, sessions) == (1,)

    @pytest.mark.asvs("16.3.1")
    async def test_a_failure_is_written_down_for_whose_account_it_was_aimed_at(self, house):
        ada = await register(house)
        await fail(house)
        await fail(house, NOBODY)
        assert [(e.action, e.account_id, e.address) for e in events(house)][1:] == [
            ("sign_in_failed", ada.account.id, THERE.address),
            ("sign_in_failed", None, THERE.address),
        ]
        assert {e.details for e in events(house)[1:]} == {"{}"}

    async def test_an_account_without_a_password_has_none(self, house):
        keyed = await log_in_with_key(house)
        assert keyed.account.email == ADA
        await fail(house, ADA, "")


class TestAdvisoryWhoeverTriesLearnsNotWhoIsHere:
    """Threat 12."""

    @pytest.mark.asvs("6.3.8")
    @pytest.mark.threat(12)
    async def test_an_unknown_address_and_a_wrong_password_take_the_same_steps(
        self, open_house, monkeypatch
    ):
        house = open_house()
        await register(house)
        await fail(house, BEN, client=at(0))  # what is loaded once is loaded
        seen = {}
        for number, email in enumerate((ADA, NOBODY, "no address", "\0")):
            with watching(house, monkeypatch) as (statements, verified):
                await fail(house, email, client=at(number + 1))
            seen[email] = (statements, verified)
        assert seen[ADA][0]
        assert len(seen[ADA][1]) == 1, "one argon2"
        assert all(each == seen[ADA] for each in seen.values())

    async def test_so_do_both_with_a_password_that_is_too_long_to_be_one(self, house, monkeypatch):
        await register(house)
        await fail(house, BEN, client=at(0))
        seen = []
        for number, email in enumerate((ADA, NOBODY)):
            with watching(house, monkeypatch) as (statements, verified):
                await fail(house, email, "x" * 129, at(number + 1))
            seen.append((statements, verified))
        assert seen[0] == seen[1]
        assert seen[0][1] == [], "and no hash at all"

    async def test_both_are_slowed_down_alike(self, house):
        await register(house)
        waits = {ADA: [], NOBODY: []}
        for email, client in ((ADA, at(1)), (NOBODY, at(2))):
            for _ in range(LOG_IN_ACCOUNT_HERE.tries + 3):
                try:
                    await log_in(house, email, WRONG, client)
                except EmailOrPasswordWrongError:  # noqa: PERF203
                    waits[email].append(0)
                except TooManyTriesError as error:
                    waits[email].append(error.retry_after_seconds)
        assert waits[ADA] == waits[NOBODY] == [0] * LOG_IN_ACCOUNT_HERE.tries + [60] * 3

    async def test_that_an_account_is_disabled_is_told_to_whoever_knows_its_password(self, house):
        ada = await register(house)
        change(house, ada, state="disabled")
        await fail(house)
        with pytest.raises(AccountDisabledError):
            await log_in(house)
        assert count_rows(house, sessions) == (1,)
        assert actions(house)[-1] == "sign_in_failed", "and it was no log-in"


class TestTries:
    async def test_one_network_has_so_many_at_one_account_and_not_even_the_right_one_counts_then(
        self, house, clock
    ):
        await register(house)
        for _ in range(LOG_IN_ACCOUNT_HERE.tries):
            await fail(house)
        for password in (WRONG, PASSWORD):
            with pytest.raises(TooManyTriesError):
                await log_in(house, password=password, client=THERE)
        assert await log_in(house, client=HERE), "another network is not kept out"
        clock.now += LOG_IN_ACCOUNT_HERE.period
        assert await log_in(house, client=THERE)

    async def test_all_networks_together_have_so_many_at_one_account(self, house):
        await register(house)
        for number in range(LOG_IN_ACCOUNT.tries):
            await fail(house, client=at(number))
        with pytest.raises(TooManyTriesError):
            await log_in(house, client=at(LOG_IN_ACCOUNT.tries))
        await register(house, BEN)
        assert await log_in(house, BEN, client=at(LOG_IN_ACCOUNT.tries))

    @pytest.mark.asvs("6.1.1")
    async def test_advisory_strangers_keep_nobody_out_where_they_have_logged_in_before(self, house):
        await register(house)
        await log_in(house, client=HERE)
        for number in range(LOG_IN_ACCOUNT.tries):
            await fail(house, client=at(number))
        neighbour = replace(HERE, address="203.0.113.200")
        assert await log_in(house, client=neighbour)
        with pytest.raises(TooManyTriesError):
            await log_in(house, client=THERE)

    async def test_one_network_has_so_many_at_all_accounts_together(self, house):
        for number in range(LOG_IN_NETWORK.tries):
            await fail(house, f"person{number}@example.org")
        with pytest.raises(TooManyTriesError) as refused:
            await log_in(house, NOBODY, client=THERE)
        assert refused.value.retry_after_seconds == LOG_IN_NETWORK.period.total_seconds()

    async def test_a_good_log_in_is_given_back(self, house):
        await register(house)
        for _ in range(LOG_IN_NETWORK.tries + 5):
            await log_in(house)
        for _ in range(LOG_IN_ACCOUNT_HERE.tries):
            await fail(house, client=HERE)

    async def test_a_refused_try_costs_no_hash(self, house, monkeypatch):
        await register(house)
        for _ in range(LOG_IN_ACCOUNT_HERE.tries):
            await fail(house)
        with watching(house, monkeypatch) as (_, verified):
            for _ in range(20):
                with pytest.raises(TooManyTriesError):
                    await log_in(house, client=THERE)
        assert verified == []

    def test_all_of_them_together_are_bounded_too(self):
        assert LOG_IN_ALL.tries <= 1000


class TestBetweenTheProofAndWhatItIsFor:
    async def test_a_password_that_was_changed_meanwhile_lets_nobody_in(self, house):
        ada = await register(house)
        proof = house.accounts.profile._proof
        proven = await proof.of_email(ADA, PASSWORD, THERE)
        await house.accounts.profile.change_password(ada.session, PASSWORD, OTHER_PASSWORD, HERE)
        for _ in range(2):
            with (
                pytest.raises(EmailOrPasswordWrongError, match="changed meanwhile"),
                house.database.transaction() as connection,
            ):
                proof.confirm(connection, proven)
        assert PASSWORD not in repr(proven)
        assert proven.password.password_hash not in repr(proven)

    async def test_an_account_that_has_gone_meanwhile_is_nobodys(self, house):
        await register(house)
        proof = house.accounts.profile._proof
        proven = await proof.of_email(ADA, PASSWORD, HERE)
        with house.database.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM accounts")
        with (
            pytest.raises(EmailOrPasswordWrongError),
            house.database.transaction() as connection,
        ):
            proof.confirm(connection, proven)

    @pytest.mark.asvs("15.4.2")
    async def test_advisory_a_log_in_waits_for_a_change_that_is_under_way_in_any_store(
        self, open_house
    ):
        """Or its session would begin after the others were ended, under the old password."""
        house, other = open_house(), open_house()
        ada = await register(house)
        proven = await house.accounts.profile._proof.of_email(ADA, PASSWORD, HERE)
        ended = []

        def enter():
            try:
                other.accounts.email_log_in._enter(proven, False, HERE)
            except EmailOrPasswordWrongError as error:
                ended.append(error)

        with house.database.transaction() as connection:
            lock_account(connection, ada.account.id)
            password = find_password(connection, ada.account.id)
            put_password(connection, replace(password, stamp="0" * 32))
            delete_sessions(connection, ada.account.id)
            thread = threading.Thread(target=enter)
            thread.start()
            thread.join(0.3)
            assert thread.is_alive(), "it waits"
        thread.join()
        assert len(ended) == 1
        assert count_rows(house, sessions) == (0,)


class TestOtherParameters:
    @pytest.mark.asvs("11.2.2")
    async def test_a_log_in_renews_a_hash_of_other_parameters(self, house):
        ada = await register(house)
        dear = Passwords(**{**CHEAP, "passes": 2})
        with house.database.transaction() as connection:
            row = find_password(connection, ada.account.id)
            put_password(connection, replace(row, password_hash=await dear.hash(PASSWORD)))
        dear.close()
        await fail(house)
        assert ",t=2," in self.kept(house, ada).password_hash, "not for a wrong one"
        await log_in(house)
        assert ",t=1," in self.kept(house, ada).password_hash
        assert self.kept(house, ada).stamp == row.stamp, "it is the same password"
        assert await log_in(house)

    async def test_one_of_todays_parameters_stays_as_it_is(self, house):
        ada = await register(house)
        before = self.kept(house, ada)
        await log_in(house)
        assert self.kept(house, ada) == before

    def kept(self, house, who):
        with house.database.reading() as connection:
            return find_password(connection, who.account.id)


class TestTheOwnPassword:
    """`of_account`: what a person shows once more to change something."""

    async def test_it_is_the_accounts_own_and_no_other(self, house):
        ada, ben = await register(house), await register(house, BEN, OTHER_PASSWORD, FROM_AFAR)
        proof = house.accounts.profile._proof
        assert (await proof.of_account(ada.account.id, PASSWORD, HERE)).account == ada.account
        for account_id, password in (
            (ada.account.id, OTHER_PASSWORD),
            (ben.account.id, PASSWORD),
            ("nobody", PASSWORD),
        ):
            with pytest.raises(PasswordWrongError, match="Nothing was changed"):
                await proof.of_account(account_id, password, HERE)

    async def test_a_wrong_one_is_written_down_as_such_and_not_as_a_log_in(self, house):
        ada = await register(house)
        with pytest.raises(PasswordWrongError):
            await house.accounts.profile._proof.of_account(ada.account.id, WRONG, HERE)
        last = events(house)[-1]
        assert (last.action, last.account_id) == ("password_refused", ada.account.id)

    async def test_it_is_throttled_apart_from_log_ins(self, house):
        ada = await register(house)
        for _ in range(LOG_IN_ACCOUNT_HERE.tries):
            with pytest.raises(PasswordWrongError):
                await house.accounts.profile._proof.of_account(ada.account.id, WRONG, HERE)
        with pytest.raises(TooManyTriesError):
            await house.accounts.profile._proof.of_account(ada.account.id, PASSWORD, HERE)
        assert await log_in(house)
