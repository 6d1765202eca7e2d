"""Leaving: cancelled can be undone for a while, deleted is gone from everywhere."""

from __future__ import annotations

import re
import secrets
import sqlite3
from datetime import timedelta

import pytest
from passport.accounts.errors import (
    AccountDisabledError,
    AccountMissingError,
    EmailOrPasswordWrongError,
    LastOwnerError,
)
from passport.accounts.merging import Asking
from passport.settings import Settings
from passport.storage.tables import metadata
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    OTHER_PASSWORD,
    THERE,
    account_of,
    actions,
    at_once,
    change,
    events,
    failures,
    knows,
    log_in,
    log_in_with_key,
    make_key,
    principal_of,
    recognize,
    register,
    successes,
)
from passport.vault.binding import Binding
from passport.vault.errors import CredentialMissingError
from passport.vault.machine_credential import MachineCredential
from sqlalchemy import select

DAYS = Settings().cancelled_account_days
NAME = "Augusta Ada Canary"
CANARY = "canary-ada@example.org"


def cancel(house, who, client=HERE):
    return house.accounts.leaving.cancel(who.account.id, who.session.id, client)


def delete(house, who, client=HERE):
    return house.accounts.leaving.delete(who.account.id, client)


async def start_everything(house, who):
    """Have something of the account in every table that can hold it; return its secrets."""
    accounts, account_id = house.accounts, who.account.id
    accounts.recovery.request(who.account.email, HERE, "https://comfy.example.org")
    await house.deliver()
    row, _ = make_key(house, who)
    _, key = accounts.api_keys.rotate(account_id, row.id, timedelta(hours=1), HERE)
    await accounts.linked_key.replace(Asking(account_id, HERE), KEY, False)
    house.node_packs.allow(account_id, "pack", "always", HERE)
    accounts.belongings.note_outputs(account_id, ["canary.png"])
    accounts.deletion_requests.ask(who.account.email, "", "", HERE)
    accounts.invitations.make(who.account.email.upper(), 1, account_id, HERE)
    accounts.tickets.give(principal_of(who))
    return key


def rows_about(house, *canaries):
    """Return all rows, of whatever table, that hold one of these texts."""
    with house.database.reading() as connection:
        return [
            (table.name, row)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            if any(canary.lower() in str(row).lower() for canary in canaries)
        ]


class TestCancelling:
    async def test_this_session_stays_limited_and_all_others_end(self, house):
        here = await register(house)
        elsewhere, other = await log_in(house), await register(house, BEN)
        assert await knows(house, here, elsewhere) == [True, True]
        change(house, here, role="user")
        cancelled = cancel(house, here)
        assert await knows(house, here, elsewhere, other) == [True, False, True]
        assert (await house.sessions.recognize(here.token.reveal())).limited
        assert not (await house.sessions.recognize(other.token.reveal())).limited
        assert cancelled.state == "cancelled"
        assert house.sessions.find_living([here.session.id]) == set(), "no socket stays open"

    async def test_it_says_on_which_day_it_is_deleted(self, house, clock):
        ada = await register(house)
        assert cancel(house, ada).purge_at == clock() + timedelta(days=DAYS)
        assert actions(house)[-1] == "account_cancelled"

    async def test_its_api_keys_are_limited_and_what_it_stores_stays(self, house):
        ada = await log_in_with_key(house)
        _, key = make_key(house, ada)
        assert not (await recognize(house, key)).limited
        cancel(house, ada)
        assert (await recognize(house, key)).limited
        assert house.credentials.open(house.credentials.find(ada.account.id)).reveal() == KEY
        assert not house.credentials.is_usable_by(ada.account.id)

    async def test_links_that_were_under_way_are_void(self, mailing):
        ada = await register(mailing)
        letters = await mailing.deliver()
        assert letters
        cancel(mailing, ada)
        with mailing.database.reading() as connection:
            assert connection.execute(select(metadata.tables["one_time_tokens"])).all() == []

    async def test_a_letter_tells_the_account_when_it_goes(self, mailing, clock):
        ada = await register(mailing)
        await mailing.deliver()
        cancel(mailing, ada)
        (letter,) = await mailing.deliver()
        assert letter.recipient == ADA
        assert f"{clock() + timedelta(days=DAYS):%Y-%m-%d %H:%M} UTC" in letter.text

    async def test_whoever_has_reactivated_before_it_left_gets_no_letter(self, mailing):
        ada = await register(mailing)
        await mailing.deliver()
        cancel(mailing, ada)
        mailing.accounts.leaving.reactivate(ada.account.id, HERE)
        assert await mailing.deliver() == []

    async def test_advisory_whoever_was_disabled_does_not_get_back_in_this_way(self, house):
        """The session of a moment ago, in another process, cancels; then a log-in reactivates."""
        await register(house, EVE)
        ada = await register(house)
        house.accounts.people.set_state(ada.account.id, "disabled", None, HERE)
        with pytest.raises(AccountDisabledError):
            cancel(house, ada)
        assert account_of(house, ada).state == "disabled"


