"""Keys of one's own: made once, good until they end, and worth nothing from then on."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import timedelta

import pytest
from passport.accounts import api_keys as api_keys_module
from passport.accounts.access_errors import (
    ApiKeyExpiryInvalidError,
    ApiKeyMissingError,
    ApiKeyNameInvalidError,
    ApiKeyNameTakenError,
    ScopeUnknownError,
    TooManyApiKeysError,
)
from passport.accounts.api_key_form import generate_api_key
from passport.accounts.api_keys import LONGEST_OVERLAP, MOST_KEYS
from passport.accounts.errors import AccountMissingError
from passport.accounts.merging import Asking
from passport.accounts.new_api_key import NewApiKey
from passport.accounts.principals import MANAGE, READ, RUN, SCOPES, TRUSTED_FOR
from passport.storage import sqlite_engine
from passport.storage.account_rows import add_account
from passport.storage.api_key_rows import list_api_keys
from passport.storage.tables import accounts, api_keys, outbox
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    OTHER_PASSWORD,
    THERE,
    actions,
    at_once,
    change,
    count_rows,
    events,
    failures,
    log_in_with_key,
    make_key,
    recognize,
    register,
    successes,
)
from passport.tests.backend.post_office import read_token
from sqlalchemy import insert, select

MOMENT = timedelta(milliseconds=1)  # the store's least


@pytest.fixture
async def ada(house):
    return await register(house)


@pytest.fixture
async def ben(house, ada):
    return await register(house, BEN)


def listed(house, who):
    return house.accounts.api_keys.list(who.account.id)


def rotate(house, who, row, overlap=timedelta(0), client=HERE):
    return house.accounts.api_keys.rotate(who.account.id, row.id, overlap, client)


def delete(house, who, *rows):
    return house.accounts.api_keys.delete(who.account.id, [row.id for row in rows], HERE)


class TestMaking:
    def test_the_key_is_shown_once_and_the_store_has_its_hash_alone(self, house, ada):
        row, key = make_key(house, ada)
        with house.database.reading() as connection:
            stored = connection.execute(select(api_keys)).one()
        assert stored.key_sha256 == hashlib.sha256(key.reveal().encode()).digest()
        assert key.reveal()[8:-4] not in f"{stored}{row}{listed(house, ada)}{events(house)}"
        assert row.shown == f"{key.reveal()[:8]}…{key.reveal()[-4:]}"

    def test_a_key_may_do_everything_and_never_ends_unless_one_says_so(self, house, ada):
        row, _ = make_key(house, ada)
        assert (row.scopes, row.expires_at, row.last_used_at) == ("run read manage", None, None)

    @pytest.mark.parametrize("name", ["a", "x" * 64, "<b>ö & “render farm” #1</b>", "🗝", "default"])
    def test_a_name_is_kept_as_it_was_typed(self, house, ada, name):
        make_key(house, ada, name)
        assert [row.name for row in listed(house, ada)] == [name]

    def test_space_around_and_between_is_made_one(self, house, ada):
        assert make_key(house, ada, "  render \t\n farm ")[0].name == "render farm"

    @pytest.mark.parametrize(
        "name", ["", " \n\t", "x" * 65, "a\0b", "a\u202eb", "\u200b", "\x1b[31m"]
    )
    def test_a_name_that_cannot_be_read_is_refused(self, house, ada, name):
        with pytest.raises(ApiKeyNameInvalidError):
            make_key(house, ada, name)
        assert listed(house, ada) == []

    def test_a_name_is_an_accounts_once(self, house, ada, ben):
        row, _ = make_key(house, ada)
        with pytest.raises(ApiKeyNameTakenError):
            make_key(house, ada, " script ")
        make_key(house, ben)
        assert listed(house, ada) == [row]
        delete(house, ada, row)
        make_key(house, ada)

    def test_scopes_are_kept_in_one_order_whatever_the_order_they_were_chosen_in(self, house, ada):
        assert make_key(house, ada, scopes=(MANAGE, RUN, RUN))[0].scopes == "run manage"

    @pytest.mark.parametrize("scopes", [(), ("",), ("root",), (RUN, "Read"), ("run read",)])
    def test_a_scope_that_there_is_none_of_is_refused(self, house, ada, scopes):
        with pytest.raises(ScopeUnknownError):
            make_key(house, ada, scopes=scopes)

    def test_a_key_that_would_be_dead_already_is_refused(self, house, ada, clock):
        for end in (clock() - timedelta(days=1), clock()):
            with pytest.raises(ApiKeyExpiryInvalidError):
                make_key(house, ada, expires_at=end)
        assert make_key(house, ada, expires_at=clock() + MOMENT)

    def test_an_account_has_so_many_keys_and_no_more(self, house, ada, ben, monkeypatch):
        assert MOST_KEYS == 200
        monkeypatch.setattr(api_keys_module, "MOST_KEYS", 2)
        rows = [make_key(house, ada, f"{number}")[0] for number in range(2)]
        with pytest.raises(TooManyApiKeysError, match="2 keys"):
            make_key(house, ada, "one more")
        make_key(house, ben)
        delete(house, ada, rows[0])
        make_key(house, ada, "one more")

    def test_an_account_that_has_gone_gets_none(self, house, ada):
        house.accounts.leaving.delete(ada.account.id, HERE)
        with pytest.raises(AccountMissingError):
            make_key(house, ada)

    def test_it_is_written_down_with_its_name(self, house, ada):
        make_key(house, ada, "render farm", client=THERE)
        event = events(house)[-1]
        assert (event.action, event.address) == ("api_key_made", THERE.address)
        assert json.loads(event.details) == {"name": "render farm"}


class TestTheLetterAboutIt:
    async def test_it_goes_to_the_accounts_own_address(self, mailing):
        ada = await register(mailing)
        await mailing.deliver()
        _, key = make_key(mailing, ada, "<render farm>", client=THERE)
        (letter,) = await mailing.deliver()
        assert letter.recipient == ADA
        assert "“<render farm>”" in letter.text
        assert "&lt;render farm&gt;" in letter.html
        assert THERE.address in letter.text
        assert key.reveal()[8:-4] not in letter.text

    async def test_an_address_that_the_keys_service_tells_gets_none(self, mailing):
        ada = await log_in_with_key(mailing)
        assert ada.account.email == ADA
        make_key(mailing, ada)
        assert await mailing.deliver() == []

    def test_where_no_mail_is_set_up_nothing_waits(self, house, ada):
        make_key(house, ada)
        assert count_rows(house, outbox) == (0,)


class TestShowingOne:
    async def test_a_program_is_its_account_with_the_keys_scopes_and_no_session(self, house, ada):
        _, key = make_key(house, ada, scopes=(RUN, READ))
        who = await recognize(house, key)
        assert (who.account_id, who.session) == (ada.account.id, None)
        assert (who.scopes, who.limited) == ({RUN, READ}, False)

    async def test_what_cannot_be_a_key_never_reaches_the_store(self, house, ada, statements):
        _, key = make_key(house, ada)
        text = key.reveal()
        statements.clear()
        for wrong in ("", "x", text[:-1], text[:-1] + ("a" if text[-1] != "a" else "b"), KEY):
            assert await house.accounts.api_keys.recognize(wrong, HERE) is None
        assert statements == []

    async def test_a_key_that_nobody_has_costs_one_query_and_is_not_remembered(
        self, house, ada, statements
    ):
        statements.clear()
        for _ in range(2):
            assert await recognize(house, generate_api_key()) is None
        assert [each.split()[0] for each in statements] == ["BEGIN", "SELECT"] * 2
        assert not house.accounts.api_keys._memory._remembered

    async def test_most_calls_ask_the_store_nothing(self, house, ada, clock, statements):
        _, key = make_key(house, ada)
        await recognize(house, key)
        statements.clear()
        clock.advance(seconds=0.9)
        for _ in range(20):
            assert await recognize(house, key)
        assert statements == []
        clock.advance(seconds=0.1)
        assert await recognize(house, key)
        assert [each.split()[0] for each in statements] == ["BEGIN", "SELECT"]

    async def test_it_ends_at_the_very_moment(self, house, ada, clock):
        end = clock() + timedelta(days=1)
        _, key = make_key(house, ada, expires_at=end)
        clock.now = end - MOMENT
        assert await recognize(house, key)
        clock.now = end
        assert await recognize(house, key) is None, "remembered, and over all the same"
        assert await recognize(House(house.database, house.comfy, clock), key) is None

    async def test_use_is_noted_once_a_minute_with_the_address(self, house, ada, clock, statements):
        _, key = make_key(house, ada)
        statements.clear()
        for second in range(0, 150, 5):
            await recognize(house, key, HERE if second < 100 else THERE)
            clock.advance(seconds=5)
        (row,) = listed(house, ada)
        assert len([each for each in statements if each.startswith("UPDATE")]) == 3
        assert row.last_used_at == clock() - timedelta(seconds=30)
        assert row.last_used_address == THERE.address

    async def test_a_dead_keys_use_is_not_noted(self, house, ada, clock):
        _, key = make_key(house, ada, expires_at=clock() + MOMENT)
        clock.advance(seconds=2)
        await recognize(house, key)
        assert listed(house, ada)[0].last_used_at is None

    async def test_a_store_that_cannot_be_written_stops_no_program(
        self, house, ada, tmp_path, monkeypatch
    ):
        _, key = make_key(house, ada)
        house.database.engine.dispose()
        monkeypatch.setattr(sqlite_engine, "LOCK_WAIT_SECONDS", 0)
        with house.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        holder = sqlite3.connect(tmp_path / "passport.sqlite")
        holder.execute("BEGIN IMMEDIATE")
        assert await recognize(house, key)
        holder.close()
        assert listed(house, ada)[0].last_used_at is None

    async def test_several_programs_share_the_noting(self, house, ada):
        _, key = make_key(house, ada)
        with house.accounts.api_keys._noting:
            assert await recognize(house, key)
        assert listed(house, ada)[0].last_used_at is None

    async def test_of_a_cancelled_account_it_is_limited_and_of_a_disabled_one_nothing(
        self, house, ada
    ):
        _, key = make_key(house, ada)
        for state, expected in (("cancelled", True), ("disabled", None), ("active", False)):
            change(house, ada, state=state)
            who = await recognize(house, key)
            assert (who and who.limited) is expected

    async def test_ten_thousand_keys_are_told_apart_by_one_query_each(
        self, house, ada, clock, statements
    ):
        owners, keys = [], []
        with house.database.transaction() as connection:
            for number in range(100):
                owners.append(add_account(connection, f"{number}", None, clock()).id)
                keys += [(owners[-1], f"{each}", generate_api_key()) for each in range(100)]
            connection.execute(
                insert(api_keys),
                [
                    {
                        "id": f"{number:032}", "account_id": owner, "name": name, "shown": "…",
                        "key_sha256": hashlib.sha256(key.reveal().encode()).digest(),
                        "scopes": RUN, "created_at": clock(),
                    }
                    for number, (owner, name, key) in enumerate(keys)
                ],
            )  # fmt: skip
        for owner, _, key in keys[:: len(keys) // 7]:
            statements.clear()
            assert (await recognize(house, key)).account_id == owner
            assert len([each for each in statements if each.startswith("SELECT")]) == 1
        assert len(house.accounts.api_keys.list(owners[3])) == 100
        with house.database.reading() as connection:
            plan = connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT id FROM api_keys"
                " WHERE key_sha256 = x'00' OR previous_sha256 = x'00'"
            ).all()
        assert not [step for step in plan if "SCAN" in step.detail]


class TestRevocation:
    async def test_a_deleted_key_is_good_for_nothing_at_once(self, house, ada):
        (first, key), (second, other) = make_key(house, ada, "1"), make_key(house, ada, "2")
        assert await recognize(house, key)
        assert await recognize(house, other)
        assert delete(house, ada, first) == 1
        assert await recognize(house, key) is None
        assert await recognize(house, other)
        assert listed(house, ada)[0].id == second.id

    @pytest.mark.asvs("8.3.2")
    async def test_in_another_process_within_a_second(self, house, ada, open_sqlite, comfy, clock):
        row, key = make_key(house, ada)
        elsewhere = House(open_sqlite(), comfy, clock)
        assert await recognize(elsewhere, key)
        delete(house, ada, row)
        clock.advance(seconds=TRUSTED_FOR.total_seconds())
        assert timedelta(seconds=1) >= TRUSTED_FOR
        assert await recognize(elsewhere, key) is None

    def test_several_at_once_are_all_gone_and_each_is_written_down(self, house, ada):
        rows = [make_key(house, ada, f"{number}")[0] for number in range(3)]
        assert delete(house, ada, *rows[:2]) == 2
        assert [row.name for row in listed(house, ada)] == ["2"]
        names = [
            json.loads(e.details)["name"] for e in events(house) if e.action == "api_key_deleted"
        ]
        assert sorted(names) == ["0", "1"]

    @pytest.mark.asvs("8.2.2")
    async def test_another_accounts_key_is_not_there_to_delete_or_rotate(self, house, ada, ben):
        row, key = make_key(house, ada)
        with pytest.raises(ApiKeyMissingError):
            delete(house, ben, row)
        with pytest.raises(ApiKeyMissingError):
            rotate(house, ben, row)
        mine, _ = make_key(house, ben)
        assert delete(house, ben, row, mine) == 1, "one's own among them goes"
        assert await recognize(house, key)

    def test_what_is_gone_cannot_be_deleted_again(self, house, ada):
        row, _ = make_key(house, ada)
        delete(house, ada, row)
        for rows in ([row], []):
            with pytest.raises(ApiKeyMissingError):
                delete(house, ada, *rows)
        assert actions(house).count("api_key_deleted") == 1

    @pytest.mark.asvs("7.4.2")
    async def test_advisory_disabling_the_account_counts_at_once(self, house, ada, ben):
        _, key = make_key(house, ben)
        assert await recognize(house, key)
        house.accounts.people.set_state(ben.account.id, "disabled", ada.account.id, HERE)
        assert await recognize(house, key) is None

    async def test_advisory_whoever_made_the_account_before_its_address_was_proved_keeps_no_key(
        self, mailing
    ):
        """Somebody registers another's address, makes a key, and waits for the person to come."""
        eve = await register(mailing)
        _, key = make_key(mailing, eve)
        assert await recognize(mailing, key)
        await mailing.deliver()
        mailing.accounts.recovery.request(ADA, THERE, "https://comfy.example.org")
        (letter,) = await mailing.deliver()
        await mailing.accounts.recovery.confirm(read_token(letter), OTHER_PASSWORD, THERE)
        assert await recognize(mailing, key) is None
        assert listed(mailing, eve) == []

    async def test_of_an_account_that_is_proved_keys_outlive_a_new_password(
        self, house, ada, clock
    ):
        change(house, ada, email_verified_at=clock())
        _, key = make_key(house, ada)
        reset = house.accounts.recovery
        await reset.set_password(house.accounts.people.find(ADA), OTHER_PASSWORD, HERE)
        assert await recognize(house, key)

    async def test_keys_of_a_merged_account_go_on_as_the_other_ones(self, house, comfy):
        ada, ben = await log_in_with_key(house, KEY), await log_in_with_key(house, OTHER_KEY)
        mine = [make_key(house, ada, name)[0].name for name in ("a", "only mine", "x" * 64)]
        keys = [make_key(house, ben, name)[1] for name in ("a", "a (2)", "x" * 64)]
        for key in keys:
            await recognize(house, key)
        house.credentials.forget_all(ben.account.id, HERE)
        await house.accounts.linked_key.replace(Asking(ada.account.id, HERE), OTHER_KEY, True)
        assert {(await recognize(house, key)).account_id for key in keys} == {ada.account.id}
        names = {row.name for row in listed(house, ada)}
        assert names == {*mine, "a (2)", "a (3)", f"{'x' * 60} (2)"}


