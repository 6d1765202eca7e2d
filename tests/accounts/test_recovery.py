"""Getting in again without the password, and what whoever had it before has left to them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from passport.accounts.errors import (
    AccountMissingError,
    EmailInvalidError,
    EmailMissingError,
    EmailOrPasswordWrongError,
    MailNotSetUpError,
    PasswordUnacceptableError,
    TokenInvalidError,
    TooManyTriesError,
)
from passport.accounts.merging import Asking
from passport.accounts.throttle import RESET_ADDRESS, TOKEN_NETWORK
from passport.accounts.tokens import LIFETIMES, PASSWORD_RESET, VERIFY_EMAIL
from passport.storage.tables import metadata, passwords
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import FROM_AFAR, HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    account_of,
    actions,
    at_once,
    change,
    count_rows,
    events,
    failures,
    knows,
    log_in,
    log_in_with_key,
    register,
    successes,
)
from passport.tests.backend.post_office import PostOffice, read_link, read_token
from passport.vault.binding import Binding
from passport.vault.errors import CredentialMissingError
from passport.vault.machine_credential import MachineCredential
from sqlalchemy import select

BASE = "https://comfy.example.org"


async def ask(house, email=ADA, client=THERE):
    """Ask for a reset; return the letters that leave."""
    house.accounts.recovery.request(email, client, BASE)
    return await house.deliver()


async def token_by_mail(house, email=ADA):
    (letter,) = await ask(house, email)
    return read_token(letter)


async def reset(house, token, password=OTHER_PASSWORD, client=THERE):
    await house.accounts.recovery.confirm(token, password, client)


async def registered(house, email=ADA, **more):
    signed_in = await register(house, email, **more)
    house.verification_letters = await house.deliver()
    return signed_in


def verify(house, signed_in, clock):
    change(house, signed_in, email_verified_at=clock())


class TestAskingForALink:
    async def test_what_is_written_is_the_same_whether_there_is_such_an_account(self, mailing):
        """Threat 12."""
        await registered(mailing)
        mailing.accounts.recovery.request("somebody@example.org", THERE, BASE)
        rows = {}
        for email in (ADA, "nobody@example.org"):
            before = snapshot(mailing)
            mailing.accounts.recovery.request(email, THERE, BASE)
            after = snapshot(mailing)
            rows[email] = [
                (table, [without(row, "id", "recipient", "key_sha256") for row in after[table][n:]])
                for table, n in ((name, len(before[name])) for name in sorted(before))
            ]
        known, unknown = rows.values()
        assert known == unknown
        assert any(new for _, new in known)

    async def test_no_letter_leaves_for_an_address_without_an_account(self, mailing):
        await registered(mailing)
        assert await ask(mailing, "nobody@example.org") == []
        assert len(await ask(mailing)) == 1

    @pytest.mark.parametrize(
        "typed", ["ADA@Example.org", " ada@example.org\n", "ａｄａ@example.org", "ada@example。org"]
    )
    async def test_advisory_the_letter_goes_to_the_address_that_the_account_has(
        self, mailing, typed
    ):
        """Never to what somebody typed, which may be another mailbox."""
        await registered(mailing)
        (letter,) = await ask(mailing, typed)
        assert letter.recipient == ADA

    @pytest.mark.parametrize(
        "look_alike", ["\u0430da@example.org", "ada@ex\u0430mple.org", "\u03b1da@example.org"]
    )
    async def test_advisory_a_look_alike_is_nobodys_address(self, mailing, look_alike):
        await registered(mailing)
        assert await ask(mailing, look_alike) == []

    async def test_the_link_leads_here_and_holds_the_token_where_no_log_has_it(self, mailing):
        await registered(mailing)
        (letter,) = await ask(mailing)
        assert read_link(letter) == f"{BASE}/#passport-reset={read_token(letter)}"

    async def test_a_newer_letter_voids_the_link_of_the_one_before(self, mailing):
        await registered(mailing)
        first, second = await token_by_mail(mailing), await token_by_mail(mailing)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, first)
        await reset(mailing, second)

    async def test_one_address_is_written_to_so_often_whether_it_is_known_or_not(
        self, mailing, clock
    ):
        await registered(mailing)
        waits = {}
        for email in (ADA, "nobody@example.org"):
            for _ in range(RESET_ADDRESS.tries):
                await ask(mailing, email)
            with pytest.raises(TooManyTriesError) as refused:
                await ask(mailing, email.upper())
            waits[email] = refused.value.retry_after_seconds
        assert set(waits.values()) == {RESET_ADDRESS.period.total_seconds()}
        await registered(mailing, BEN, application=FROM_AFAR)
        assert await ask(mailing, BEN), "the others are not kept from it"

    async def test_a_text_that_is_no_address_is_refused(self, mailing):
        with pytest.raises(EmailInvalidError):
            mailing.accounts.recovery.request("ada", THERE, BASE)
        assert actions(mailing) == []

    async def test_without_mail_it_says_who_can_help(self, house):
        with pytest.raises(MailNotSetUpError, match="owner can make one"):
            house.accounts.recovery.request(ADA, THERE, BASE)

    async def test_an_account_that_is_disabled_gets_no_letter(self, mailing):
        change(mailing, await registered(mailing), state="disabled")
        assert await ask(mailing) == []


def snapshot(house):
    with house.database.reading() as connection:
        return {
            table.name: [row._asdict() for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


class TestSettingThePassword:
    async def test_the_new_one_logs_in_and_the_old_one_does_not(self, mailing):
        ada = await registered(mailing)
        await reset(mailing, await token_by_mail(mailing))
        with pytest.raises(EmailOrPasswordWrongError):
            await log_in(mailing)
        assert (await log_in(mailing, password=OTHER_PASSWORD)).account.id == ada.account.id

    @pytest.mark.asvs("6.4.3")
    async def test_every_session_ends_at_once_and_those_of_others_stay(self, mailing):
        ada, elsewhere = await registered(mailing), await log_in(mailing)
        ben = await registered(mailing, BEN, application=FROM_AFAR)
        assert await knows(mailing, ada, elsewhere, ben) == [True, True, True]
        await reset(mailing, await token_by_mail(mailing))
        assert await knows(mailing, ada, elsewhere, ben) == [False, False, True]

    async def test_every_other_link_is_void(self, mailing):
        ada = await registered(mailing)
        verification = read_token(mailing.verification_letters[0])
        by_owner = mailing.accounts.recovery.make(ada.account.id, None, HERE).token.reveal()
        await reset(mailing, by_owner)
        with pytest.raises(TokenInvalidError):
            mailing.accounts.verification.confirm(verification, HERE)

    @pytest.mark.asvs("6.3.7")
    async def test_its_owner_is_told_how_and_from_where(self, mailing):
        await registered(mailing)
        await reset(mailing, await token_by_mail(mailing))
        (letter,) = await mailing.deliver()
        assert letter.recipient == ADA
        assert "password" in letter.subject.lower()
        assert THERE.address in letter.text
        assert "curl" in letter.text

    async def test_it_is_written_down(self, mailing):
        ada = await registered(mailing)
        await reset(mailing, await token_by_mail(mailing))
        assert [(e.action, e.account_id) for e in events(mailing)][-2:] == [
            ("password_reset_requested", None),
            ("password_reset", ada.account.id),
        ]

    async def test_a_password_that_is_refused_leaves_the_link_good(self, mailing):
        await registered(mailing)
        token = await token_by_mail(mailing)
        for bad in ("short", "password1234", f"{ADA} and more", "x" * 129):
            with pytest.raises(PasswordUnacceptableError):
                await reset(mailing, token, bad)
        await reset(mailing, token)

    @pytest.mark.asvs("6.4.3")
    async def test_a_link_is_good_once(self, mailing):
        await registered(mailing)
        token = await token_by_mail(mailing)
        await reset(mailing, token)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, token, PASSWORD)

    @pytest.mark.asvs("6.4.3")
    async def test_a_link_is_good_for_an_hour(self, mailing, clock):
        await registered(mailing)
        token = await token_by_mail(mailing)
        clock.now += LIFETIMES[PASSWORD_RESET]
        with pytest.raises(TokenInvalidError):
            await reset(mailing, token)
        clock.advance(seconds=-0.001)
        await reset(mailing, token)

    @pytest.mark.asvs("2.3.1")
    async def test_a_link_for_another_purpose_sets_no_password(self, mailing):
        await registered(mailing)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, read_token(mailing.verification_letters[0]))

    @pytest.mark.parametrize("token", ["", "x", "A" * 43, "\u2603" * 43, "' OR 1=1 --"])
    async def test_a_text_that_is_no_token_is_refused(self, mailing, token):
        await registered(mailing)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, token)

    @pytest.mark.asvs("6.6.3")
    async def test_advisory_wrong_tokens_are_counted_and_slowed_down(self, house):
        for _ in range(TOKEN_NETWORK.tries):
            with pytest.raises(TokenInvalidError):
                await reset(house, "A" * 43)
        with pytest.raises(TooManyTriesError):
            await reset(house, "A" * 43)

    async def test_a_link_is_void_once_the_password_was_changed(self, mailing, clock):
        ada = await registered(mailing)
        token = await token_by_mail(mailing)
        await mailing.accounts.profile.change_password(ada.session, PASSWORD, OTHER_PASSWORD, HERE)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, token, "a third one entirely")

    async def test_a_link_is_void_under_another_stamp(self, mailing):
        await registered(mailing)
        token = await token_by_mail(mailing)
        with mailing.database.transaction() as connection:
            connection.execute(passwords.update().values(stamp="0" * 32))
        with pytest.raises(TokenInvalidError, match="was changed since"):
            await reset(mailing, token)

    async def test_a_link_is_void_when_the_password_is_changed_while_it_is_used(self, mailing):
        ada = await registered(mailing)
        token = await token_by_mail(mailing)
        make, begun = mailing.accounts.new_passwords.make, []

        async def make_and_be_overtaken(password, *about):
            made = await make(password, *about)
            if not begun:
                begun.append(1)
                await mailing.accounts.profile.change_password(
                    ada.session, PASSWORD, OTHER_PASSWORD, HERE
                )
            return made

        mailing.accounts.recovery._new_passwords = type(
            "Overtaken", (), {"make": staticmethod(make_and_be_overtaken)}
        )
        with pytest.raises(TokenInvalidError):
            await reset(mailing, token, "a third one entirely")
        assert await log_in(mailing, password=OTHER_PASSWORD)

    def test_of_many_at_once_one_succeeds_in_any_store(self, open_house):
        houses = [open_house(PostOffice()) for _ in range(4)]
        asyncio.run(registered(houses[0]))
        token = asyncio.run(token_by_mail(houses[0]))
        numbers = range(64)
        outcomes = at_once(
            [
                lambda n=number: reset(houses[n % 4], token, f"{OTHER_PASSWORD} {n}")
                for number in numbers
            ]
        )
        assert len(successes(outcomes)) == 1
        lost = {type(each).__name__ for each in failures(outcomes)}
        assert lost <= {"TokenInvalidError", "TooManyTriesError", "ServerBusyError"}
        winner = next(n for n in numbers if outcomes[n] is None)
        assert asyncio.run(log_in(houses[1], password=f"{OTHER_PASSWORD} {winner}"))
        assert actions(houses[0]).count("password_reset") == 1


class TestWhoeverHadThePasswordBefore:
    """Somebody may have registered under another person's address, to wait for them."""

    async def hijack(self, house):
        """Register under Ada's address, and keep a way in."""
        eve = await registered(house)
        await house.accounts.linked_key.replace(Asking(eve.account.id, HERE), KEY, False)
        return eve

    async def test_advisory_a_link_to_an_unproved_address_ends_the_ways_in_of_before(
        self, mailing, clock
    ):
        eve = await self.hijack(mailing)
        binding = Binding(
            mailing.credentials, mailing.node_packs, MachineCredential({}), "", frozenset(), clock
        )
        claim = binding.claim(eve.account.id, False, {})
        await reset(mailing, await token_by_mail(mailing))
        account = account_of(mailing, eve)
        assert account.email_verified_at == clock(), "whoever used the link reads its mail"
        assert mailing.credentials.list(eve.account.id) == []
        with pytest.raises(CredentialMissingError):
            binding.resolve(claim, set())
        assert await knows(mailing, eve) == [False]
        assert (await log_in_with_key(mailing, KEY, FROM_AFAR)).account.id != eve.account.id

    async def test_a_proved_address_keeps_its_other_ways_in(self, mailing, clock):
        ada = await self.hijack(mailing)
        verify(mailing, ada, clock)
        await reset(mailing, await token_by_mail(mailing))
        assert mailing.credentials.list(ada.account.id)
        assert (await log_in_with_key(mailing, KEY)).account.id == ada.account.id

    async def test_a_link_made_by_the_owner_proves_no_address_and_keeps_them_too(self, mailing):
        ada = await self.hijack(mailing)
        made = mailing.accounts.recovery.make(ada.account.id, None, HERE)
        await reset(mailing, made.token.reveal())
        assert account_of(mailing, ada).email_verified_at is None
        assert (await log_in_with_key(mailing, KEY)).account.id == ada.account.id

    async def test_advisory_a_letter_that_waits_moves_the_account_nowhere_after_a_reset(
        self, mailing, post_office
    ):
        """Who runs the mail server of an address can have its letters wait for two days, and a
        link is made as the letter leaves: under the password of then.
        """
        eve = await registered(mailing)
        post_office.put_off()
        await mailing.accounts.verification.change_email(eve.account.id, EVE, PASSWORD, HERE, BASE)
        assert await mailing.deliver() == []
        post_office.problem = None
        await reset(mailing, await token_by_mail(mailing))
        assert account_of(mailing, eve).pending_email is None
        mailing.accounts.admission._clock.advance(hours=1)
        assert EVE not in [letter.recipient for letter in await mailing.deliver()]

    async def test_advisory_nor_after_a_change_of_the_password(self, mailing, post_office, clock):
        ada = await registered(mailing)
        post_office.put_off()
        await mailing.accounts.verification.change_email(ada.account.id, EVE, PASSWORD, HERE, BASE)
        await mailing.deliver()
        post_office.problem = None
        await mailing.accounts.profile.change_password(ada.session, PASSWORD, OTHER_PASSWORD, HERE)
        clock.advance(hours=1)
        assert EVE not in [letter.recipient for letter in await mailing.deliver()]

    async def test_advisory_a_link_to_the_old_address_is_void_once_the_account_has_moved(
        self, mailing
    ):
        ada = await registered(mailing)
        await mailing.accounts.verification.change_email(ada.account.id, BEN, PASSWORD, HERE, BASE)
        (moving,) = await mailing.deliver()
        old = await token_by_mail(mailing)
        mailing.accounts.verification.confirm(read_token(moving), HERE)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, old)