class TestLoggingInToACancelledAccount:
    async def test_by_mail_it_gives_a_limited_session(self, house):
        cancel(house, await register(house))
        again = await log_in(house)
        assert again.account.state == "cancelled"
        assert (await house.sessions.recognize(again.token.reveal())).limited

    async def test_by_key_too_and_nothing_is_stored_or_changed(self, house, comfy):
        ada = await log_in_with_key(house)
        stored = house.credentials.find(ada.account.id)
        cancel(house, ada)
        comfy.holders[KEY] = comfy.holders[OTHER_KEY]
        again = await log_in_with_key(house)
        assert (await house.sessions.recognize(again.token.reveal())).limited
        assert house.credentials.find(ada.account.id) == stored
        assert account_of(house, ada).display_name == "Ada Lovelace"

    async def test_a_key_that_was_removed_before_is_not_stored_by_it(self, house):
        ada = await log_in_with_key(house)
        house.credentials.forget_all(ada.account.id, HERE)
        cancel(house, ada)
        assert (await log_in_with_key(house)).credential is None
        assert house.credentials.find(ada.account.id) is None


class TestReactivating:
    async def test_everything_is_as_before(self, house, clock):
        ada = await register(house)
        before = account_of(house, ada)
        row, key = make_key(house, ada)
        cancel(house, ada)
        await house.sessions.recognize(ada.token.reveal())
        clock.advance(days=1)
        limited = await log_in(house)
        house.accounts.leaving.reactivate(ada.account.id, HERE)
        assert account_of(house, ada) == before
        assert not (await house.sessions.recognize(limited.token.reveal())).limited
        assert (await recognize(house, key)).limited is False
        assert house.accounts.api_keys.list(ada.account.id)[0].id == row.id
        assert actions(house)[-1] == "account_reactivated"

    async def test_an_active_account_stays_as_it_is(self, house):
        ada = await register(house)
        house.accounts.leaving.reactivate(ada.account.id, HERE)
        assert "account_reactivated" not in actions(house)

    async def test_nobody_reactivates_what_the_owner_has_disabled(self, house):
        await register(house, EVE)
        ada = await register(house)
        house.accounts.people.set_state(ada.account.id, "disabled", None, HERE)
        house.accounts.leaving.reactivate(ada.account.id, HERE)
        assert account_of(house, ada).state == "disabled"


class TestTheLastOwner:
    async def test_while_others_have_accounts_the_only_owner_stays(self, house):
        ada = await register(house)
        await register(house, BEN)
        for leave in (cancel, delete):
            with pytest.raises(LastOwnerError, match="make-owner"):
                leave(house, ada)
        assert account_of(house, ada).state == "active"
        assert house.accounts.leaving.preview(ada.account.id).is_last_owner

    async def test_with_another_owner_who_can_log_in_they_may_go(self, house):
        ada, ben = await register(house), await register(house, BEN)
        house.accounts.people.make_owner(ben.account.id, HERE)
        change(house, ben, state="disabled")
        with pytest.raises(LastOwnerError):
            delete(house, ada)
        change(house, ben, state="active")
        assert not house.accounts.leaving.preview(ada.account.id).is_last_owner
        assert delete(house, ada)

    async def test_whoever_is_alone_may_go_and_the_next_owns_the_server(self, house):
        ada = await register(house)
        assert not house.accounts.leaving.preview(ada.account.id).is_last_owner
        assert delete(house, ada)
        assert (await register(house, BEN)).account.role == "owner"

    def test_of_two_owners_who_leave_at_once_one_stays(self, open_house):
        houses = [open_house(), open_house()]
        ada, ben, _ = [
            at_once([lambda email=email: register(houses[0], email)])[0]
            for email in (ADA, BEN, EVE)
        ]
        houses[0].accounts.people.make_owner(ben.account.id, HERE)

        def leaving(house, who):
            async def act():
                return delete(house, who)

            return act

        outcomes = at_once([leaving(houses[0], ada), leaving(houses[1], ben)])
        assert len(successes(outcomes)) == 1
        assert [type(each) for each in failures(outcomes)] == [LastOwnerError]


