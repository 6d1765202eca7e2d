"""The log-in at the hosted service that is kept for an account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from passport.accounts.hosted_session import COMFY_SESSION, HostedSessions
from passport.accounts.turns import LONGEST_TURN
from passport.providers.comfy_errors import (
    ComfyLogInNeededError,
    ComfyRefusedError,
    ComfySessionEndedError,
)
from passport.providers.comfy_tokens import ComfyUser
from passport.providers.firebase import FirebaseTokens
from passport.providers.unreachable import unreachable
from passport.secret import Secret
from passport.storage.credential_rows import (
    delete_credential,
    find_credential,
    find_session,
    list_credentials,
    reseal,
)
from passport.storage.errors import DatabaseBusyError
from passport.storage.tables import credentials
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    actions,
    change,
    events,
    log_in_with_key,
    register,
)
from passport.vault.credentials import DEFAULT_PROFILE
from sqlalchemy import select

HOUR = 3600


class FirebaseInMemory:
    """Gives the next token for the newest refresh token; `problem` is raised as long as it is set.

    `strict` takes each refresh token once, as services with rotation do.
    """

    configured = True

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.strict = False
        self.number = 0
        self.asked: list[str] = []
        self.pause = 0.0
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens while the service thinks; once."""

    async def refresh(self, refresh_token: Secret) -> FirebaseTokens:
        self.asked.append(refresh_token.reveal())
        await asyncio.sleep(self.pause)
        if self.meanwhile:
            event, self.meanwhile = self.meanwhile, None
            await event()
        if self.problem:
            raise self.problem
        if self.strict and refresh_token.reveal() != f"refresh-{self.number}":
            raise ComfySessionEndedError("revoked")
        self.number += 1
        return self.tokens()

    def tokens(self) -> FirebaseTokens:
        number = self.number
        return FirebaseTokens(Secret(f"id-{number}"), Secret(f"refresh-{number}"), HOUR)


@pytest.fixture
def firebase():
    return FirebaseInMemory()


@pytest.fixture
def open_sessions(house, firebase, clock):
    """Call it for the sessions of one more process."""
    return lambda: HostedSessions(house.database, house.credentials, firebase, clock)


@pytest.fixture
def sessions(open_sessions):
    return open_sessions()


@pytest.fixture
async def ada(house, firebase, sessions, clock):
    """Ada's account id; her log-in is kept."""
    signed_in = await register(house)
    keep(house, sessions, signed_in.account.id, clock, firebase.tokens())
    return signed_in.account.id


def user(clock, end=timedelta(hours=1)):
    now = clock()
    return ComfyUser("uid-ada", "ada@example.org", True, "Ada", now + end, now)


def keep(house, sessions, account_id, clock, tokens):
    with house.database.transaction() as connection:
        sessions.keep_in(connection, account_id, user(clock), tokens)


def reveal(token):
    return token.reveal()


async def test_a_good_token_is_handed_out_without_asking(sessions, firebase, ada):
    assert reveal(await sessions.get_token(ada)) == "id-0"
    assert firebase.asked == []


async def test_one_that_ends_within_a_minute_is_not(sessions, firebase, ada, clock):
    clock.advance(minutes=59)
    assert reveal(await sessions.get_token(ada)) == "id-1"
    assert reveal(await sessions.get_token(ada)) == "id-1"
    assert firebase.asked == ["refresh-0"]


async def test_the_next_refresh_uses_the_newest_token(sessions, firebase, ada, clock):
    for _ in range(3):
        clock.advance(hours=1)
        await sessions.get_token(ada)
    assert firebase.asked == ["refresh-0", "refresh-1", "refresh-2"]


async def test_however_many_ask_one_refreshes(sessions, firebase, ada, clock):
    firebase.pause = 0.01
    clock.advance(hours=1)
    tokens = await asyncio.gather(*(sessions.get_token(ada) for _ in range(20)))
    assert {reveal(token) for token in tokens} == {"id-1"}
    assert len(firebase.asked) == 1


async def test_another_process_takes_what_the_first_has_kept(
    open_sessions, sessions, firebase, ada, clock
):
    firebase.strict = True
    other = open_sessions()
    assert reveal(await other.get_token(ada)) == "id-1"
    assert reveal(await sessions.get_token(ada)) == "id-2"


async def test_of_several_machines_one_refreshes_at_a_time(
    open_sessions, sessions, firebase, ada, clock, monkeypatch
):
    """The service takes a refresh token once: who asked with a used one would end the log-in."""
    monkeypatch.setattr("passport.accounts.turns.ASKED_EVERY_SECONDS", 0.01)
    firebase.strict, firebase.pause = True, 0.05
    clock.advance(hours=1)
    machines = [sessions, open_sessions(), open_sessions()]
    tokens = await asyncio.gather(*(machine.get_token(ada) for machine in machines))
    assert {reveal(token) for token in tokens} == {"id-1", "id-2", "id-3"}
    assert firebase.asked == ["refresh-0", "refresh-1", "refresh-2"]
    assert sessions.find(ada).state == "good"


