"""The mail server or a log-in provider is dead: nobody waits for it, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from passport.tests.faults.test_black_hole import BlackHole
from passport.tests.server_routes.mail_office import MailOffice

ADA = "ada@example.org"
STEP_SECONDS = 0.2
WAIT_SECONDS = 20
"""Far more than is needed, and far less than for ever."""


class Gone:
    """A port at which nobody listens any more."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]

    def close(self) -> None: ...


class Hanging(BlackHole):
    """Takes the connection, and its greeting never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.port = int(self.url.rpartition(":")[2])


class BreaksOff:
    """Takes the connection and closes it in mid-greeting."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                connection.sendall(b"220 mx")
                connection.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(params=[Gone, Hanging, BreaksOff])
def dead(request) -> Iterator[Gone | Hanging | BreaksOff]:
    dead = request.param()
    yield dead
    dead.close()


class TestMail:
    @pytest.fixture
    async def server(self, start_server, dead):
        server = await start_server(
            PASSPORT_SMTP_HOST="127.0.0.1",
            PASSPORT_SMTP_PORT=str(dead.port),
            PASSPORT_SMTP_SECURITY="none",
            PASSPORT_MAIL_FROM="comfy@example.org",
        )
        await server.browser().status()
        mail_server = server.services.accounts.outbox._mail_server
        mail_server.timeout_seconds = STEP_SECONDS
        mail_server.deadline_seconds = 2 * STEP_SECONDS
        return server

    async def test_nobody_waits_for_it_and_every_letter_is_sent_once_it_is_back(self, server, dead):
        outbox = server.services.accounts.outbox
        browser = server.browser()
        assert (await browser.register(ADA)).status == 201
        assert (await browser.post("password-resets", {"email": ADA})).status == 202
        await asyncio.wait_for(outbox.send_due(), WAIT_SECONDS)
        state = outbox.describe()
        assert state.waiting == 2
        assert "mail server" in state.problem
        assert (await browser.get("/unrelated")).status == 200
        assert (await server.browser().log_in_by_mail(ADA)).status == 201

        dead.close()
        office = MailOffice()
        await office.open()
        outbox._mail_server.port = int(office.settings["PASSPORT_SMTP_PORT"])
        server.clock.advance(minutes=15)
        await asyncio.wait_for(outbox.send_due(), WAIT_SECONDS)
        await office.close()
        assert office.inbox.recipients == [ADA, ADA]
        assert outbox.describe().waiting == 0


@pytest.mark.parametrize("path", ["oauth/google/start", "device/github"])
async def test_a_dead_provider_is_named_and_all_other_ways_in_are_open(start_server, dead, path):
    base = f"http://127.0.0.1:{dead.port}"
    server = await start_server(
        PASSPORT_GOOGLE_CLIENT_ID="x",
        PASSPORT_GOOGLE_CLIENT_SECRET="x",
        PASSPORT_GOOGLE_ISSUER=base,
        PASSPORT_GITHUB_CLIENT_ID="x",
        PASSPORT_GITHUB_BASE=base,
        PASSPORT_GITHUB_API_BASE=f"{base}/api",
    )
    browser = server.browser()
    assert (await browser.register(ADA)).status == 201
    server.services.http_client._timeout_seconds = STEP_SECONDS
    answer = await asyncio.wait_for(browser.post(path, {}), WAIT_SECONDS)
    assert (answer.status, answer.code) == (502, "service_unreachable")
    assert (await server.browser().log_in_by_mail(ADA)).status == 201
    assert (await browser.get("/unrelated")).status == 200
    assert server.kept("pending_log_ins") == {"pending_log_ins": []}
