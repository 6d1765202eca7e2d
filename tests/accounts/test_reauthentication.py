"""Proving in mid-session that it is still the person: for five minutes, by what is theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from passport.accounts.access_errors import ReauthenticationRequiredError
from passport.accounts.errors import (
    EmailOrPasswordWrongError,
    PasswordWrongError,
    TooManyTriesError,
)
from passport.accounts.throttle import LOG_IN_ACCOUNT_HERE
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    BEN,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    actions,
    knows,
    log_in,
    log_in_with_key,
    make_key,
    register,
)
from passport.vault.errors import ApiKeyMalformedError

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
async def ada(house):
    return await register(house)


async def session_of(house, token):
    return (await house.sessions.recognize(token.reveal())).session


def prove(house, who, password=PASSWORD, client=HERE):
    return house.accounts.reauthentication.with_password(who.session, password, client)


def prove_with_key(house, who, key=KEY, client=HERE):
    return house.accounts.reauthentication.with_api_key(who.session, key, client)


def require(house, session, password=""):
    return house.accounts.reauthentication.require(session, password, HERE)


class TestBeingFresh:
    @pytest.mark.parametrize(
        ("age", "fresh"),
        [
            (timedelta(0), True),
            (timedelta(minutes=5) - MOMENT, True),
            (timedelta(minutes=5), False),
            (timedelta(days=1), False),
            (-MOMENT, False),
            (timedelta(hours=-1), False),
        ],
        ids=["now", "nearly over", "over", "long over", "clock set back", "by an hour"],
    )
    async def test_a_log_in_counts_for_five_minutes(self, house, ada, clock, age, fresh):
        clock.now += age
        assert house.accounts.reauthentication.is_fresh(ada.session) is fresh
        if fresh:
            await require(house, ada.session)
        else:
            with pytest.raises(ReauthenticationRequiredError):
                await require(house, ada.session)

    async def test_use_of_a_session_does_not_keep_it_fresh(self, house, ada, clock):
        for _ in range(6):
            clock.advance(minutes=1)
            principal = await house.sessions.recognize(ada.token.reveal())
        assert principal.session.last_seen_at > ada.session.last_seen_at
        with pytest.raises(ReauthenticationRequiredError):
            await require(house, principal.session)

    @pytest.mark.asvs("7.5.1")
    async def test_whoever_is_not_is_told_what_would_prove_them(self, house, clock):
        by_mail, by_key = await register(house), await log_in_with_key(house, OTHER_KEY)
        clock.advance(minutes=5)
        for who, methods in ((by_mail, ["password"]), (by_key, ["comfy-api-key"])):
            with pytest.raises(ReauthenticationRequiredError) as caught:
                await require(house, who.session)
            assert caught.value.details == {"methods": methods}

    async def test_the_password_in_the_call_itself_counts_for_this_call(self, house, ada, clock):
        clock.advance(hours=1)
        await require(house, ada.session, PASSWORD)
        with pytest.raises(ReauthenticationRequiredError):
            await require(house, ada.session)

    async def test_a_wrong_one_does_not_though_the_session_is_fresh(self, house, ada):
        with pytest.raises(PasswordWrongError):
            await require(house, ada.session, OTHER_PASSWORD)


class TestByPassword:
    async def test_the_session_is_fresh_again_under_another_token(self, house, ada, clock):
        await knows(house, ada)
        clock.advance(minutes=30)
        token = await prove(house, ada)
        assert token.reveal() != ada.token.reveal()
        assert await knows(house, ada) == [False], "at once, though it was remembered"
        session = await session_of(house, token)
        assert (session.id, session.proved_at) == (ada.session.id, clock())
        assert session.expires_at == ada.session.expires_at, "the session lasts no longer"
        await require(house, session)
        assert actions(house)[-1] == "reauthenticated"

    async def test_another_session_of_the_account_is_none_the_fresher(self, house, ada, clock):
        elsewhere = await log_in(house)
        clock.advance(minutes=30)
        await prove(house, ada)
        assert await knows(house, elsewhere) == [True]
        with pytest.raises(ReauthenticationRequiredError):
            await require(house, elsewhere.session)

    async def test_a_wrong_password_changes_nothing(self, house, ada):
        await register(house, BEN, OTHER_PASSWORD)
        for wrong in ("", OTHER_PASSWORD, PASSWORD.upper()):
            with pytest.raises(PasswordWrongError):
                await prove(house, ada, wrong)
        assert await knows(house, ada) == [True]
        assert "reauthenticated" not in actions(house)

    async def test_an_account_without_a_password_is_proved_by_none(self, house):
        ada = await log_in_with_key(house)
        with pytest.raises(PasswordWrongError):
            await prove(house, ada, PASSWORD)

    async def test_guesses_are_slowed_down(self, house, ada, clock):
        for _ in range(LOG_IN_ACCOUNT_HERE.tries):
            with pytest.raises(PasswordWrongError):
                await prove(house, ada, "wrong")
        with pytest.raises(TooManyTriesError):
            await prove(house, ada)
        clock.advance(minutes=1)
        assert await prove(house, ada)

    async def test_whoever_knows_the_password_is_not_slowed_down(self, house, ada):
        for _ in range(LOG_IN_ACCOUNT_HERE.tries + 2):
            await prove(house, ada)


class TestByApiKey:
    @pytest.fixture
    async def ada(self, house):
        return await log_in_with_key(house, KEY)

    async def test_the_key_that_logs_the_account_in_proves_its_person(self, house, ada, clock):
        await knows(house, ada)
        clock.advance(minutes=30)
        token = await prove_with_key(house, ada)
        assert await knows(house, ada) == [False]
        assert (await session_of(house, token)).proved_at == clock()
        assert actions(house)[-1] == "reauthenticated"

    async def test_the_service_is_not_asked(self, house, ada, comfy):
        comfy.be_unreachable()
        assert await prove_with_key(house, ada)

    @pytest.mark.parametrize("wrong", [OTHER_KEY, THIRD_KEY], ids=["another's", "nobody's"])
    async def test_another_key_does_not(self, house, ada, wrong):
        await log_in_with_key(house, OTHER_KEY)
        with pytest.raises(EmailOrPasswordWrongError):
            await prove_with_key(house, ada, wrong)
        assert await knows(house, ada) == [True]
        assert actions(house, ada.account.id)[-1] == "sign_in_failed"

    async def test_neither_does_a_key_of_ours_or_what_is_none(self, house, ada):
        for text in (make_key(house, ada)[1].reveal(), "", "x"):
            with pytest.raises(ApiKeyMalformedError):
                await prove_with_key(house, ada, text)

    async def test_an_account_that_logs_in_by_mail_is_proved_by_no_key(self, house, ada):
        ben = await register(house, BEN)
        with pytest.raises(EmailOrPasswordWrongError):
            await prove_with_key(house, ben, KEY)

    async def test_guesses_are_slowed_down(self, house, ada):
        for _ in range(LOG_IN_ACCOUNT_HERE.tries):
            with pytest.raises(EmailOrPasswordWrongError):
                await prove_with_key(house, ada, THIRD_KEY)
        with pytest.raises(TooManyTriesError):
            await prove_with_key(house, ada, KEY)
        assert await prove_with_key(house, ada, KEY, THERE), "from elsewhere it is another bucket"

    async def test_whoever_has_the_key_is_not_slowed_down(self, house, ada):
        for _ in range(LOG_IN_ACCOUNT_HERE.tries + 2):
            await prove_with_key(house, ada)


async def test_a_session_that_was_ended_meanwhile_does_not_come_back(house, ada):
    house.sign_out.end(ada.session, HERE)
    token = await prove(house, ada)
    assert await house.sessions.recognize(token.reveal()) is None