async def test_a_machine_that_died_at_it_holds_up_nobody_for_long(
    open_sessions, sessions, firebase, ada, clock
):
    """Its turn has ended when another takes it; should it live all the same, nothing is lost."""
    firebase.strict = True
    other = open_sessions()

    async def have_it_ended_and_refresh():
        clock.advance(seconds=LONGEST_TURN.total_seconds())
        assert reveal(await other.get_token(ada, anew=True)) == "id-1"

    firebase.meanwhile = have_it_ended_and_refresh
    assert reveal(await sessions.get_token(ada, anew=True)) == "id-2"
    assert sessions.find(ada).state == "good"


async def test_who_waits_for_a_turn_in_vain_is_told(sessions, firebase, ada, monkeypatch):
    monkeypatch.setattr("passport.accounts.turns.WAITED_SECONDS", 0)

    async def ask_as_well():
        with pytest.raises(DatabaseBusyError, match="Another machine"):
            await sessions._turns.wait_for(f"{COMFY_SESSION} {ada}").__aenter__()

    firebase.meanwhile = ask_as_well
    assert reveal(await sessions.get_token(ada, anew=True)) == "id-1"


async def test_a_turn_from_before_the_clock_was_set_back_holds_up_nobody(
    sessions, firebase, ada, clock
):
    async with sessions._turns.wait_for(f"{COMFY_SESSION} {ada}"):
        clock.advance(days=-1)
        assert reveal(await sessions.get_token(ada, anew=True)) == "id-1"


async def test_without_a_log_in_it_says_so(sessions, house):
    signed_in = await register(house)
    with pytest.raises(ComfyLogInNeededError):
        await sessions.get_token(signed_in.account.id)


@pytest.mark.parametrize("cause", ["revoked", "expired", "disabled", "deleted"])
async def test_what_the_service_has_ended_shows_once_with_the_remedy(
    sessions, firebase, ada, clock, house, cause
):
    firebase.problem = ComfySessionEndedError(cause)
    clock.advance(hours=1)
    for _ in range(3):
        with pytest.raises(ComfySessionEndedError) as caught:
            await sessions.get_token(ada)
        assert caught.value.cause == cause
    assert await sessions.refresh_due() == 0

    assert len(firebase.asked) == 1, "nobody asks again"
    row = sessions.find(ada)
    assert (row.state, row.cause) == ("ended", cause)
    ended = [event for event in events(house, ada) if event.action == "comfy_session_ended"]
    assert len(ended) == 1
    assert not {"id-0", "refresh-0"} & {word for event in ended for word in event.details.split()}


async def test_nothing_else_of_the_account_suffers(sessions, firebase, ada, clock, house):
    signed_in = await log_in_with_key(house)
    keep(house, sessions, signed_in.account.id, clock, firebase.tokens())
    firebase.problem = ComfySessionEndedError("revoked")
    clock.advance(minutes=59, seconds=30)
    with pytest.raises(ComfySessionEndedError):
        await sessions.get_token(signed_in.account.id)
    assert await house.sessions.recognize(signed_in.token.reveal()) is not None
    assert house.credentials.find(signed_in.account.id).state == "accepted"


async def test_a_new_log_in_is_good_again(sessions, firebase, ada, clock, house):
    firebase.problem = ComfySessionEndedError("revoked")
    clock.advance(hours=1)
    with pytest.raises(ComfySessionEndedError):
        await sessions.get_token(ada)
    firebase.problem, firebase.number = None, 7
    keep(house, sessions, ada, clock, firebase.tokens())
    assert reveal(await sessions.get_token(ada)) == "id-7"


@pytest.mark.parametrize(
    "problem", [unreachable("timeout", "x"), ComfyRefusedError("Later.", "too_many_attempts")]
)
async def test_a_fault_on_the_way_ends_nothing(sessions, firebase, ada, clock, problem):
    firebase.problem = problem
    clock.advance(hours=1)
    with pytest.raises(type(problem)):
        await sessions.get_token(ada)
    assert sessions.find(ada).state == "good"
    firebase.problem = None
    assert reveal(await sessions.get_token(ada)) == "id-1"


async def test_a_refused_token_is_fetched_anew(sessions, firebase, ada):
    assert reveal(await sessions.get_token(ada, anew=True)) == "id-1"


