"""What stands at the other end when mail is sent: real servers, and a certificate authority."""

from __future__ import annotations

import datetime as dt
import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "comfy@example.org", "canary pässword"


class Inbox:
    """An aiosmtpd handler that keeps what it is sent, and answers as it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self.logins: list[str] = []
        self.answers: dict[str, str] = {}
        """What is said to a command instead of yes: {"RCPT": "550 no such user"}."""

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.raw.append(envelope.original_content)
        self.messages.append(message_from_bytes(envelope.original_content, policy=policy.default))
        self.senders.append(envelope.mail_from)
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def authenticate(self, _server, _session, _envelope, mechanism, data) -> AuthResult:
        self.logins.append(mechanism)
        right = isinstance(data, LoginPassword) and (
            (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        )
        return AuthResult(success=right, handled=False)


class Authority:
    """Signs certificates; whoever trusts its `file` trusts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test's CA")])
        certificate = self._sign(self._key, self._name, x509.BasicConstraints(True, None))
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str) -> ssl.SSLContext:
        """Return a server's context for this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        certificate = self._sign(key, name, x509.SubjectAlternativeName([x509.DNSName(host)]))
        form = serialization.PrivateFormat.PKCS8
        secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        file = self._folder / f"{host}.pem"
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, key, subject: x509.Name, extension) -> x509.Certificate:
        now = dt.datetime.now(dt.timezone.utc)  # noqa: TID251  # TLS reads the real clock
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256())
        )
