"""Log-ins under way elsewhere: for the browser that began them, once, and for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from passport.accounts import flows as flows_module
from passport.accounts.errors import TooManyTriesError
from passport.accounts.external_errors import FlowInvalidError
from passport.accounts.flows import Flows, name_flow
from passport.accounts.throttle import FLOW_ALL, FLOW_NETWORK
from passport.providers.errors import FlowExpiredError
from passport.secret import Secret
from passport.storage.tables import pending_log_ins
from passport.tests.backend.people import at_once, failures, successes
from sqlalchemy import select, update

DETAILS = {"code": "canary-of-the-device", "wish": {"purpose": "log_in"}, "number": 7, "no": None}
LIFETIME = timedelta(minutes=10)


@pytest.fixture
def open_flows(open_store, clock):
    """Call it for the flows of one more process, on a store of each kind in turn."""
    return lambda: Flows(open_store(), clock)


@pytest.fixture
def flows(database, clock):
    return Flows(database, clock)


def begin(flows, lifetime=LIFETIME, details=DETAILS):
    flow = flows.plan(lifetime)
    flows.begin(flow, details)
    return flow


def rows(flows):
    with flows._database.reading() as connection:
        return connection.execute(select(pending_log_ins)).all()


class TestTheBrowserThatBeganIt:
    def test_gets_back_what_the_flow_carries(self, open_flows):
        flows = open_flows()
        flow = begin(flows)
        assert flows.look_at(flow.id, flow.secret) == DETAILS
        assert flows.take(flow.id, flow.secret) == DETAILS

    def test_once(self, open_flows):
        flows = open_flows()
        flow = begin(flows)
        flows.take(flow.id, flow.secret)
        for again in (flows.take, flows.look_at):
            with pytest.raises(FlowInvalidError):
                again(flow.id, flow.secret)
        with pytest.raises(FlowInvalidError):
            flows.end(flow.id)

    def test_for_so_long_and_no_longer(self, flows, clock):
        flow = begin(flows)
        clock.now = flow.expires_at - timedelta(microseconds=1)
        assert flows.look_at(flow.id, flow.secret) == DETAILS
        clock.now = flow.expires_at
        for late in (flows.look_at, flows.take):
            with pytest.raises(FlowExpiredError):
                late(flow.id, flow.secret)

    def test_of_many_calls_at_once_one_takes_it(self, open_flows):
        houses = [open_flows() for _ in range(4)]
        flow = begin(houses[0])

        def taking(flows):
            async def act():
                return flows.take(flow.id, flow.secret)

            return act

        outcomes = at_once([taking(flows) for flows in houses])
        assert successes(outcomes) == [DETAILS]
        assert {type(failure) for failure in failures(outcomes)} == {FlowInvalidError}


class TestAnybodyElse:
    @pytest.mark.parametrize("late", [False, True])
    def test_gets_nothing_and_ends_nothing(self, flows, clock, late):
        """Nor is anybody told that it has expired: that it was there at all is not theirs."""
        mine, other = begin(flows), begin(flows)
        if late:
            clock.now = mine.expires_at
        for secret in (None, other.secret, Secret(""), Secret("x" * 64), Secret(mine.id)):
            for ask in (flows.look_at, flows.take):
                with pytest.raises(FlowInvalidError):
                    ask(mine.id, secret)
        clock.now = mine.expires_at - timedelta(seconds=1)
        assert flows.take(mine.id, mine.secret) == DETAILS

    @pytest.mark.parametrize("flow_id", ["", "x", "x" * 10_000, "é", "' OR 1=1 --", "a\0b"])
    def test_finds_no_flow_that_was_never_begun(self, flows, flow_id):
        flow = begin(flows)
        with pytest.raises(FlowInvalidError):
            flows.take(flow_id, flow.secret)

    def test_cannot_pass_one_flow_off_as_another(self, flows):
        """Whoever can write to the store, and has a browser's secret, still gets no other's."""
        mine, other = begin(flows), begin(flows, details={"code": "other"})
        stolen = {row.id_sha256: row.sealed for row in rows(flows)}
        swapped = dict(zip(stolen, reversed(stolen.values()), strict=True))
        with flows._database.transaction() as connection:
            for key, sealed in swapped.items():
                here = pending_log_ins.c.id_sha256 == key
                connection.execute(update(pending_log_ins).where(here).values(sealed=sealed))
        for flow in (mine, other):
            with pytest.raises(FlowInvalidError):
                flows.take(flow.id, flow.secret)


class TestWhatIsKept:
    def test_nothing_of_it_is_in_clear(self, flows):
        flow = begin(flows)
        (row,) = rows(flows)
        kept = b"".join(value for value in row if isinstance(value, bytes)) + repr(row).encode()
        for secret in ("canary", "log_in", flow.id, flow.secret.reveal()):
            assert secret.encode() not in kept

    def test_the_secret_does_not_show(self, flows):
        flow = begin(flows)
        assert flow.secret.reveal() not in f"{flow!r} {flow} {flow.secret!r}"

    def test_no_two_flows_have_anything_in_common(self, flows):
        begun = [begin(flows) for _ in range(20)]
        assert len({flow.id for flow in begun} | {flow.secret.reveal() for flow in begun}) == 40
        assert len({row.sealed for row in rows(flows)}) == 20
        assert len({flow.name for flow in begun}) == 20

    def test_a_cookie_has_no_more_of_the_id_than_a_hash(self, flows):
        flow = begin(flows)
        assert flow.name == name_flow(flow.id)
        assert len(flow.name) == 8
        assert int(flow.name, 16) >= 0

    async def test_what_nobody_came_back_from_is_forgotten(self, house, clock):
        begin(house.accounts.flows, LIFETIME)
        later = begin(house.accounts.flows, LIFETIME * 2)
        clock.advance(minutes=10)
        house.accounts.housekeeping.tidy()
        assert len(rows(house.accounts.flows)) == 1
        assert house.accounts.flows.take(later.id, later.secret) == DETAILS


class TestAskingTheProvider:
    def test_no_sooner_than_its_interval(self, open_flows, clock):
        flows = open_flows()
        flow = begin(flows)
        allowed = []
        for _ in range(12):
            allowed.append(flows.may_poll(flow.id, timedelta(seconds=5)))
            clock.advance(seconds=1)
        assert [second for second, may in enumerate(allowed) if may] == [0, 5, 10]

    def test_slower_from_when_it_asks_for_that(self, open_flows, clock):
        flows = open_flows()
        flow = begin(flows)
        flows.slow_down(flow.id, flow.secret, {"interval": 10}, timedelta(seconds=10))
        assert flows.look_at(flow.id, flow.secret) == {"interval": 10}
        clock.advance(seconds=9)
        assert not flows.may_poll(flow.id, timedelta(seconds=10))
        clock.advance(seconds=1)
        assert flows.may_poll(flow.id, timedelta(seconds=10))

    def test_of_many_at_once_one_asks(self, open_flows):
        houses = [open_flows() for _ in range(4)]
        flow = begin(houses[0])

        def asking(flows):
            async def act():
                return flows.may_poll(flow.id, timedelta(seconds=5))

            return act

        assert sorted(at_once([asking(flows) for flows in houses])) == [False] * 3 + [True]

    def test_a_flow_that_has_ended_is_not_asked_about(self, flows):
        flow = begin(flows)
        flows.end(flow.id)
        assert not flows.may_poll(flow.id, timedelta(seconds=5))
        flows.slow_down(flow.id, flow.secret, DETAILS, timedelta(seconds=5))
        with pytest.raises(FlowInvalidError):
            flows.look_at(flow.id, flow.secret)


class TestThrottle:
    def test_one_network_begins_so_many_and_others_go_on(self, flows, clock):
        for _ in range(FLOW_NETWORK.tries):
            flows.count("203.0.113.7")
        with pytest.raises(TooManyTriesError):
            flows.count("203.0.113.7")
        flows.count("198.51.100.9")
        clock.now += FLOW_NETWORK.period
        flows.count("203.0.113.7")

    def test_all_networks_together_begin_so_many(self, flows, monkeypatch):
        monkeypatch.setattr(flows_module, "FLOW_ALL", replace(FLOW_ALL, tries=3))
        for number in range(3):
            flows.count(f"198.51.100.{number}")
        with pytest.raises(TooManyTriesError):
            flows.count("203.0.113.7")