async def test_who_logs_out_while_the_service_is_asked_keeps_nothing(
    sessions, firebase, ada, clock, house
):
    firebase.pause = 0.05
    clock.advance(hours=1)
    asking = asyncio.create_task(sessions.get_token(ada))
    await asyncio.sleep(0.02)
    house.credentials.forget_all(ada, HERE)
    with pytest.raises(ComfyLogInNeededError):
        await asking
    assert sessions.find(ada) is None


async def test_advisory_a_master_key_changed_meanwhile_loses_no_token(
    sessions, firebase, ada, house
):
    """The service has given the next refresh token out by then, and takes the old one no more."""
    firebase.strict = True

    async def rotate():
        with house.database.transaction() as connection:
            row = find_credential(connection, ada, COMFY_SESSION, DEFAULT_PROFILE)
            assert reseal(connection, row, house.credentials.seal_again(row, ada))

    firebase.meanwhile = rotate
    assert reveal(await sessions.get_token(ada, anew=True)) == "id-1"
    assert house.credentials.open(sessions.find(ada)).reveal() == "refresh-1"
    assert reveal(await sessions.get_token(ada, anew=True)) == "id-2"


async def test_who_logs_in_anew_meanwhile_keeps_the_new_log_in(
    sessions, firebase, ada, house, clock
):
    async def log_in_anew():
        keep(house, sessions, ada, clock, _tokens())

    firebase.meanwhile = log_in_anew
    with pytest.raises(ComfyLogInNeededError):
        await sessions.get_token(ada, anew=True)
    assert house.credentials.open(sessions.find(ada)).reveal() == "refresh-9"
    assert reveal(await sessions.get_token(ada)) == "id-9"


class TestInTheBackground:
    async def test_what_expires_soon_is_refreshed_and_what_does_not_is_left(
        self, sessions, firebase, ada, clock
    ):
        clock.advance(minutes=54)
        assert await sessions.refresh_due() == 0
        clock.advance(minutes=2)
        assert await sessions.refresh_due() == 1
        assert await sessions.refresh_due() == 0
        assert firebase.asked == ["refresh-0"]

    async def test_an_outage_ends_the_round(self, sessions, firebase, ada, clock, house):
        ben = await register(house, "ben@example.org")
        keep(house, sessions, ben.account.id, clock, firebase.tokens())
        firebase.problem = unreachable("connect", "x")
        clock.advance(hours=1)
        assert await sessions.refresh_due() == 0
        assert len(firebase.asked) == 1

    async def test_one_that_has_ended_stands_in_nobodys_way(
        self, sessions, firebase, ada, clock, house
    ):
        firebase.strict, firebase.number = True, 3  # Ada's is an old one
        ben = await register(house, "ben@example.org")
        clock.advance(seconds=1)
        keep(house, sessions, ben.account.id, clock, firebase.tokens())
        clock.advance(hours=1)
        assert await sessions.refresh_due() == 1
        assert sessions.find(ada).state == "ended"
        assert sessions.find(ben.account.id).state == "good"

    async def test_a_cancelled_accounts_is_left_alone(self, sessions, firebase, clock, house):
        ben = await register(house, "ben@example.org")
        keep(house, sessions, ben.account.id, clock, firebase.tokens())
        change(house, ben, state="cancelled")
        clock.advance(hours=1)
        assert await sessions.refresh_due() == 0

    async def test_without_a_web_key_nothing_is_asked(self, sessions, firebase, ada, clock):
        firebase.configured = False
        clock.advance(hours=1)
        assert await sessions.refresh_due() == 0
        with pytest.raises(ComfyLogInNeededError):
            await sessions.get_token(ada)