class TestRotating:
    async def test_the_new_one_is_good_at_once_and_the_old_one_for_the_overlap(
        self, house, ada, clock
    ):
        row, old = make_key(house, ada)
        await recognize(house, old)
        rotated, new = rotate(house, ada, row, timedelta(hours=1))
        assert (rotated.id, rotated.name) == (row.id, row.name)
        assert rotated.previous_until == clock() + timedelta(hours=1)
        assert await recognize(house, new)
        assert await recognize(house, old)
        clock.now = rotated.previous_until - MOMENT
        assert (await recognize(house, old)).account_id == row.account_id
        clock.now = rotated.previous_until
        assert await recognize(house, old) is None
        assert await recognize(house, new)

    async def test_without_an_overlap_the_old_one_is_dead_at_once(self, house, ada):
        row, old = make_key(house, ada)
        assert await recognize(house, old)
        rotated, new = rotate(house, ada, row)
        assert await recognize(house, old) is None
        assert await recognize(house, new)
        assert rotated.shown != row.shown
        assert [each.shown for each in listed(house, ada)] == [rotated.shown]

    async def test_a_second_rotation_ends_the_first_overlap(self, house, ada):
        row, first = make_key(house, ada)
        _, second = rotate(house, ada, row, timedelta(hours=1))
        _, third = rotate(house, ada, row, timedelta(hours=1))
        good = [await recognize(house, key) is not None for key in (first, second, third)]
        assert good == [False, True, True]

    async def test_a_rotation_does_not_put_off_the_end(self, house, ada, clock):
        row, old = make_key(house, ada, expires_at=clock() + timedelta(minutes=1))
        _, new = rotate(house, ada, row, timedelta(hours=1))
        clock.advance(minutes=1)
        assert [await recognize(house, key) for key in (old, new)] == [None, None]

    async def test_deleting_ends_the_old_one_too(self, house, ada):
        row, old = make_key(house, ada)
        _, new = rotate(house, ada, row, timedelta(hours=1))
        delete(house, ada, row)
        assert [await recognize(house, key) for key in (old, new)] == [None, None]

    @pytest.mark.parametrize("overlap", [-MOMENT, LONGEST_OVERLAP + MOMENT])
    def test_an_overlap_into_the_past_or_for_ever_is_refused(self, house, ada, overlap):
        row, _ = make_key(house, ada)
        with pytest.raises(ApiKeyExpiryInvalidError):
            rotate(house, ada, row, overlap)
        assert listed(house, ada) == [row]
        assert rotate(house, ada, row, LONGEST_OVERLAP)

    async def test_another_process_follows_within_a_second(
        self, house, ada, open_sqlite, comfy, clock
    ):
        row, old = make_key(house, ada)
        elsewhere = House(open_sqlite(), comfy, clock)
        assert await recognize(elsewhere, old)
        _, new = rotate(house, ada, row)
        assert await recognize(elsewhere, new)
        clock.advance(seconds=TRUSTED_FOR.total_seconds())
        assert await recognize(elsewhere, old) is None


