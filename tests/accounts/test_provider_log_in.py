"""To a provider and back: what a flow is good for, and how often a provider is asked."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from passport.accounts.errors import NotSignedInError, TooManyTriesError
from passport.accounts.external_errors import (
    FlowInvalidError,
    IdentityOtherError,
    ProviderNotSetUpError,
    ProviderUnknownError,
)
from passport.accounts.provider_flow import LINK, LOG_IN, REAUTHENTICATE, Asker, Callback, Wish
from passport.accounts.throttle import FLOW_NETWORK
from passport.providers.errors import (
    FlowExpiredError,
    LogInDeniedError,
    ProviderAnswerInvalidError,
    ProviderClientRefusedError,
    ServiceAnsweredNonsenseError,
)
from passport.providers.oauth import Pending
from passport.providers.unreachable import unreachable
from passport.secret import Secret
from passport.storage.tables import accounts, pending_log_ins
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    THERE,
    account_of,
    count_rows,
    events,
    register,
)
from passport.tests.backend.provider_in_memory import (
    ADA_THERE,
    BEN_THERE,
    GITHUB,
    STUDIO,
    ProviderInMemory,
)

BACK = "http://127.0.0.1:8188/passport/oauth/x/callback"
ANYBODY = Asker(HERE, on_the_machine=True)


@pytest.fixture
def studio():
    return ProviderInMemory()


@pytest.fixture
def github():
    return ProviderInMemory(GITHUB)


@pytest.fixture
def log_in(house, studio, github):
    house.accounts.provider_log_in.providers = {STUDIO: studio, GITHUB: github}
    return house.accounts.provider_log_in


def asker_of(signed_in):
    return Asker(HERE, signed_in.session)


async def begin(log_in, kind=STUDIO, wish=None, asker=ANYBODY):
    flow, _ = await log_in.begin_redirect(kind, wish or Wish(), asker, BACK)
    return flow


async def come_back(log_in, flow, kind=STUDIO, asker=ANYBODY, secret=True, **callback):
    callback = Callback(flow.id, **{"code": "canary-of-the-code", **callback})
    return await log_in.finish_redirect(kind, callback, flow.secret if secret else None, asker)


class TestByRedirect:
    async def test_what_was_begun_is_what_is_redeemed(self, log_in, studio):
        flow = await begin(log_in)
        await come_back(log_in, flow, issuer="https://provider.example")
        ((redeemed, code, issuer),) = studio.redeemed
        assert redeemed == studio.begun[0]
        assert (code, issuer) == ("canary-of-the-code", "https://provider.example")
        assert (redeemed.state, redeemed.redirect_uri) == (flow.id, BACK)
        assert 43 <= len(redeemed.verifier) <= 128
        assert redeemed.fresh is False

    async def test_each_flow_has_secrets_of_its_own(self, log_in, studio):
        for _ in range(5):
            await begin(log_in)
        for name in ("state", "verifier", "nonce"):
            assert len({getattr(each, name) for each in studio.begun}) == 5
        assert all(
            "canary" not in repr(each) and each.verifier not in repr(each) for each in studio.begun
        )

    async def test_it_is_used_up_whatever_comes_of_it(self, log_in, studio, house):
        problems = (
            LogInDeniedError("no"),
            ProviderAnswerInvalidError("no", reason="nonce"),
            unreachable("timeout", "provider.example"),
        )
        for problem in problems:
            studio.problem = problem
            flow = await begin(log_in)
            with pytest.raises(type(problem)):
                await come_back(log_in, flow)
            studio.problem = None
            with pytest.raises(FlowInvalidError):
                await come_back(log_in, flow)
        assert count_rows(house, accounts, pending_log_ins) == (0, 0)

    @pytest.mark.parametrize("kind", [GITHUB, "google", "oidc:unknown"])
    async def test_one_providers_answer_does_not_finish_anothers_flow(
        self, log_in, studio, github, kind
    ):
        flow = await begin(log_in)
        with pytest.raises((FlowInvalidError, ProviderNotSetUpError, ProviderUnknownError)):
            await come_back(log_in, flow, kind)
        assert studio.redeemed == github.redeemed == []

    async def test_nor_does_it_finish_a_flow_by_code(self, log_in, studio):
        by_code, _ = await log_in.begin_device(STUDIO, Wish(), ANYBODY)
        with pytest.raises(FlowInvalidError):
            await come_back(log_in, by_code)
        by_redirect = await begin(log_in)
        with pytest.raises(FlowInvalidError):
            await log_in.poll_device(STUDIO, by_redirect.id, by_redirect.secret, ANYBODY)
        assert studio.redeemed == studio.polls == []

    async def test_after_ten_minutes_it_is_over(self, log_in, studio, clock):
        flow = await begin(log_in)
        clock.advance(minutes=10)
        with pytest.raises(FlowExpiredError):
            await come_back(log_in, flow)
        assert studio.redeemed == []

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            ("access_denied", LogInDeniedError),
            ("server_error", ProviderAnswerInvalidError),
            ("unauthorized_client", ProviderClientRefusedError),
            ("<script>canary</script>", ProviderAnswerInvalidError),
            ("", ProviderAnswerInvalidError),
        ],
    )
    async def test_an_error_that_it_comes_back_with_is_told_and_nothing_is_asked(
        self, log_in, studio, error, expected
    ):
        flow = await begin(log_in)
        with pytest.raises(expected) as caught:
            await come_back(log_in, flow, error=error)
        assert "canary" not in f"{caught.value.message} {caught.value.details}"
        assert studio.redeemed == []

    async def test_without_a_code_nothing_is_asked(self, log_in, studio):
        flow = await begin(log_in)
        with pytest.raises(ProviderAnswerInvalidError):
            await come_back(log_in, flow, code="")
        assert studio.redeemed == []

    async def test_a_forged_answer_is_written_down(self, log_in, studio, house):
        studio.problem = ProviderAnswerInvalidError("no", reason="signature")
        with pytest.raises(ProviderAnswerInvalidError):
            await come_back(log_in, await begin(log_in))
        event = events(house)[-1]
        assert (event.action, event.account_id) == ("sign_in_failed", None)
        assert json.loads(event.details) == {"method": STUDIO, "reason": "signature"}


class TestOfASession:
    @pytest.mark.parametrize("purpose", [LINK, REAUTHENTICATE])
    async def test_it_begins_signed_in_alone(self, log_in, house, purpose):
        for start in (begin, None):
            with pytest.raises(NotSignedInError):
                if start:
                    await start(log_in, wish=Wish(purpose))
                else:
                    await log_in.begin_device(STUDIO, Wish(purpose), ANYBODY)
        assert count_rows(house, pending_log_ins) == (0,)

    @pytest.mark.parametrize("purpose", [LINK, REAUTHENTICATE])
    async def test_it_ends_in_the_same_one(self, log_in, house, studio, purpose):
        """Else somebody could have another person's account linked to what is theirs."""
        ada, ben = await register(house, ADA), await register(house, BEN)
        for other in (ANYBODY, asker_of(ben)):
            flow = await begin(log_in, wish=Wish(purpose), asker=asker_of(ada))
            with pytest.raises(FlowInvalidError):
                await come_back(log_in, flow, asker=other)
            shown, _ = await log_in.begin_device(STUDIO, Wish(purpose), asker_of(ada))
            with pytest.raises(FlowInvalidError):
                await log_in.poll_device(STUDIO, shown.id, shown.secret, other)
        assert studio.redeemed == studio.polls == []

    async def test_proving_again_asks_the_person_anew(self, log_in, house, studio):
        ada = await register(house)
        linking = await begin(log_in, wish=Wish(LINK), asker=asker_of(ada))
        await come_back(log_in, linking, asker=asker_of(ada))
        again = await begin(log_in, wish=Wish(REAUTHENTICATE), asker=asker_of(ada))
        assert [each.fresh for each in studio.begun] == [False, True]
        finished = await come_back(log_in, again, asker=asker_of(ada))
        assert finished.signed_in is None
        assert finished.token

    async def test_proving_another_person_makes_no_account(self, log_in, house, studio):
        ada = await register(house)
        studio.person = BEN_THERE
        flow = await begin(log_in, wish=Wish(REAUTHENTICATE), asker=asker_of(ada))
        with pytest.raises(IdentityOtherError):
            await come_back(log_in, flow, asker=asker_of(ada))
        assert count_rows(house, accounts) == (1,)

    async def test_what_was_wished_at_the_start_counts(self, log_in, house, studio):
        """Two accounts become one only where that was asked for when the flow began."""
        other = (await come_back(log_in, await begin(log_in))).signed_in
        ada = await register(house, BEN)
        wish = Wish(LINK, link_accounts=True)
        flow = await begin(log_in, wish=wish, asker=asker_of(ada))
        await come_back(log_in, flow, asker=asker_of(ada))
        assert account_of(house, other) is None


