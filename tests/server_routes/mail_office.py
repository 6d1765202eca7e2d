"""A real mail server for the tiny server, and what a person does with the letters it brings."""

from __future__ import annotations

import asyncio
import re
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP
from passport.tests.providers.mail_peers import Inbox

from .passport_server import PassportServer

SENDER = "Studio <comfy@example.org>"
LINK = re.compile(r"^https?://\S+$", re.MULTILINE)
CODE = re.compile(r"^[\w-]{22,43}$", re.MULTILINE)


class MailOffice:
    """Takes letters over SMTP, as the owner's mail server does; `inbox.answers` refuses them."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()

        def make() -> SMTP:
            return SMTP(self.inbox, hostname="mx", loop=loop)

        self._server = await loop.create_server(make, "127.0.0.1", 0)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0.01)  # let go of the connections

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a server that sends its mail here."""
        assert self._server is not None
        return {
            "PASSPORT_SMTP_HOST": "127.0.0.1",
            "PASSPORT_SMTP_PORT": str(self._server.sockets[0].getsockname()[1]),
            "PASSPORT_SMTP_SECURITY": "none",
            "PASSPORT_MAIL_FROM": SENDER,
        }

    async def deliver(self, server: PassportServer) -> list[EmailMessage]:
        """Have the server send what waits, as its background does; return what has come now."""
        before = len(self.inbox.messages)
        await server.services.accounts.outbox.send_due()
        return self.inbox.messages[before:]


def text_of(letter: EmailMessage) -> str:
    """What somebody reads whose program shows plain text."""
    part = letter.get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def find_link(letter: EmailMessage) -> str | None:
    """The link in the letter, or None; both of its bodies have the same."""
    links = LINK.findall(text_of(letter))
    assert len(links) <= 1
    html = letter.get_body(("html",))
    assert html is not None
    assert re.findall(r'href="([^"]+)"', html.get_content()) == links
    return links[0] if links else None


def read_token(letter: EmailMessage) -> str:
    """The one-time token of the letter; the link, if there is one, carries the same."""
    (token,) = CODE.findall(text_of(letter))
    link = find_link(letter)
    assert link is None or link.endswith(f"={token}")
    return token
