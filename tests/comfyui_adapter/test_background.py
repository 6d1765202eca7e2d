"""What goes on while the server is up: the set-up code on the terminal, mail, tidying."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import io
import sys

import pytest
from passport.comfyui import background
from passport.comfyui.background import Background, announce_set_up_code
from passport.dev.practice import PRACTICE_KEY
from passport.network.host_facts import HostFacts
from passport.storage.failures import unreachable


@pytest.fixture
def terminal(monkeypatch) -> io.StringIO:
    """What stands on the terminal, whatever ComfyUI has put in front of stderr."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", stream)
    return stream


@pytest.fixture
def caught_output(caplog, capsys):
    """`caught_output()`: what logs and prints said, which ComfyUI shows at /internal/logs."""
    caplog.set_level("DEBUG")

    def read():
        captured = capsys.readouterr()
        return caplog.text + captured.out + captured.err

    return read


def listening(services, listen: str):
    return dataclasses.replace(services, host_facts=lambda: HostFacts(listen=listen))


def code_of(server) -> str:
    return server.services.accounts.admission.set_up_code.text.reveal()


class TestTheSetUpCode:
    @pytest.mark.parametrize(
        "listen",
        ["0.0.0.0", "0.0.0.0,::", "::", "192.168.1.20", "127.0.0.1,192.168.1.20", "127.0.0.1, ::"],
    )
    async def test_it_stands_on_the_terminal_of_a_server_that_others_reach(
        self, server, browser, terminal, caught_output, listen
    ):
        await browser.status()
        announce_set_up_code(listening(server.services, listen))
        assert terminal.getvalue().count(code_of(server)) == 1
        assert code_of(server) not in caught_output()

    @pytest.mark.parametrize("listen", ["127.0.0.1", "localhost", "::1", "127.0.0.1,::1"])
    async def test_not_where_this_machine_alone_is_served(self, server, browser, terminal, listen):
        await browser.status()
        announce_set_up_code(listening(server.services, listen))
        assert terminal.getvalue() == ""

    @pytest.mark.parametrize(
        "settings",
        [{"PASSPORT_ALLOWED_HOSTS": "studio.example"}, {"PASSPORT_TRUSTED_PROXIES": "127.0.0.1"}],
        ids=str,
    )
    async def test_but_behind_a_proxy_others_do(self, start_server, terminal, settings):
        server = await start_server(**settings)
        await server.browser().status()
        announce_set_up_code(listening(server.services, "127.0.0.1"))
        assert code_of(server) in terminal.getvalue()

    async def test_not_when_the_server_has_an_owner(self, server, browser, terminal):
        await browser.register("olga@example.org")
        announce_set_up_code(listening(server.services, "0.0.0.0"))
        assert terminal.getvalue() == ""

    async def test_an_account_without_an_owner_does_not_hide_it(self, server, browser, terminal):
        far = {"Host": "192.168.1.20"}
        body = {"api_key": PRACTICE_KEY, "accept_insecure": True}
        assert (await browser.post("session/api-key", body, headers=far)).status == 201
        announce_set_up_code(listening(server.services, "0.0.0.0"))
        assert code_of(server) in terminal.getvalue()

    async def test_a_server_without_a_terminal_says_nothing(self, server, browser, monkeypatch):
        await browser.status()
        monkeypatch.setattr(sys, "__stderr__", None)
        announce_set_up_code(listening(server.services, "0.0.0.0"))

    async def test_it_is_hard_to_guess_and_easy_to_type(self, server, browser):
        await browser.status()
        groups = code_of(server).split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert not set("".join(groups)) & set("01OILU")
        assert code_of(server) not in repr(server.services.accounts.admission.set_up_code)
        assert code_of(server) not in repr(server.services)