async def begin_by_code(log_in):
    flow, _ = await log_in.begin_device(STUDIO, Wish(), ANYBODY)

    async def poll(secret=flow.secret, kind=STUDIO):
        return await log_in.poll_device(kind, flow.id, secret, ANYBODY)

    return flow, poll


class TestByCode:
    async def test_it_logs_in_once(self, log_in, studio, clock):
        _, poll = await begin_by_code(log_in)
        assert await poll() == Pending(5)
        clock.advance(seconds=5)
        finished = await poll()
        assert (finished.purpose, bool(finished.signed_in)) == (LOG_IN, True)
        assert studio.polls == [("canary-of-the-device", 5)]
        with pytest.raises(FlowInvalidError):
            await poll()

    async def test_the_provider_is_never_asked_sooner_than_it_wants(self, log_in, studio, clock):
        """However often the browser asks: each second here, over two minutes."""
        studio.pending = Pending(5)
        _, poll = await begin_by_code(log_in)
        asked_at = []
        for second in range(120):
            clock.advance(seconds=1)
            if second == 20:
                studio.pending = Pending(10)  # slow_down
            if second == 60:
                studio.pending = Pending(15)  # and again
            before = len(studio.polls)
            answer = await poll()
            assert isinstance(answer, Pending)
            if len(studio.polls) > before:
                asked_at.append((second, answer.interval))
        pauses = [
            (later[0] - earlier[0], earlier[1]) for earlier, later in itertools.pairwise(asked_at)
        ]
        assert all(pause >= wanted for pause, wanted in pauses), asked_at
        assert {interval for _, interval in asked_at} == {5, 10, 15}
        assert [interval for _, interval in studio.polls][-1] == 15

    async def test_another_browser_learns_nothing_and_takes_no_turn(self, log_in, studio, clock):
        _, poll = await begin_by_code(log_in)
        clock.advance(seconds=5)
        for secret in (None, Secret("x" * 43)):
            with pytest.raises(FlowInvalidError):
                await poll(secret)
        with pytest.raises(FlowInvalidError):
            await poll(kind=GITHUB)
        assert studio.polls == []
        assert (await poll()).signed_in

    @pytest.mark.parametrize(
        "problem",
        [
            LogInDeniedError("no"),
            FlowExpiredError("late"),
            ProviderAnswerInvalidError("no", reason="nonce"),
            ProviderClientRefusedError("no"),
        ],
    )
    async def test_a_refusal_ends_it(self, log_in, studio, clock, problem):
        _, poll = await begin_by_code(log_in)
        clock.advance(seconds=5)
        studio.problem = problem
        with pytest.raises(type(problem)):
            await poll()
        studio.problem = None
        clock.advance(seconds=5)
        with pytest.raises(FlowInvalidError):
            await poll()

    @pytest.mark.parametrize(
        "problem", [unreachable("timeout", "x.example"), ServiceAnsweredNonsenseError("no")]
    )
    async def test_a_bad_network_does_not(self, log_in, studio, clock, problem):
        _, poll = await begin_by_code(log_in)
        clock.advance(seconds=5)
        studio.problem = problem
        with pytest.raises(type(problem)):
            await poll()
        assert await poll() == Pending(5)
        assert len(studio.polls) == 1
        studio.problem = None
        clock.advance(seconds=5)
        assert (await poll()).signed_in

    async def test_it_is_over_when_the_provider_says_so(self, log_in, studio, clock):
        studio.expires_in = 60
        flow, poll = await begin_by_code(log_in)
        assert flow.expires_at == clock() + timedelta(seconds=60)
        clock.advance(seconds=60)
        with pytest.raises(FlowExpiredError):
            await poll()
        assert studio.polls == []

    async def test_who_polls_twice_at_once_logs_in_once(self, log_in, studio, clock, house):
        _, poll = await begin_by_code(log_in)
        clock.advance(seconds=5)
        seen = []

        async def poll_again():
            seen.append(await poll())

        studio.meanwhile = poll_again
        assert (await poll()).signed_in
        assert seen == [Pending(5)]
        assert count_rows(house, accounts) == (1,)


