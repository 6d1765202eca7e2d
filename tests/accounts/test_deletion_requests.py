"""Asking for deletion without being able to log in; the owner decides."""

from __future__ import annotations

import json

import pytest
from passport.accounts.errors import (
    DeletionRequestMissingError,
    LastOwnerError,
    TooManyTriesError,
)
from passport.accounts.merging import Asking
from passport.accounts.throttle import DELETION_ADDRESS, DELETION_NETWORK
from passport.audit.clients import Client
from passport.storage.tables import accounts, deletion_requests, throttles
from passport.tests.backend.comfy_in_memory import KEY
from passport.tests.backend.fixtures import HERE, SERVER_NAME
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    THERE,
    account_of,
    actions,
    at_once,
    change,
    count_rows,
    events,
    failures,
    log_in_with_key,
    make_key,
    register,
    successes,
)


@pytest.fixture
async def owner(house):
    return await register(house, BEN)


@pytest.fixture
async def ada(house, owner):
    return await register(house, ADA)


def ask(house, email=ADA, server_name=SERVER_NAME, last_four="", client=THERE):
    return house.accounts.deletion_requests.ask(email, server_name, last_four, client)


def waiting(house):
    return house.accounts.deletion_requests.list()


def end_of(key):
    return key.reveal()[-4:]


class TestAsking:
    async def test_it_waits_for_the_owner_with_who_and_from_where(self, house, ada, clock):
        ask(house)
        ((request, account),) = waiting(house)
        assert account == account_of(house, ada)
        assert (request.account_id, request.created_at) == (ada.account.id, clock())
        assert (request.address, request.user_agent) == (THERE.address, THERE.user_agent)
        assert not request.proved
        assert account.state == "active", "nothing has happened yet"

    @pytest.mark.parametrize("email", [EVE, "no address", "", f"{ADA}\0", "x" * 10_000])
    async def test_an_address_that_nobody_has_looks_the_same_from_outside(self, house, ada, email):
        before, counted = len(events(house)), count_rows(house, throttles)[0]
        assert ask(house, ADA) is None
        known = events(house)[before:]
        spent = count_rows(house, throttles)[0] - counted
        assert ask(house, email, client=Client("192.0.2.1", "curl/8.0")) is None
        unknown = events(house)[before + len(known) :]
        assert [event.action for event in known] == [event.action for event in unknown]
        assert [event.details for event in known] == [event.details for event in unknown]
        assert count_rows(house, throttles)[0] - counted == 2 * spent
        assert unknown[0].account_id is None
        assert len(waiting(house)) == 1

    async def test_for_an_account_that_logs_in_by_key_nobody_asks_by_mail(self, house, owner):
        """Its address is what another service says, and proves nothing here."""
        await log_in_with_key(house)
        ask(house, "ada@example.org", last_four=KEY[-4:])
        assert waiting(house) == []

    async def test_several_addresses_spelled_alike_are_one(self, house, ada):
        ask(house, " ADA@EXAMPLE.ORG ")
        assert len(waiting(house)) == 1

    async def test_asking_again_takes_the_place_of_what_was_asked(self, house, ada, clock):
        ask(house)
        clock.advance(hours=1)
        ask(house, client=HERE)
        ((request, _),) = waiting(house)
        assert (request.created_at, request.address) == (clock(), HERE.address)

    async def test_advisory_what_a_stranger_asks_does_not_displace_what_was_proved(
        self, house, ada
    ):
        _, key = make_key(house, ada)
        ask(house, last_four=end_of(key), client=HERE)
        ask(house, last_four="none", client=THERE)
        assert [request.proved for request, _ in waiting(house)] == [True, False]
        ask(house, last_four=end_of(key), client=HERE)
        assert [request.proved for request, _ in waiting(house)] == [True]

    async def test_it_is_throttled_for_an_address_and_for_a_network(self, house, ada):
        for number in range(DELETION_ADDRESS.tries):
            ask(house, client=Client(f"192.0.{number}.1", "x"))
        with pytest.raises(TooManyTriesError):
            ask(house, client=Client("198.51.100.1", "x"))
        for number in range(DELETION_NETWORK.tries):
            ask(house, f"{number}@example.org", client=Client(f"203.0.113.{number}", "x"))
        with pytest.raises(TooManyTriesError):
            ask(house, EVE, client=Client("203.0.113.99", "x"))

    async def test_a_refused_try_leaves_nothing(self, house, ada):
        for _ in range(DELETION_NETWORK.tries):
            ask(house, EVE)
        before = len(events(house))
        with pytest.raises(TooManyTriesError):
            ask(house)
        assert (waiting(house), len(events(house))) == ([], before)


