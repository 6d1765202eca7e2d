"""Hands one message to a mail server: connects, encrypts, logs in, and is told it is taken."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from .errors import MailNotSentError
from .smtp_dialog import NOT_SMTP, Deadline, Dialog, Reply

if TYPE_CHECKING:
    from .mail import MailServer
    from .mail_message import Mailbox

AUTHENTICATION_REQUIRED = 530
# RFC 3463. Class and detail of a status; 5.7 is a matter of rights, which the owner can mend.
STATUS = re.compile(rb"[245]\.(\d{1,3})\.\d{1,3}\b")
RIGHTS = b"7"


def deliver(server: MailServer, sender: Mailbox, recipient: Mailbox, content: bytes) -> None:
    """Hand the message over. Raises MailNotSentError."""
    cause = reason = None
    try:
        _Delivery(server).run(sender, recipient, content)
    except MailNotSentError:
        raise
    except (smtplib.SMTPException, OSError) as error:
        cause = _name_cause(error)
        reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
    if cause:  # raised out here, for what was raised in there can show addresses
        raise server.not_sent(cause, reason or "")


class _Delivery:
    """One message on one connection."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._deadline = Deadline(server.deadline_seconds, server.timeout_seconds)

    def run(self, sender: Mailbox, recipient: Mailbox, content: bytes) -> None:
        dialog = Dialog(self._connect(), self._deadline)
        try:
            self._open(dialog)
            self._log_in(dialog)
            self._hand_over(dialog, sender, recipient, content)
            with suppress(smtplib.SMTPException, OSError):  # the letter is theirs already
                dialog.docmd("QUIT")
        finally:
            dialog.connection.close()

    def _connect(self) -> socket.socket:
        problem: OSError | None = None
        for address in _resolve(self._server.host, self._server.port, self._deadline):
            try:
                return socket.create_connection(address, self._deadline.left())
            except OSError as error:  # noqa: PERF203  # few addresses
                problem = error
        raise problem or ConnectionError

    def _open(self, dialog: Dialog) -> None:
        if self._server.security == "tls":
            self._encrypt(dialog)
        self._expect(dialog.getreply(), 220, "refused")
        self._greet(dialog)
        if self._server.security == "starttls":
            if not dialog.has_extn("starttls"):
                raise self._server.not_sent("not_encrypted")
            self._expect(dialog.docmd("STARTTLS"), 220, "tls")
            self._encrypt(dialog)
            self._greet(dialog)

    def _greet(self, dialog: Dialog) -> None:
        reply = dialog.ehlo()
        if reply[0] not in (250, NOT_SMTP):
            reply = dialog.helo()
        self._expect(reply, 250, "refused")

    def _encrypt(self, dialog: Dialog) -> None:
        try:
            dialog.encrypt(self._server.host)
        except (ConnectionError, ssl.SSLEOFError):  # whoever speaks no TLS may just hang up
            raise self._server.not_sent("tls") from None

    def _log_in(self, dialog: Dialog) -> None:
        if not self._server.user:
            return
        if not isinstance(dialog.connection, ssl.SSLSocket) and not _is_loopback(dialog):
            raise self._server.not_sent("not_encrypted")
        offered = dialog.esmtp_features.get("auth", "").upper().split()
        user, password = self._server.user, self._server.password.reveal()
        if "PLAIN" in offered:
            reply = dialog.docmd("AUTH PLAIN", _encode(f"\0{user}\0{password}"))
        elif "LOGIN" in offered:
            reply = dialog.docmd("AUTH LOGIN", _encode(user))
            if reply[0] == 334:  # noqa: PLR2004
                reply = dialog.docmd(_encode(password))
        else:
            raise self._server.not_sent("auth")
        self._expect(reply, 235, "auth")

    def _hand_over(
        self, dialog: Dialog, sender: Mailbox, recipient: Mailbox, content: bytes
    ) -> None:
        options: list[str] = []
        if sender.needs_utf8 or recipient.needs_utf8:
            if not dialog.has_extn("smtputf8"):
                raise self._server.not_sent("address_not_supported", permanent=recipient.needs_utf8)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        self._expect(dialog.mail(sender.address, options), 250, "refused_sender")
        reply = dialog.rcpt(recipient.address)
        if reply[0] != 251:  # noqa: PLR2004  # will forward
            self._expect(reply, 250, "refused_recipient")
        self._expect(self._transmit(dialog, content), 250, "refused")

    @staticmethod
    def _transmit(dialog: Dialog, content: bytes) -> Reply:
        try:
            return dialog.data(content)
        except smtplib.SMTPDataError as error:
            said = error.smtp_error
            return error.smtp_code, said.encode() if isinstance(said, str) else said

    def _expect(self, reply: Reply, code: int, cause: str) -> None:
        if reply[0] == code:
            return
        if reply[0] == NOT_SMTP:
            raise self._server.not_sent("greeting")
        if reply[0] == AUTHENTICATION_REQUIRED:
            cause = "auth"
        status = STATUS.match(reply[1])
        said = f"{reply[0]} {status[0].decode()}" if status else str(reply[0])
        is_a_matter_of_rights = status is not None and status[1] == RIGHTS
        permanent = (
            cause == "refused_recipient" and reply[0] >= 500 and not is_a_matter_of_rights  # noqa: PLR2004
        )
        raise self._server.not_sent(cause, said, permanent)


def _resolve(host: str, port: int, deadline: Deadline) -> list[tuple[str, int]]:
    """Return the addresses behind the name. The system's look-up cannot be told when to stop:
    it is left alone on a thread that nobody waits for.
    """
    found: list[Any] = []

    def look_up() -> None:
        with suppress(OSError, ValueError):  # not even a name: ValueError
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    thread = threading.Thread(target=look_up, daemon=True, name="passport-mail-dns")
    thread.start()
    thread.join(deadline.left())
    if thread.is_alive():
        raise TimeoutError
    if not found:
        raise socket.gaierror
    return [(entry[4][0], entry[4][1]) for entry in found]


def _is_loopback(dialog: Dialog) -> bool:
    return ip_address(dialog.connection.getpeername()[0].partition("%")[0]).is_loopback


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _name_cause(error: BaseException) -> str:
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (TimeoutError, "timeout"),
        (socket.gaierror, "dns"),
        (ssl.SSLEOFError, "connect"),
        (ssl.SSLError, "tls"),
    )
    return next((cause for kind, cause in kinds if isinstance(error, kind)), "connect")