class TestALinkMadeByTheOwner:
    async def test_it_says_until_when_it_is_good_and_who_made_it(self, house, clock):
        owner = await register(house)
        ben = await register(house, BEN, application=FROM_AFAR)
        made = house.accounts.recovery.make(ben.account.id, owner.account.id, HERE)
        assert made.account.id == ben.account.id
        assert made.expires_at == clock() + timedelta(hours=1)
        assert made.token.reveal() not in repr(made)
        assert events(house)[-1].action == "password_reset_made"
        assert owner.account.id in events(house)[-1].details
        await reset(house, made.token.reveal())
        assert await log_in(house, BEN, OTHER_PASSWORD)

    async def test_a_newer_one_voids_the_one_before(self, house):
        ada = await register(house)
        first, second = (
            house.accounts.recovery.make(ada.account.id, None, HERE).token.reveal()
            for _ in range(2)
        )
        with pytest.raises(TokenInvalidError):
            await reset(house, first)
        await reset(house, second)

    async def test_there_is_none_for_nobody_and_none_for_an_account_without_a_password(self, house):
        keyed = await log_in_with_key(house, OTHER_KEY)
        with pytest.raises(AccountMissingError):
            house.accounts.recovery.make("nobody", None, HERE)
        with pytest.raises(EmailMissingError, match="API key alone"):
            house.accounts.recovery.make(keyed.account.id, None, HERE)

    async def test_a_link_of_an_account_that_has_gone_is_good_for_nothing(self, house):
        ada = await register(house)
        token = house.accounts.recovery.make(ada.account.id, None, HERE).token.reveal()
        with house.database.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM accounts")
        with pytest.raises(TokenInvalidError):
            await reset(house, token)
        assert count_rows(house, metadata.tables["one_time_tokens"]) == (0,)


class TestSettingItOnTheMachine:
    async def test_it_needs_no_link_and_ends_all_sessions(self, mailing):
        ada = await registered(mailing)
        token = await token_by_mail(mailing)
        await mailing.accounts.recovery.set_password(ada.account, OTHER_PASSWORD, HERE)
        assert await knows(mailing, ada) == [False]
        assert await log_in(mailing, password=OTHER_PASSWORD)
        with pytest.raises(TokenInvalidError):
            await reset(mailing, token, PASSWORD)
        assert [letter.recipient for letter in await mailing.deliver()] == [ADA]

    async def test_not_for_an_account_without_a_password_and_not_to_a_bad_one(self, house):
        keyed, ada = await log_in_with_key(house), await register(house)
        with pytest.raises(EmailMissingError):
            await house.accounts.recovery.set_password(keyed.account, OTHER_PASSWORD, HERE)
        with pytest.raises(PasswordUnacceptableError):
            await house.accounts.recovery.set_password(ada.account, "password1234", HERE)


def test_the_purposes_have_the_lifetimes_that_their_letters_tell():
    assert LIFETIMES[PASSWORD_RESET] == timedelta(hours=1)
    assert LIFETIMES[VERIFY_EMAIL] == timedelta(hours=24)