class TestProving:
    @pytest.fixture
    async def ends(self, house, ada):
        """The ends of all that an account has: two keys of ours, one of which was rotated."""
        await house.accounts.linked_key.replace(Asking(ada.account.id, HERE), KEY, False)
        return [end_of(make_key(house, ada, name)[1]) for name in "ab"] + [KEY[-4:]]

    def is_proved(self, house, *arguments):
        ask(house, ADA, *arguments)
        return any(request.proved for request, _ in waiting(house))

    @pytest.mark.parametrize("which", [0, 1, 2])
    @pytest.mark.parametrize("name", [SERVER_NAME, f"  {SERVER_NAME.upper()} "])
    async def test_the_servers_name_and_the_end_of_any_of_the_keys_do(
        self, house, ends, which, name
    ):
        assert self.is_proved(house, name, f" {ends[which]} ")

    @pytest.mark.parametrize("name", ["", "another", SERVER_NAME[:-1], f"{SERVER_NAME}x", "ſerver"])
    async def test_without_the_servers_name_they_do_not(self, house, ends, name):
        assert not self.is_proved(house, name, ends[0])

    @pytest.mark.parametrize("change", [str.swapcase, lambda end: end[:3], lambda end: end + "x"])
    async def test_nor_does_the_name_with_another_end(self, house, ends, change):
        wrong = change(ends[2])
        assert not self.is_proved(house, SERVER_NAME, wrong)

    @pytest.mark.parametrize("wrong", ["", "    ", "…", "cpp_", "\0" * 4, "ÄÖÜß", "x" * 100_000])
    async def test_nor_do_four_characters_that_anybody_could_say(self, house, ends, wrong):
        assert not self.is_proved(house, SERVER_NAME, wrong)

    async def test_of_an_account_without_any_key_nothing_is_proved(self, house, ada):
        for wrong in ("", "…", "None"):
            assert not self.is_proved(house, SERVER_NAME, wrong)

    async def test_anothers_key_proves_nothing(self, house, ada, owner):
        _, key = make_key(house, owner)
        assert not self.is_proved(house, SERVER_NAME, end_of(key))

    async def test_whether_it_was_proved_is_written_down_and_not_what_was_said(self, house, ends):
        self.is_proved(house, SERVER_NAME, ends[0])
        event = events(house)[-1]
        assert (event.action, json.loads(event.details)) == (
            "deletion_requested",
            {"proved": True},
        )


class TestDeciding:
    @pytest.fixture
    def request_id(self, house, ada):
        ask(house)
        return waiting(house)[0][0].id

    async def test_granting_deletes_the_account(self, house, ada, request_id):
        receipt = house.accounts.deletion_requests.grant(request_id, "owner", HERE)
        assert receipt.number
        assert account_of(house, ada) is None
        assert count_rows(house, accounts, deletion_requests) == (1, 0)
        assert actions(house)[-1] == "account_deleted"

    async def test_refusing_leaves_it_as_it_is(self, house, ada, owner, request_id):
        house.accounts.deletion_requests.refuse(request_id, owner.account.id, HERE)
        assert waiting(house) == []
        assert account_of(house, ada) == ada.account
        event = events(house)[-1]
        assert (event.action, event.account_id) == ("deletion_refused", ada.account.id)
        assert json.loads(event.details) == {"by": owner.account.id}

    async def test_what_was_answered_cannot_be_answered_again(self, house, ada, request_id):
        house.accounts.deletion_requests.refuse(request_id, None, HERE)
        for act in (
            lambda: house.accounts.deletion_requests.refuse(request_id, None, HERE),
            lambda: house.accounts.deletion_requests.grant(request_id, "owner", HERE),
            lambda: house.accounts.deletion_requests.grant("never there", "owner", HERE),
        ):
            with pytest.raises(DeletionRequestMissingError):
                act()
        assert account_of(house, ada)

    async def test_whoever_leaves_takes_the_request_along(self, house, ada, request_id):
        house.accounts.leaving.delete(ada.account.id, HERE)
        assert waiting(house) == []
        with pytest.raises(DeletionRequestMissingError):
            house.accounts.deletion_requests.grant(request_id, "owner", HERE)

    async def test_the_only_owner_is_not_deleted_in_this_way(self, house, ada, owner):
        ask(house, BEN)
        ((request, _),) = waiting(house)
        with pytest.raises(LastOwnerError):
            house.accounts.deletion_requests.grant(request.id, "owner", HERE)
        assert account_of(house, owner)
        assert len(waiting(house)) == 1

    async def test_a_cancelled_or_disabled_account_can_go_so_too(self, house, ada):
        change(house, ada, state="disabled")
        ask(house)
        ((request, _),) = waiting(house)
        assert house.accounts.deletion_requests.grant(request.id, "owner", HERE)

    def test_of_two_grants_at_once_one_deletes_in_any_store(self, open_house):
        houses = [open_house(), open_house()]
        for email in (BEN, ADA):
            at_once([lambda email=email: register(houses[0], email)])
        ask(houses[0])
        ((request, _),) = waiting(houses[0])

        def granting(house):
            async def act():
                return house.accounts.deletion_requests.grant(request.id, "owner", HERE)

            return act

        outcomes = at_once([granting(house) for house in houses * 2])
        assert len(successes(outcomes)) == 1
        assert {each.code for each in failures(outcomes)} <= {
            "deletion_request_missing",
            "account_missing",
        }
        assert count_rows(houses[0], accounts) == (1,)