class TestTheTokenInMemory:
    """Whoever is gone leaves no token behind in the server's memory."""

    @pytest.fixture
    async def ada(self, house, sessions, firebase, clock):
        """Ada signed in, with a token in memory, beside Ben with his."""
        feed = house.accounts.change_feed
        feed.tell(sessions.held)
        ben = await register(house, "ben@example.org")
        ada = await register(house)
        feed.poll()
        for account in (ada.account, ben.account):
            keep(house, sessions, account.id, clock, firebase.tokens())
        self.ben_id = ben.account.id
        return ada

    @pytest.mark.parametrize(
        "leave",
        [
            lambda house, ada: house.sign_out.end(ada.session, HERE),
            lambda house, ada: house.sign_out.end(ada.session, HERE, forget_credentials=True),
            lambda house, ada: house.sign_out.revoke_all(ada.account.id, HERE),
            lambda house, ada: house.credentials.forget_all(ada.account.id, HERE),
            lambda house, ada: house.accounts.leaving.cancel(ada.account.id, ada.session.id, HERE),
            lambda house, ada: house.accounts.leaving.delete(ada.account.id, HERE),
            lambda house, ada: change(house, ada, state="disabled"),
        ],
        ids=["log out", "and forget", "everywhere", "keys", "cancel", "delete", "disabled"],
    )
    async def test_advisory_it_goes_with_whoever_leaves(self, house, sessions, ada, leave):
        assert ada.account.id in sessions.held
        leave(house, ada)
        house.accounts.change_feed.poll()
        assert (ada.account.id in sessions.held, self.ben_id in sessions.held) == (False, True)

    async def test_it_goes_at_once_with_the_log_in_at_comfy(self, house, sessions, ada):
        with house.database.transaction() as connection:
            sessions.forget_in(connection, ada.account.id)
        assert (ada.account.id in sessions.held, self.ben_id in sessions.held) == (False, True)

    async def test_it_goes_when_it_has_expired_or_is_asked_for_in_vain(
        self, house, sessions, ada, firebase, clock
    ):
        with house.database.transaction() as connection:
            delete_credential(connection, ada.account.id, COMFY_SESSION, DEFAULT_PROFILE)
        with pytest.raises(ComfyLogInNeededError):
            await sessions.get_token(ada.account.id)
        assert (ada.account.id in sessions.held, self.ben_id in sessions.held) == (False, True)
        firebase.configured = False
        clock.advance(hours=1)
        await sessions.refresh_due()
        assert len(sessions.held) == 0


class TestWhereItStands:
    @pytest.mark.asvs("10.1.1")
    @pytest.mark.threat(18)
    async def test_sealed_and_nowhere_in_clear(self, sessions, firebase, ada, house):
        with house.database.reading() as connection:
            stored = repr([tuple(row) for row in connection.execute(select(credentials))])
        assert "refresh-0" not in stored
        assert "id-0" not in stored
        row = sessions.find(ada)
        assert (row.service, row.kind, row.mask) == (COMFY_SESSION, "refresh-token", "…")
        assert house.credentials.open(row).reveal() == "refresh-0"
        assert "refresh-0" not in repr(vars(sessions))
        assert "id-0" not in repr(vars(sessions)) + repr(vars(sessions.held))

    async def test_it_is_no_credential_of_the_list_the_export_or_the_count(
        self, sessions, ada, house
    ):
        assert house.credentials.list(ada) == []
        with house.database.reading() as connection:
            assert list_credentials(connection, ada) == []
        assert house.accounts.leaving.preview(ada).counts["credentials"] == 0
        assert b"refresh" not in house.accounts.export.write(ada, HERE)

    async def test_log_out_and_forget_forgets_it(self, sessions, ada, house):
        signed_in = await register(house, "ben@example.org")
        keep(house, sessions, signed_in.account.id, house.credentials._clock, _tokens())
        house.sign_out.end(signed_in.session, HERE, forget_credentials=True)
        assert sessions.find(signed_in.account.id) is None

    async def test_it_is_deleted_with_the_account(self, sessions, house, clock):
        await register(house)
        ben = await register(house, "ben@example.org")
        keep(house, sessions, ben.account.id, clock, _tokens())
        house.accounts.leaving.delete(ben.account.id, HERE)
        with house.database.reading() as connection:
            assert find_session(connection, ben.account.id) is None
        assert "account_deleted" in actions(house)

    async def test_a_merged_account_keeps_it_resealed(self, sessions, ada, house, clock):
        from passport.accounts.merging import Asking

        key_account = await log_in_with_key(house)
        asking = Asking(key_account.account.id, HERE)
        other = house.sign_in.find_account_by_id(ada)
        with house.database.transaction() as connection:
            house.accounts.external_log_in._merging.absorb_whole(connection, asking, other)
        row = sessions.find(key_account.account.id)
        assert house.credentials.open(row).reveal() == "refresh-0"
        assert [each.service for each in house.credentials.list(key_account.account.id)] == [
            "comfy"
        ]


def _tokens():
    return FirebaseTokens(Secret("id-9"), Secret("refresh-9"), HOUR)


async def test_on_each_kind_of_store(open_house, firebase, clock):
    house = open_house()
    sessions = HostedSessions(house.database, house.credentials, firebase, clock)
    signed_in = await register(house)
    keep(house, sessions, signed_in.account.id, clock, firebase.tokens())
    clock.advance(hours=1)
    assert await sessions.refresh_due() == 1
    assert reveal(await sessions.get_token(signed_in.account.id)) == "id-1"
    firebase.problem = ComfySessionEndedError("disabled")
    with pytest.raises(ComfySessionEndedError):
        await sessions.get_token(signed_in.account.id, anew=True)
    assert sessions.find(signed_in.account.id).cause == "disabled"