class TestDeleting:
    async def test_nothing_of_the_account_is_left_in_any_table(self, mailing):
        ada = await register(mailing, CANARY, display_name=NAME)
        ben = await register(mailing, BEN)
        change(mailing, ada, role="user")
        mailing.accounts.people.make_owner(ben.account.id, HERE)
        key = await start_everything(mailing, ada)
        filled = {name for name, _ in rows_about(mailing, ada.account.id, CANARY)}
        everything = {table.name for table in metadata.sorted_tables}
        # A log-in that is under way names nobody: it is sealed with what its browser alone has.
        nobodys = {"instance", "throttles", "pending_log_ins", "change_counter", "change_log"}
        assert filled == everything - nobodys
        before = rows_about(mailing, ben.account.id, BEN)

        delete(mailing, ada)

        assert rows_about(mailing, ada.account.id, CANARY, NAME, "canary") == []
        assert rows_about(mailing, ben.account.id, BEN) == before
        assert {letter.recipient for letter in await mailing.deliver()} <= {BEN}
        assert await recognize(mailing, key) is None
        assert await knows(mailing, ada, ben) == [False, True]

    async def test_the_receipt_tells_what_went_and_is_all_that_is_written_down(self, house, clock):
        ada = await register(house)
        await log_in(house)
        make_key(house, ada)
        preview = house.accounts.leaving.preview(ada.account.id)
        receipt = delete(house, ada, THERE)
        assert re.fullmatch(r"([0-9A-F]{4}-){2}[0-9A-F]{4}", receipt.number)
        assert receipt.deleted_at == clock()
        assert receipt.counts == preview.counts
        assert (receipt.counts["sessions"], receipt.counts["api_keys"]) == (2, 1)
        (event,) = events(house)
        assert (event.action, event.account_id, event.address) == ("account_deleted", None, "")
        assert event.details == f'{{"receipt": "{receipt.number}"}}'

    async def test_the_address_can_register_again_as_a_stranger(self, house):
        ada = await register(house, display_name=NAME)
        _, key = make_key(house, ada)
        delete(house, ada)
        with pytest.raises(EmailOrPasswordWrongError):
            await log_in(house)
        again = await register(house, password=OTHER_PASSWORD)
        assert again.account.id != ada.account.id
        assert house.accounts.api_keys.list(again.account.id) == []
        assert await knows(house, ada, again) == [False, True]
        assert await recognize(house, key) is None
        again = await log_in_with_key(house, THIRD_KEY)
        assert house.credentials.find(again.account.id)

    async def test_a_cancelled_account_can_go_at_once(self, house):
        ada = await register(house)
        cancel(house, ada)
        assert delete(house, await log_in(house))
        assert account_of(house, ada) is None

    async def test_what_is_gone_cannot_be_deleted_previewed_or_brought_back(self, house):
        ada = await register(house)
        delete(house, ada)
        leaving, account_id = house.accounts.leaving, ada.account.id
        for act in (
            lambda: leaving.delete(account_id, HERE),
            lambda: leaving.preview(account_id),
            lambda: leaving.cancel(account_id, ada.session.id, HERE),
            lambda: leaving.reactivate(account_id, HERE),
        ):
            with pytest.raises(AccountMissingError):
                act()
        assert actions(house) == ["account_deleted"]

    async def test_a_run_that_waits_in_the_queue_fails_and_says_so(self, house, clock):
        ada = await log_in_with_key(house)
        binding = Binding(
            house.credentials, house.node_packs, MachineCredential({}), "", frozenset(), clock
        )
        claims = [binding.claim(ada.account.id, False, {})]
        clock.advance(minutes=1)
        cancel(house, ada)
        with pytest.raises(CredentialMissingError, match="cancelled after this run was queued"):
            binding.resolve(claims[0], set())
        delete(house, ada)
        with pytest.raises(CredentialMissingError, match="removed from this server"):
            binding.resolve(claims[0], set())

    def test_of_two_who_delete_at_once_one_does_in_any_store(self, open_house):
        houses = [open_house(), open_house()]
        (ada,) = at_once([lambda: register(houses[0])])

        def leaving(house):
            async def act():
                return delete(house, ada)

            return act

        outcomes = at_once([leaving(house) for house in houses * 2])
        assert len(successes(outcomes)) == 1
        assert [type(each) for each in failures(outcomes)] == [AccountMissingError] * 3
        assert actions(houses[0]) == ["account_deleted"]

    def test_a_deletion_and_a_purge_at_once_delete_it_once(self, open_house, clock):
        houses = [open_house(), open_house()]
        (ada,) = at_once([lambda: register(houses[0])])
        cancel(houses[0], ada)
        clock.advance(days=DAYS)

        async def leave():
            return delete(houses[0], ada)

        async def purge():
            return houses[1].accounts.purge.run()

        outcomes = at_once([leave, purge])
        assert {type(each) for each in failures(outcomes)} <= {AccountMissingError}
        assert account_of(houses[0], ada) is None
        assert actions(houses[0]) == ["account_deleted"]


