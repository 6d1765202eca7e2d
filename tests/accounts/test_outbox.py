"""Letters on their way: durable, sent once, put off when mail fails, and no secret kept."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from passport.accounts import outbox as outbox_module
from passport.accounts.outbox import GIVEN_UP_AFTER, LEASE, LONGEST_BACK_OFF, MOST_ATTEMPTS, Outbox
from passport.providers.errors import MailNotSentError
from passport.providers.mail import DEADLINE_SECONDS, MailServer
from passport.storage import outbox_rows
from passport.storage.errors import DatabaseBusyError
from passport.storage.tables import accounts, outbox
from passport.tests.backend.clock import START
from sqlalchemy import insert, select, update

ADA = "ada@example.org"
TOKEN = "canary-token"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RESET = "password_reset"


class PostOffice:
    """A FAKE of `providers.mail.MailServer`: takes letters, or raises `problem` as long as it is
    set.
    """

    enabled = True

    def __init__(self) -> None:
        self.letters = []
        self.threads: set[str] = set()
        self.problem: Exception | None = None
        self.tries = 0
        self.at_once = 0
        self.most_at_once = 0
        self.hold: threading.Event | None = None

    def fail(self, cause="timeout", permanent=False) -> None:
        self.problem = MailNotSentError(f"It failed: {cause}.", cause, permanent)

    def send(self, letter) -> None:
        self.tries += 1
        self.threads.add(threading.current_thread().name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.hold:
                assert self.hold.wait(5)
            if self.problem:
                raise self.problem
            self.letters.append(letter)
        finally:
            self.at_once -= 1


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


class Values:
    """What a letter needs besides its row; `known` False: there is no such account."""

    known = True

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, row):
        if not self.known:
            return None
        self.made += 1
        return {"token": f"{TOKEN}-{self.made}", "link": None}


@pytest.fixture
def values() -> Values:
    return Values()


@pytest.fixture
def open_outbox(database, office, clock, values):
    """Call it for the outbox of one more process."""
    return lambda store=None: Outbox(store or database, office, clock, values)


@pytest.fixture
def box(open_outbox):
    return open_outbox()


@asynccontextmanager
async def working(*boxes):
    tasks = [asyncio.create_task(box.work()) for box in boxes]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to pass")


def put(box, kind=RESET, recipient=ADA, **details):
    with box._database.transaction() as connection:
        box.put(connection, kind, recipient, None, **details)


def rows(database):
    with database.reading() as connection:
        return connection.execute(select(outbox).order_by(outbox.c.created_at)).all()


# --- sending -------------------------------------------------------------------------------------


async def test_a_letter_is_sent_and_gone(box, office, database):
    put(box, base="https://comfy.example.org")
    assert box.describe().waiting == 1
    await box.send_due()
    (letter,) = office.letters
    assert letter.recipient == ADA
    assert "comfy.example.org" in letter.text
    assert f"{TOKEN}-1" in letter.text.splitlines()
    assert rows(database) == []
    assert office.threads == {"passport-mail"}


async def test_a_letter_is_there_exactly_when_the_change_is(box, office):
    with pytest.raises(RuntimeError), box._database.transaction() as connection:
        box.put(connection, RESET, ADA, None)
        raise RuntimeError
    await box.send_due()
    assert (office.tries, box.describe().waiting) == (0, 0)


async def test_a_letter_survives_a_restart(open_sqlite, open_outbox, office):
    first = open_sqlite()
    put(open_outbox(first))
    first.close()
    await open_outbox(open_sqlite()).send_due()
    assert len(office.letters) == 1


async def test_a_process_that_ended_while_it_sent_leaves_the_letter_to_the_next(
    open_outbox, office, clock
):
    ended = open_outbox()
    put(ended)
    assert ended._claim_next()
    next_one = open_outbox()
    await next_one.send_due()
    assert office.tries == 0
    clock.now += LEASE
    await next_one.send_due()
    assert len(office.letters) == 1


def test_a_claim_outlasts_every_attempt():
    assert LEASE.total_seconds() > 2 * DEADLINE_SECONDS


async def test_advisory_a_token_never_stands_in_the_store(box, office, database):
    office.fail()
    put(box)
    await box.send_due()
    assert office.tries == 1
    assert TOKEN not in str(rows(database))
    office.problem = None


async def test_every_attempt_has_a_token_of_its_own(box, office, clock):
    office.fail()
    put(box)
    await box.send_due()
    office.problem = None
    clock.advance(minutes=2)
    await box.send_due()
    assert f"{TOKEN}-2" in office.letters[0].text


async def test_a_letter_for_nobody_goes_silently(box, office, database, values, caplog):
    values.known = False
    put(box)
    await box.send_due()
    assert (office.tries, rows(database), caplog.records) == (0, [], [])


async def test_a_letter_goes_where_its_values_say(database, office, clock):
    """Not to what somebody typed: to the address that the account has."""
    box = Outbox(database, office, clock, lambda _: {"token": TOKEN, "recipient": "Ada@x.example"})
    put(box)
    await box.send_due()
    assert office.letters[0].recipient == "Ada@x.example"


async def test_values_win_over_details(database, office, clock):
    box = Outbox(database, office, clock, lambda _: {"new_email": "right@example.org"})
    put(box, "email_changed", new_email="wrong@example.org")
    await box.send_due()
    assert "right@example.org" in office.letters[0].text
    assert "wrong@example.org" not in office.letters[0].text


# --- several at a time ---------------------------------------------------------------------------


async def test_two_machines_send_a_letter_once(open_sqlite, open_outbox, office):
    boxes = [open_outbox(open_sqlite()) for _ in range(2)]
    for number in range(10):
        put(boxes[0], recipient=f"{number}@example.org")
    async with working(*boxes):
        await until(lambda: len(office.letters) >= 10)
        await asyncio.sleep(0.05)
    assert len({letter.recipient for letter in office.letters}) == 10
    assert len(office.letters) == office.tries == 10


async def test_one_letter_leaves_at_a_time(box, office):
    for _ in range(3):
        put(box)
    async with working(box):
        box.wake()
        await until(lambda: len(office.letters) == 3)
    assert office.most_at_once == 1


async def test_a_mail_server_that_hangs_holds_up_neither_loop_nor_store(box, office, database):
    office.hold = threading.Event()
    put(box)
    async with working(box):
        await until(lambda: office.at_once)
        states = [database.run(box.describe) for _ in range(20)]
        assert {state.waiting for state in await asyncio.gather(*states)} == {1}
        office.hold.set()
        await until(lambda: office.letters)
        await until(lambda: not rows(database))


# --- waking --------------------------------------------------------------------------------------


async def test_it_sleeps_until_it_is_woken_from_any_thread(box, office):
    async with working(box):
        await asyncio.sleep(0.05)
        put(box)
        await asyncio.sleep(0.05)
        assert office.tries == 0
        await asyncio.to_thread(box.wake)
        await until(lambda: office.letters)


async def test_it_sends_what_waited_before_it_began(box, office):
    put(box)
    box.wake()
    async with working(box):
        await until(lambda: office.letters)


def test_to_wake_one_that_has_ended_does_no_harm(box):
    async def work():
        async with working(box):
            await asyncio.sleep(0)

    asyncio.run(work())
    box.wake()


async def test_it_looks_again_when_the_next_letter_is_due_and_each_minute(box, clock, office):
    assert box._measure_pause() == 60
    office.fail()
    put(box)
    await box.send_due()
    assert 53 <= box._measure_pause() <= 60
    clock.advance(seconds=50)
    assert 3 <= box._measure_pause() <= 16
    clock.advance(minutes=5)
    assert box._measure_pause() == 0
    clock.now = START - timedelta(days=1)
    assert box._measure_pause() == 60


async def test_a_store_that_fails_for_a_while_does_not_end_it(box, office, monkeypatch, caplog):
    claim_next, failed = box._claim_next, []

    def fail_once():
        if not failed:
            failed.append(1)
            raise DatabaseBusyError("Busy.")
        return claim_next()

    monkeypatch.setattr(box, "_claim_next", fail_once)
    put(box)
    async with working(box):
        await until(lambda: failed)
        await asyncio.sleep(0.02)
        box.wake()
        await until(lambda: office.letters)
    assert "DatabaseBusyError" in caplog.text


async def test_a_letter_that_was_taken_is_not_sent_again_when_the_store_fails(
    box, office, database, clock, monkeypatch
):
    put(box)
    with monkeypatch.context() as patch:
        patch.setattr(outbox_module, "delete_from_outbox", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await box.send_due()
    assert (len(office.letters), len(rows(database))) == (1, 1)
    clock.now += LEASE
    await box.send_due()
    assert (len(office.letters), rows(database)) == (1, [])


# --- failures ------------------------------------------------------------------------------------


async def test_a_letter_is_tried_ever_more_seldom_for_two_days(box, office, clock, database):
    office.fail()
    put(box)
    waits = []
    while True:
        before = clock.now
        await box.send_due()
        if not rows(database):
            break
        clock.now = rows(database)[0].due_at
        waits.append(clock.now - before)
    expected = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, *[12 * HOUR] * 4]
    assert 8 <= len(waits) <= 9  # by chance: each wait is a tenth longer or shorter
    for wait, nominal in zip(waits, expected, strict=False):
        assert nominal * 0.9 <= wait <= nominal * 1.1
    assert clock.now - START <= GIVEN_UP_AFTER
    assert office.tries == len(waits) + 1


async def test_letters_that_failed_together_come_apart(box, office, database):
    office.fail()
    for _ in range(10):
        put(box)
    await box.send_due()
    assert len({row.due_at for row in rows(database)}) > 1


async def test_nothing_is_tried_before_it_is_due(box, office, clock):
    office.fail()
    put(box)
    await box.send_due()
    clock.advance(seconds=53)
    await box.send_due()
    assert office.tries == 1
    clock.advance(seconds=14)
    await box.send_due()
    assert office.tries == 2


async def test_a_letter_refused_for_good_is_dropped_at_once(box, office, database):
    office.fail("refused_recipient", permanent=True)
    put(box)
    await box.send_due()
    assert (office.tries, rows(database)) == (1, [])
    assert box.describe().problem == "It failed: refused_recipient."


async def test_one_letter_that_fails_does_not_hold_up_the_others(box, office, database):
    put(box, "no_such_kind", "first@example.org")
    put(box, recipient="second@example.org")
    await box.send_due()
    assert [letter.recipient for letter in office.letters] == ["second@example.org"]
    (left,) = rows(database)
    assert (left.kind, left.attempts) == ("no_such_kind", 1)
    assert left.due_at > START
    assert left.problem.startswith("A letter could not be written.")


async def test_a_letter_too_old_is_not_sent_when_the_server_comes_back(box, office, clock):
    """A link for a new password that nobody waits for any more."""
    put(box)
    clock.now += GIVEN_UP_AFTER + MINUTE
    await box.send_due()
    assert (office.tries, box.describe().waiting) == (0, 0)


@pytest.mark.parametrize("back", [timedelta(days=1), timedelta(days=3650)])
async def test_a_clock_set_back_strands_no_letter(box, office, clock, database, back):
    office.fail()
    put(box)
    await box.send_due()
    clock.now -= back
    office.problem = None
    await box.send_due()
    assert (len(office.letters), rows(database)) == (1, [])


async def test_a_clock_set_back_a_little_lets_the_letter_wait_no_longer_than_the_longest(
    box, office, clock
):
    put(box)
    with box._database.transaction() as connection:
        connection.execute(update(outbox).values(due_at=clock.now + LONGEST_BACK_OFF))
    await box.send_due()
    assert office.tries == 0
    clock.advance(seconds=-1)
    await box.send_due()
    assert office.tries == 1


async def test_a_letter_from_the_future_is_not_tried_for_ever(box, office, clock, database):
    office.fail()
    put(box)
    clock.now -= timedelta(days=3650)
    for _ in range(2 * MOST_ATTEMPTS):
        await box.send_due()
        clock.now += 14 * HOUR
    assert (office.tries, rows(database)) == (MOST_ATTEMPTS, [])


async def test_without_a_mail_server_letters_wait(database, clock, values):
    box = Outbox(database, MailServer(), clock, values)
    put(box)
    await box.send_due()
    assert not box.enabled
    assert (box.describe().waiting, values.made, box._measure_pause()) == (1, 0, 60)


# --- what the owner sees -------------------------------------------------------------------------


async def test_the_newest_problem_is_told_until_mail_works_again(box, office, clock):
    assert (box.describe().waiting, box.describe().problem) == (0, None)
    office.fail("auth")
    put(box)
    await box.send_due()
    assert (box.describe().waiting, box.describe().problem) == (1, "It failed: auth.")
    office.fail("dns")
    clock.advance(minutes=2)
    await box.send_due()
    assert box.describe().problem == "It failed: dns."
    office.problem = None
    clock.advance(minutes=6)
    await box.send_due()
    assert (box.describe().waiting, box.describe().problem) == (0, None)


async def test_the_problem_is_remembered_over_a_restart(box, open_outbox, office):
    office.fail("auth")
    put(box)
    await box.send_due()
    assert open_outbox().describe().problem == "It failed: auth."


async def test_a_problem_of_any_length_is_kept(box, office, database):
    office.problem = MailNotSentError("x" * 1000, "refused")
    put(box)
    await box.send_due()
    assert rows(database)[0].problem == "x" * 255


async def test_a_test_letter_leaves_at_once_or_says_why(box, office, database):
    await box.send_test(ADA, "https://comfy.example.org")
    assert "comfy.example.org" in office.letters[0].subject
    office.fail("auth")
    with pytest.raises(MailNotSentError, match="auth"):
        await box.send_test(ADA)
    assert rows(database) == []


async def test_an_invitation_leaves_at_once_for_its_code_is_kept_nowhere(box, office, database):
    await box.send_now("invitation", ADA, base=None, token=TOKEN, valid_for=timedelta(days=7))
    assert TOKEN in office.letters[0].text
    assert rows(database) == []


async def test_advisory_no_log_tells_whom_a_letter_is_for_or_what_is_in_it(
    box, office, clock, caplog
):
    caplog.set_level(logging.DEBUG)
    for cause, permanent in (("timeout", False), ("refused_recipient", True)):
        office.fail(cause, permanent)
        put(box, base="https://comfy.example.org")
        await box.send_due()
        clock.advance(minutes=2)
    put(box, "no_such_kind")
    clock.now += GIVEN_UP_AFTER
    await box.send_due()
    said = [record.getMessage() for record in caplog.records if record.name == "passport"]
    assert "A letter was not sent: password_reset, timeout" in said
    for line in said:
        assert ADA not in line
        assert TOKEN not in line
        assert "comfy.example.org" not in line


# --- details -------------------------------------------------------------------------------------


def test_details_that_are_too_long_are_cut(box, database):
    put(box, browser='"' * 5000, platform="\u2603" * 5000, address="x" * 5000, at=None, days=7)
    details = rows(database)[0].details
    assert len(details) <= 1000
    assert json.loads(details)["days"] == 7
    assert json.loads(details)["at"] is None


def test_more_details_than_there_is_room_for_are_a_mistake(box):
    with pytest.raises(ValueError, match="details"):
        put(box, **{f"name_{number}": "x" * 100 for number in range(100)})


async def test_details_that_no_store_takes_are_made_text(open_store, office, clock):
    box = Outbox(open_store(), office, clock, lambda _: {"at": "2026-11-23T02:00Z"})
    put(box, "password_changed", browser="a\0b\ud800c\nd")
    await box.send_due()
    assert "with a b c d." in office.letters[0].text


async def test_the_letters_of_an_account_go_with_it(open_store, office, clock, values):
    store = open_store()
    box = Outbox(store, office, clock, values)
    values_of_account = {"id": "ada", "state": "active", "display_name": "", "role": "user"}
    with store.transaction() as connection:
        connection.execute(insert(accounts).values(**values_of_account, created_at=START))
        box.put(connection, RESET, ADA, "ada")
        outbox_rows.delete_for_account(connection, "ada", RESET)
    await box.send_due()
    assert office.tries == 0
