"""Whoever another service proves: in, linked, or proved again; and what that never does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from passport.accounts import external_log_in as external_log_in_module
from passport.accounts.access_errors import AccountCancelledError
from passport.accounts.admission import Application
from passport.accounts.errors import (
    AccountDisabledError,
    AccountMissingError,
    BothHaveKeysError,
    IdentityTakenError,
    InvitationInvalidError,
    InvitationNeededError,
    PasswordExistsError,
    RegistrationClosedError,
    SetUpCodeNeededError,
    SetUpCodeWrongError,
)
from passport.accounts.external_errors import (
    EmailHasAccountError,
    IdentityExistsError,
    IdentityOtherError,
)
from passport.accounts.merging import Asking
from passport.providers.proved_identity import ProvedIdentity
from passport.storage.account_rows import list_identities
from passport.storage.tables import accounts, audit_events, credentials, identities, sessions
from passport.tests.backend.comfy_in_memory import OTHER_KEY
from passport.tests.backend.fixtures import FROM_AFAR, HERE, ON_THE_MACHINE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    account_of,
    actions,
    at_once,
    change,
    count_rows,
    events,
    failures,
    knows,
    log_in_with_key,
    register,
    successes,
)
from passport.tests.backend.people import log_in as log_in_by_mail
from passport.tests.backend.provider_in_memory import (
    ADA_THERE,
    BEN_THERE,
    GITHUB,
    NOBODY_THERE,
    STUDIO,
)

EVERYTHING = (accounts, identities, sessions, audit_events)
ADA_AT_GITHUB = replace(ADA_THERE, kind=GITHUB, subject="7")


async def log_in(house, proved=ADA_THERE, application=ON_THE_MACHINE, shared=False, also=None):
    return await house.accounts.external_log_in.log_in(proved, application, shared, HERE, also)


async def link(house, who, proved=ADA_THERE, link_accounts=False, also=None):
    asking = Asking(who.account.id, HERE)
    return await house.accounts.external_log_in.link(asking, proved, link_accounts, also)


async def prove(house, who, proved=ADA_THERE):
    return await house.accounts.external_log_in.reauthenticate(who.session, proved, HERE)


def kinds_of(house, who):
    with house.database.reading() as connection:
        return sorted(each.kind for each in list_identities(connection, who.account.id))


def labels_of(house, who):
    with house.database.reading() as connection:
        return {each.kind: each.label for each in list_identities(connection, who.account.id)}


class TestAFirstLogIn:
    async def test_makes_an_account_with_what_the_service_knows(self, open_house, clock):
        house = open_house()
        signed_in = await log_in(house)
        account = account_of(house, signed_in)
        assert (account.display_name, account.email) == ("Ada", ADA)
        assert account.email_verified_at == clock()
        assert account.has_password is False
        assert signed_in.session.method == STUDIO
        assert await knows(house, signed_in) == [True]
        assert actions(house) == ["registered", "signed_in"]

    async def test_the_next_one_finds_it_whatever_its_names_are_now(self, open_house):
        house = open_house()
        first = await log_in(house)
        renamed = ProvedIdentity(STUDIO, ADA_THERE.subject, "lovelace", "new@example.org", "Eve")
        again = await log_in(house, renamed)
        assert again.account.id == first.account.id
        assert account_of(house, first).display_name == "Ada"
        assert account_of(house, first).email == ADA
        assert labels_of(house, first) == {STUDIO: "lovelace"}

    @pytest.mark.parametrize(
        "other",
        [
            replace(ADA_THERE, subject="ADA-THERE"),
            replace(ADA_THERE, subject="ada-there "),
            replace(ADA_THERE, subject="ada%"),
            replace(ADA_THERE, kind="oidc:another"),
            replace(ADA_THERE, kind="password"),
        ],
    )
    async def test_who_it_is_goes_by_service_and_subject_alone(self, house, other):
        first = await log_in(house, replace(ADA_THERE, email=None))
        assert (await log_in(house, replace(other, email=None))).account.id != first.account.id

    async def test_two_at_once_make_one_account(self, open_house):
        houses = [open_house() for _ in range(4)]
        outcomes = await asyncio.to_thread(
            at_once, [lambda house=house: log_in(house) for house in houses]
        )
        assert failures(outcomes) == []
        assert len({each.account.id for each in successes(outcomes)}) == 1
        assert count_rows(houses[0], accounts, identities, sessions) == (1, 1, 4)

    async def test_who_loses_that_race_is_logged_in_to_the_winners(self, open_house, monkeypatch):
        house = open_house()
        winner = await log_in(house)
        look, looks = external_log_in_module.find_account_by_identity, []

        def look_too_early(connection, kind, subject):
            looks.append(kind)
            return None if looks.count(STUDIO) == 1 else look(connection, kind, subject)

        monkeypatch.setattr(external_log_in_module, "find_account_by_identity", look_too_early)
        assert (await log_in(house)).account.id == winner.account.id
        assert count_rows(house, accounts, identities) == (1, 1)

    async def test_what_comes_with_it_is_written_with_it_or_nothing_is(self, house):
        given = []
        signed_in = await log_in(house, also=lambda _, account_id: given.append(account_id))
        assert given == [signed_in.account.id]
        before = count_rows(house, *EVERYTHING)

        def fail(*_):
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await log_in(house, BEN_THERE, also=fail)
        assert count_rows(house, *EVERYTHING) == before


class TestMailAddresses:
    async def test_a_verified_one_of_an_account_with_a_password_is_told_and_links_nothing(
        self, open_house
    ):
        house = open_house()
        ada = await register(house)
        before = count_rows(house, *EVERYTHING)
        for spelling in (ADA, ADA.upper()):
            with pytest.raises(EmailHasAccountError, match="password"):
                await log_in(house, replace(ADA_THERE, email=spelling))
        assert count_rows(house, *EVERYTHING) == before
        assert kinds_of(house, ada) == ["password"]

    async def test_an_unverified_one_is_a_separate_account_without_it(self, house):
        ada = await register(house)
        eve = await log_in(house, replace(ADA_THERE, email=None, label=ADA))
        assert eve.account.id != ada.account.id
        assert account_of(house, eve).email is None
        assert account_of(house, eve).email_verified_at is None
        assert kinds_of(house, ada) == ["password"]
        assert (await log_in_by_mail(house)).account.id == ada.account.id

    async def test_one_of_another_providers_account_links_nothing(self, house):
        there = await log_in(house)
        at_github = await log_in(house, ADA_AT_GITHUB)
        assert at_github.account.id != there.account.id
        assert (kinds_of(house, there), kinds_of(house, at_github)) == ([STUDIO], [GITHUB])

    @pytest.mark.parametrize("email", ["nonsense", "a@b", "two@at@signs.example", "x" * 320])
    async def test_one_that_is_none_is_not_taken(self, house, email):
        signed_in = await log_in(house, replace(ADA_THERE, email=email))
        assert account_of(house, signed_in).email is None


class TestNames:
    @pytest.mark.parametrize(
        ("name", "label", "email", "called"),
        [
            ("Ada", "ada-l", ADA, "Ada"),
            (None, "ada-l", ADA, "ada"),
            (None, "ada-l", None, "ada-l"),
            (None, None, None, ""),
            ("", "", None, ""),
            ("x" * 10_000, "ada-l", None, "ada-l"),
            ("\u202eevil\n", "ada-l", None, "ada-l"),
            ("<img src=x onerror=alert(1)>", None, None, "<img src=x onerror=alert(1)>"),
        ],
    )
    async def test_the_first_that_can_be_one(self, house, name, label, email, called):
        proved = ProvedIdentity(STUDIO, "s", label, email, name)
        assert account_of(house, await log_in(house, proved)).display_name == called


class TestWhoMayComeIn:
    async def test_the_first_on_the_machine_itself_owns_the_server(self, house):
        assert (await log_in(house)).account.role == "owner"
        assert (await log_in(house, BEN_THERE)).account.role == "user"

    async def test_the_first_from_afar_needs_the_set_up_code(self, house):
        code = house.accounts.admission.set_up_code.text.reveal()
        for given, expected in (("", SetUpCodeNeededError), ("ABCD", SetUpCodeWrongError)):
            with pytest.raises(expected):
                await log_in(house, application=Application(set_up_code=given))
        assert count_rows(house, accounts, identities) == (0, 0)
        signed_in = await log_in(house, application=Application(set_up_code=code))
        assert signed_in.account.role == "owner"

    async def test_where_registration_is_closed_only_who_has_an_account_does(
        self, database, comfy, clock
    ):
        house = House(database, comfy, clock, registration="closed")
        ada = await log_in(house)
        with pytest.raises(RegistrationClosedError):
            await log_in(house, BEN_THERE)
        assert (await log_in(house, application=FROM_AFAR)).account.id == ada.account.id
        assert count_rows(house, accounts) == (1,)

    async def test_by_invitation(self, database, comfy, clock):
        house = House(database, comfy, clock, registration="invite")
        await log_in(house)
        _, code = house.accounts.invitations.make(None, 7, None, HERE)
        with pytest.raises(InvitationNeededError):
            await log_in(house, BEN_THERE, FROM_AFAR)
        invited = Application(invitation=code.reveal())
        assert (await log_in(house, BEN_THERE, invited)).account.role == "user"
        with pytest.raises(InvitationInvalidError):
            await log_in(house, NOBODY_THERE, invited)

    @pytest.mark.parametrize("invitee", [BEN, BEN.upper()])
    async def test_an_invitation_for_one_address_is_for_who_has_it_verified(
        self, database, comfy, clock, invitee
    ):
        house = House(database, comfy, clock, registration="invite")
        await log_in(house)
        _, code = house.accounts.invitations.make(invitee, 7, None, HERE)
        invited = Application(invitation=code.reveal())
        for stranger in (
            replace(BEN_THERE, email=None),
            replace(BEN_THERE, email="eve@example.org"),
            replace(BEN_THERE, email="no address"),
            NOBODY_THERE,
        ):
            with pytest.raises(InvitationInvalidError):
                await log_in(house, stranger, invited)
        assert (await log_in(house, BEN_THERE, invited)).account.email == BEN

    async def test_a_disabled_account_does_not(self, house):
        ada = await log_in(house)
        change(house, ada, state="disabled")
        before = count_rows(house, sessions, accounts)
        with pytest.raises(AccountDisabledError):
            await log_in(house)
        assert count_rows(house, sessions, accounts) == before

    async def test_a_cancelled_one_may_only_look_round(self, house):
        ada = await log_in(house)
        change(house, ada, state="cancelled")
        again = await log_in(house)
        principal = await house.sessions.recognize(again.token.reveal())
        assert (again.account.id, principal.limited) == (ada.account.id, True)


class TestLinking:
    async def test_it_is_one_more_way_in(self, open_house):
        house = open_house()
        ada = await register(house)
        await link(house, ada, replace(ADA_THERE, email="other@example.org"))
        assert kinds_of(house, ada) == [STUDIO, "password"]
        assert (await log_in(house)).account.id == ada.account.id
        assert account_of(house, ada).email == ADA
        assert "identity_linked" in actions(house, ada.account.id)

    async def test_linking_it_twice_changes_its_label_alone(self, house):
        ada = await log_in(house)
        await link(house, ada, replace(ADA_THERE, label="lovelace"))
        assert labels_of(house, ada) == {STUDIO: "lovelace"}
        assert count_rows(house, accounts, identities) == (1, 1)

    async def test_a_second_of_the_same_kind_is_refused(self, house):
        ada = await log_in(house)
        for merge in (False, True):
            with pytest.raises(IdentityExistsError):
                await link(house, ada, BEN_THERE, merge)
        await log_in(house, BEN_THERE)
        for merge in (False, True):
            with pytest.raises(IdentityExistsError):
                await link(house, ada, BEN_THERE, merge)
        assert count_rows(house, accounts, identities) == (2, 2)

    async def test_that_of_another_account_is_refused_and_nothing_moves(self, open_house):
        house = open_house()
        other, ada = await log_in(house), await register(house, BEN)
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(IdentityTakenError):
            await link(house, ada)
        assert count_rows(house, *EVERYTHING) == before
        assert (await log_in(house)).account.id == other.account.id

    async def test_unless_the_two_are_to_become_one(self, open_house):
        house = open_house()
        other, ada = await log_in(house), await register(house, BEN)
        await link(house, ada, link_accounts=True)
        assert account_of(house, other) is None
        assert kinds_of(house, ada) == [STUDIO, "password"]
        assert (await log_in(house)).account.id == ada.account.id
        assert account_of(house, ada).role == "owner"
        assert await knows(house, other, ada) == [True, True]
        principal = await house.sessions.recognize(other.token.reveal())
        assert principal.account_id == ada.account.id

    async def test_a_disabled_one_is_not_taken_over(self, house):
        other, ada = await log_in(house), await register(house, BEN)
        change(house, other, state="disabled")
        with pytest.raises(AccountDisabledError):
            await link(house, ada, link_accounts=True)
        assert account_of(house, other) is not None

    async def test_two_with_a_password_each_stay_two(self, house):
        other, ada = await register(house), await register(house, BEN)
        await link(house, other)
        with pytest.raises(PasswordExistsError):
            await link(house, ada, link_accounts=True)
        assert kinds_of(house, other) == [STUDIO, "password"]

    async def test_two_with_a_key_each_stay_two(self, house):
        other, ada = await log_in_with_key(house), await log_in_with_key(house, OTHER_KEY)
        await link(house, other)
        before = count_rows(house, accounts, identities, credentials)
        # Each has the key that it logs in with, so the kinds collide before the keys do.
        with pytest.raises((BothHaveKeysError, IdentityExistsError)):
            await link(house, ada, link_accounts=True)
        assert count_rows(house, accounts, identities, credentials) == before

    @pytest.mark.parametrize("state", ["cancelled", "disabled"])
    async def test_an_account_that_was_left_meanwhile_gets_no_new_way_in(self, house, state):
        ada = await register(house)
        change(house, ada, state=state)
        with pytest.raises(AccountCancelledError):
            await link(house, ada)
        assert kinds_of(house, ada) == ["password"]

    async def test_an_account_that_is_no_more_gets_none_either(self, house):
        ada = await register(house)
        gone = Asking("0" * 32, HERE)
        with pytest.raises(AccountMissingError):
            await house.accounts.external_log_in.link(gone, ADA_THERE)
        assert kinds_of(house, ada) == ["password"]

    async def test_of_two_accounts_that_link_it_at_once_one_has_it(self, open_house):
        houses = [open_house() for _ in range(2)]
        people = [await register(houses[0], email) for email in (ADA, BEN)]
        outcomes = await asyncio.to_thread(
            at_once,
            [
                lambda house=house, who=who: link(house, who)
                for house, who in zip(houses, people, strict=True)
            ],
        )
        assert [type(failure) for failure in failures(outcomes)] == [IdentityTakenError]
        assert count_rows(houses[0], identities) == (3,)

    async def test_what_comes_with_it_is_written_with_it_or_nothing_is(self, house):
        ada = await register(house)

        def fail(*_):
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await link(house, ada, also=fail)
        assert kinds_of(house, ada) == ["password"]


class TestProvingAgain:
    async def test_the_session_gets_a_new_token_and_is_fresh(self, open_house, clock):
        house = open_house()
        ada = await log_in(house)
        clock.advance(minutes=10)
        token = await prove(house, ada)
        assert token.reveal() != ada.token.reveal()
        assert await knows(house, ada) == [False]
        principal = await house.sessions.recognize(token.reveal())
        assert house.accounts.reauthentication.is_fresh(principal.session)
        assert events(house)[-1].action == "reauthenticated"

    @pytest.mark.parametrize("other", [BEN_THERE, NOBODY_THERE, ADA_AT_GITHUB])
    async def test_another_person_proves_nothing(self, house, clock, other):
        ada = await log_in(house)
        await log_in(house, BEN_THERE)
        clock.advance(minutes=10)
        before = count_rows(house, *EVERYTHING)
        with pytest.raises(IdentityOtherError):
            await prove(house, ada, other)
        assert await knows(house, ada) == [True]
        principal = await house.sessions.recognize(ada.token.reveal())
        assert not house.accounts.reauthentication.is_fresh(principal.session)
        assert count_rows(house, *EVERYTHING) == before