class TestWhichProviders:
    @pytest.mark.parametrize("kind", ["oidc:unknown", "", "password", "comfy", "oidc:", "x" * 999])
    async def test_one_that_nobody_knows(self, log_in, kind):
        for way in (None, "redirect", "device"):
            with pytest.raises(ProviderUnknownError) as caught:
                log_in.find(kind, way)
            assert kind not in repr(caught.value.details) or not kind

    async def test_one_that_is_not_set_up(self, log_in, studio):
        with pytest.raises(ProviderNotSetUpError):
            log_in.find("google")
        studio.redirects = False
        with pytest.raises(ProviderNotSetUpError):
            await begin(log_in)
        studio.has_device_flow = False
        with pytest.raises(ProviderNotSetUpError):
            await log_in.begin_device(STUDIO, Wish(), ANYBODY)

    async def test_one_that_is_taken_out_of_the_settings_meanwhile(self, log_in, github):
        flow = await begin(log_in)
        log_in.providers = {GITHUB: github}
        with pytest.raises(ProviderUnknownError):
            await come_back(log_in, flow)


async def test_one_network_begins_so_many(log_in, studio):
    for number in range(FLOW_NETWORK.tries):
        if number % 2:
            await begin(log_in)
        else:
            await log_in.begin_device(STUDIO, Wish(), ANYBODY)
    with pytest.raises(TooManyTriesError):
        await begin(log_in)
    with pytest.raises(TooManyTriesError):
        await log_in.begin_device(STUDIO, Wish(), ANYBODY)
    await begin(log_in, asker=replace(ANYBODY, client=THERE))
    assert len(studio.begun) == FLOW_NETWORK.tries // 2 + 1


async def test_nothing_secret_shows(log_in, studio, caplog):
    caplog.set_level("DEBUG")
    wish = Wish(invitation="canary-of-the-invitation", set_up_code="canary-of-the-set-up")
    flow, url = await log_in.begin_redirect(STUDIO, wish, ANYBODY, BACK)
    finished = await come_back(log_in, flow)
    callback = Callback(flow.id, "canary-of-the-code")
    by_code, shown = await log_in.begin_device(STUDIO, wish, ANYBODY)
    (redirect,) = studio.begun
    secrets = (
        "canary",
        redirect.verifier,
        redirect.nonce,
        flow.secret.reveal(),
        by_code.secret.reveal(),
        finished.signed_in.token.reveal(),
    )
    texts = f"{wish!r}{flow!r}{callback!r}{finished!r}{shown!r}{redirect!r}{caplog.text}"
    assert [secret for secret in secrets if secret in texts + url] == []


def test_the_person_of_a_test_is_whom_it_says():
    assert ProviderInMemory(GITHUB).person == replace(ADA_THERE, kind=GITHUB)