class TestBackground:
    @pytest.fixture
    async def work(self, server, monkeypatch):
        """Started as ComfyUI starts it, on an app that is about to serve."""
        monkeypatch.setattr(background, "RECHECK_SECONDS", 0.05)
        monkeypatch.setattr(background, "HOUSEKEEPING_SECONDS", 0.05)
        monkeypatch.setattr(background, "RETRY_SECONDS", 0.05)
        started = Background(server.composition, server.live_sockets)
        yield started
        for task in started._tasks:
            task.cancel()
        await asyncio.gather(*started._tasks, return_exceptions=True)

    async def until(self, is_so) -> bool:
        for _ in range(100):
            if is_so():
                return True
            await asyncio.sleep(0.02)
        return False

    async def test_it_builds_the_services_without_waiting_for_a_request(self, server, work):
        await work.start(None)
        assert await self.until(lambda: server.composition.services is not None)

    async def test_it_waits_for_a_store_that_is_not_ready(self, server, work):
        build = server.composition._build
        server.composition._build = lambda: 1 / 0
        await work.start(None)
        await asyncio.sleep(0.2)
        server.composition._build = build
        server.clock.advance(seconds=6)
        assert await self.until(lambda: server.composition.services is not None)

    async def test_letters_leave(self, mailing, mail_office):
        work = Background(mailing.composition, mailing.live_sockets)
        await work.start(None)
        await mailing.browser().register("ada@example.org")
        assert await self.until(lambda: mail_office.inbox.messages)
        for task in work._tasks:
            task.cancel()
        await asyncio.gather(*work._tasks, return_exceptions=True)

    async def test_what_has_expired_goes(self, server, browser, work):
        await browser.register("ada@example.org")
        server.clock.advance(days=400)
        await work.start(None)
        assert await self.until(lambda: not server.kept("sessions")["sessions"])
        assert await self.until(lambda: not server.happened())

    @pytest.mark.asvs("16.5.4")
    async def test_a_fault_ends_neither_mail_nor_tidying(
        self, server, browser, work, monkeypatch, caplog
    ):
        await browser.register("ada@example.org")
        tidied = []

        def tidy():
            tidied.append(1)
            raise RuntimeError("no matter")

        monkeypatch.setattr(server.services.accounts.housekeeping, "tidy", tidy)
        await work.start(None)
        assert await self.until(lambda: len(tidied) > 2)
        assert "tidy failed: RuntimeError" in caplog.text
        assert all(not task.done() for task in work._tasks)

    async def test_what_other_machines_change_is_heard_of(self, server, browser, work):
        await browser.register("ada@example.org")
        freshness = server.services.accounts.change_feed._freshness
        await work.start(None)
        assert await self.until(lambda: freshness.confirmed_at == server.clock())
        server.clock.advance(seconds=1)
        assert await self.until(lambda: freshness.confirmed_at == server.clock()), "on and on"

    async def test_a_store_that_goes_away_right_at_the_start_ends_nothing(
        self, server, browser, work, monkeypatch
    ):
        await browser.register("ada@example.org")

        def fail(_):
            raise unreachable()

        monkeypatch.setattr(background, "announce_set_up_code", fail)
        freshness = server.services.accounts.change_feed._freshness
        await work.start(None)
        assert await self.until(lambda: freshness.confirmed_at == server.clock())

    async def test_refused_calls_are_written_down_in_a_while(
        self, server, browser, work, monkeypatch
    ):
        monkeypatch.setattr(background, "WRITE_REFUSALS_SECONDS", 0.05)
        await work.start(None)
        await browser.post("accounts", {}, headers={"X-Passport": None})
        assert await self.until(lambda: server.happened() == ["calls_refused"])

    async def test_or_when_the_process_ends(self, server, browser, work, monkeypatch):
        last = []
        monkeypatch.setattr(atexit, "register", lambda *call: last.append(call))
        await work.start(None)
        await browser.post("accounts", {}, headers={"X-Passport": None})
        assert await self.until(lambda: last)
        ((write, services),) = last
        write(services)
        assert server.happened() == ["calls_refused"]