async def test_living_keys_are_those_that_are_good_for_something_now(house, ada, ben, clock):
    ids = {}
    for who, name, end in (
        (ada, "good", None),
        (ada, "ends", clock() + MOMENT),
        (ben, "bens", None),
    ):
        key = make_key(house, who, name, expires_at=end)[1]
        ids[name] = hashlib.sha256(key.reveal().encode()).hexdigest()
    find = house.accounts.api_keys.find_living
    assert find([*ids.values(), "00" * 32]) == set(ids.values())
    clock.now += MOMENT
    change(house, ben, state="cancelled")
    assert find(ids.values()) == {ids["good"]}
    assert find([]) == set()


class TestAtOnceInAnyStore:
    """What two processes do with one account in the same moment."""

    def make_in(self, house, ada, name):
        async def make():
            return make_key(house, ada, name)

        return make

    def test_one_name_is_given_once(self, open_house):
        houses = [open_house(), open_house()]
        (ada,) = at_once([lambda: register(houses[0])])
        outcomes = at_once([self.make_in(house, ada, "script") for house in houses * 3])
        assert len(successes(outcomes)) == 1
        assert {type(each) for each in failures(outcomes)} == {ApiKeyNameTakenError}

    def test_nobody_gets_one_more_than_there_are(self, open_house, monkeypatch):
        monkeypatch.setattr(api_keys_module, "MOST_KEYS", 2)
        houses = [open_house(), open_house()]
        (ada,) = at_once([lambda: register(houses[0])])
        outcomes = at_once(
            [self.make_in(house, ada, f"{number}") for number, house in enumerate(houses * 3)]
        )
        assert len(successes(outcomes)) == 2
        assert {type(each) for each in failures(outcomes)} == {TooManyApiKeysError}

    def test_of_rotations_at_once_one_key_is_left(self, open_house):
        houses = [open_house(), open_house()]
        (ada,) = at_once([lambda: register(houses[0])])
        row, old = make_key(houses[0], ada)

        def rotating(house):
            async def act():
                return rotate(house, ada, row)[1]

            return act

        keys = successes(at_once([rotating(house) for house in houses * 3]))
        fresh = open_house()
        good = at_once([lambda key=key: recognize(fresh, key) for key in [*keys, old]])
        assert len(keys) == 6
        assert len([each for each in good if each]) == 1

    def test_a_key_is_made_or_the_account_is_gone_and_no_key_is_left_over(self, open_house):
        houses = [open_house(), open_house()]
        (ada,) = at_once([lambda: register(houses[0])])

        async def leave():
            return houses[1].accounts.leaving.delete(ada.account.id, HERE)

        outcomes = at_once([leave, *(self.make_in(houses[0], ada, f"{n}") for n in range(4))])
        assert {type(each) for each in failures(outcomes)} <= {AccountMissingError}
        assert count_rows(houses[0], accounts, api_keys) == (0, 0)
        with houses[0].database.reading() as connection:
            assert list_api_keys(connection, ada.account.id) == []


def test_all_scopes_are_three(house):
    assert set(SCOPES) == {RUN, READ, MANAGE}
    assert NewApiKey("x").scopes == SCOPES