class TestWhatIsLeftInTheFiles:
    """Whoever gets hold of the files finds nothing of who has left (not on PostgreSQL)."""

    def bytes_of(self, folder):
        return {
            name: (folder / name).read_bytes()
            for name in ("passport.sqlite", "passport.sqlite-wal")
            if (folder / name).exists()
        }

    def found(self, folder, *canaries):
        return [
            (name, canary)
            for name, content in self.bytes_of(folder).items()
            for canary in canaries
            if (canary if isinstance(canary, bytes) else canary.encode()) in content
        ]

    async def fill(self, house):
        ada = await register(house, CANARY, display_name=NAME)
        await start_everything(house, ada)
        with house.database.reading() as connection:
            secrets_of = [
                connection.execute(select(metadata.tables[table].c[column])).scalar_one()
                for table, column in (
                    ("credentials", "ciphertext"),
                    ("api_keys", "key_sha256"),
                    ("api_keys", "previous_sha256"),
                    ("passwords", "password_hash"),
                    ("sessions", "token_sha256"),
                )
            ]
        return ada, [CANARY, NAME, ada.account.id, *secrets_of]

    @pytest.mark.parametrize("company", ["alone", "beside another connection"])
    async def test_nothing(self, mailing, tmp_path, company):
        ada, canaries = await self.fill(mailing)
        assert {canary for _, canary in self.found(tmp_path, *canaries)} == set(canaries)
        other = sqlite3.connect(tmp_path / "passport.sqlite")
        if company != "alone":
            other.execute("SELECT count(*) FROM accounts").fetchall()
        delete(mailing, ada)
        assert self.found(tmp_path, *canaries) == []
        other.close()

    async def test_what_a_reader_has_held_up_the_next_housekeeping_does(
        self, mailing, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("passport.storage.sqlite_engine.LOCK_WAIT_SECONDS", 0)
        mailing.database.engine.dispose()
        ada, canaries = await self.fill(mailing)
        reader = sqlite3.connect(tmp_path / "passport.sqlite", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM accounts").fetchall()
        with mailing.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        assert delete(mailing, ada).number, "the deletion itself waits for no reader"
        reader.close()
        mailing.accounts.purge.run()
        assert self.found(tmp_path, *canaries) == []

    async def test_nothing_among_many_others_that_stay(self, house, tmp_path, clock):
        """Rows that move between pages as the table grows and shrinks leave no copy behind."""
        from passport.storage.account_rows import add_account, delete_account
        from passport.storage.leaving_rows import delete_traces

        gone = []
        with house.database.transaction() as connection:
            for number in range(400):
                mark = f"canary-{number}-{secrets.token_hex(20 + number % 90)}"
                row = add_account(connection, mark, f"{mark[:60]}@example.org", clock())
                gone += [row] if number % 3 else []
        for start in range(0, len(gone), 50):
            with house.database.transaction() as connection:
                for row in gone[start : start + 50]:
                    delete_traces(connection, row)
                    delete_account(connection, row.id)
        house.database.scrub()
        assert self.found(tmp_path, *[row.display_name for row in gone]) == []


async def test_a_restart_forgets_nothing_of_a_cancellation(house, open_sqlite, comfy, clock):
    ada = await register(house)
    cancel(house, ada)
    house.database.close()
    restarted = House(open_sqlite(), comfy, clock)
    assert (await restarted.sessions.recognize(ada.token.reveal())).limited
    assert account_of(restarted, ada).purge_at == clock() + timedelta(days=DAYS)
