"""Letters, and the owner's mail server that takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..clock import Clock, utc_now
from ..errors import SettingsError
from ..secret import Secret
from .errors import MailNotSentError

if TYPE_CHECKING:
    from .mail_message import Mailbox

TIMEOUT_SECONDS = 10
DEADLINE_SECONDS = 30

MESSAGES = {
    "not_set_up": "No mail server is set up. Set PASSPORT_SMTP_HOST and PASSPORT_MAIL_FROM.",
    "malformed": "The letter has an address or a subject that mail cannot carry. It was not sent.",
    "dns": "The mail server's name {host} cannot be resolved. Check PASSPORT_SMTP_HOST and this "
    "machine's DNS.",
    "connect": "The connection to the mail server {host} failed or broke off. Check "
    "PASSPORT_SMTP_HOST and PASSPORT_SMTP_PORT ({port}); a firewall may be in the way.",
    "timeout": "The mail server {host} did not answer in time. Check PASSPORT_SMTP_PORT ({port}) "
    "and that PASSPORT_SMTP_SECURITY suits it: 465 wants tls, 587 starttls.",
    "tls": "The mail server {host} could not prove over TLS who it is{reply}. Check that "
    "PASSPORT_SMTP_HOST is the name in its certificate and PASSPORT_SMTP_SECURITY suits port "
    "{port}: 465 wants tls, 587 starttls.",
    "not_encrypted": "The mail server {host} offers no encryption on port {port}, and nothing was "
    "sent without it. Set PASSPORT_SMTP_SECURITY to tls, or to none without a PASSPORT_SMTP_USER.",
    "greeting": "What answers at {host}, port {port}, does not speak like a mail server. Check "
    "PASSPORT_SMTP_HOST and PASSPORT_SMTP_PORT.",
    "auth": "The mail server {host} did not let us log in{reply}. Check PASSPORT_SMTP_USER and "
    "PASSPORT_SMTP_PASSWORD; some providers want an app password.",
    "refused_sender": "The mail server {host} does not let us send as PASSPORT_MAIL_FROM{reply}. "
    "Set it to an address that PASSPORT_SMTP_USER may send from.",
    "refused_recipient": "The mail server {host} does not take mail for the recipient{reply}. "
    "Check the address, and whether PASSPORT_SMTP_USER is needed.",
    "refused": "The mail server {host} did not take the letter{reply}. Its own log tells why.",
    "address_not_supported": "The mail server {host} takes only addresses in plain letters "
    "(it has no SMTPUTF8). Use another address, or another PASSPORT_SMTP_HOST.",
}


@dataclass(frozen=True)
class Letter:
    """What is sent to one person. Its text can hold a one-time token: no repr shows it."""

    recipient: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass
class MailServer:
    """The owner's mail server; one without a host is none and sends nothing.

    `security` is `starttls`, `tls` or `none`. Without a `sender` the user is the sender. Raises
    SettingsError when neither is a mail address.
    """

    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    sender: str = ""
    clock: Clock = field(default=utc_now, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS
    """How long each step may take."""
    deadline_seconds: float = DEADLINE_SECONDS
    """How long all may take, from the look-up of the name to the last answer."""

    def __post_init__(self) -> None:
        self.sender = self.sender or self.user
        if self.enabled:
            self._mailbox = self._read_sender()

    @property
    def enabled(self) -> bool:
        """Whether there is a mail server at all."""
        return bool(self.host)

    def send(self, letter: Letter) -> None:
        """Hand the letter over; on return the server has taken it. Blocks, 30 s at most.

        A server that takes the letter and is cut off before it says so will be handed it again.
        Raises MailNotSentError.
        """
        if not self.enabled:
            raise self.not_sent("not_set_up")
        from .mail_message import parse_mailbox, write_message
        from .smtp import deliver

        content = recipient = None
        try:
            recipient = parse_mailbox(letter.recipient)
            content = write_message(letter, self._mailbox, recipient, self.clock())
        except ValueError:
            pass  # raised below, for the error can hold the address
        if recipient is None or content is None:
            raise self.not_sent("malformed", permanent=True)
        deliver(self, self._mailbox, recipient, content)

    def not_sent(self, cause: str, reply: str = "", permanent: bool = False) -> MailNotSentError:
        """Return the error for one of the causes of MESSAGES.

        `reply` is a status, never the server's words: it could repeat what we told it.
        """
        shown = f" ({reply})" if reply else ""
        message = MESSAGES[cause].format(host=self.host, port=self.port, reply=shown)
        return MailNotSentError(message, cause, permanent, host=self.host, reply=reply or None)

    def _read_sender(self) -> Mailbox:
        from .mail_message import parse_mailbox

        try:
            return parse_mailbox(self.sender)
        except ValueError:
            raise SettingsError(
                "mail_from is not the address of a sender. Write comfy@example.org or "
                "Studio <comfy@example.org>.",
                variable="PASSPORT_MAIL_FROM",
            ) from None
