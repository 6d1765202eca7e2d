"""A real PostgreSQL that is reached as a farm's is: over TCP, with a password, with TLS."""

from __future__ import annotations

import os
import shutil
import socket
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from passport.clock import utc_now

from .postgresql import PostgreSQL

PASSWORD = "p@ss:w/rd%41?"
ENCODED = "p%40ss%3Aw%2Frd%2541%3F"
CA = "The test's CA"
HBA = """
local all all trust
host all outsider 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""


class TcpPostgreSQL(PostgreSQL):
    """The users `passport`, `guest` without a right, `reader` who may read only, and `outsider`."""

    def __init__(self, binaries: Path) -> None:
        super().__init__(binaries)
        self.port = find_free_port()
        self.listening = ("-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}")
        self.ca = self.folder / "ca.pem"
        self.other_ca = self.folder / "other-ca.pem"

    def start(self) -> None:
        """Serve; TLS is switched on as well."""
        self._call("initdb", "-A", "trust", "-U", "passport", "-E", "UTF8", "--no-sync")
        data = self.folder / "data"
        (data / "pg_hba.conf").write_text(HBA)
        self._make_certificates(data)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")
        self.come_up()
        for user in ("passport", "guest", "reader", "outsider"):
            made = "ALTER" if user == "passport" else "CREATE"
            self.execute(f"{made} ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
        self.execute("ALTER ROLE reader SET default_transaction_read_only = on")
        self.execute("GRANT CREATE ON SCHEMA public TO reader")

    def execute(self, statement: str) -> None:
        import psycopg

        place = {"host": str(self.folder), "port": self.port, "user": "passport"}
        with psycopg.connect(**place, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(
        self,
        user: str = "passport",
        password: str = ENCODED,
        host: str = "127.0.0.1",
        port: int = 0,
        database: str = "postgres",
        more: str = "",
    ) -> str:
        """Return an address of it that is right, but for what is given."""
        return f"postgresql://{user}:{password}@{host}:{port or self.port}/{database}?{more}"

    def new_database(self) -> str:
        """Return the name of a new database."""
        name = f"database_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def _make_certificates(self, data: Path) -> None:
        key = _make_ca(self.ca, CA)
        _make_ca(self.other_ca, "Somebody else's CA")
        own = ec.generate_private_key(ec.SECP256R1())
        signed = _describe("127.0.0.1", CA, own)
        signed = signed.add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
        )
        certificate = signed.sign(key, hashes.SHA256())
        (data / "server.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret = data / "server.key"
        secret.write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        secret.chmod(0o600)
        if self.user:
            os.chown(secret, self.user.pw_uid, self.user.pw_gid)


def find_free_port() -> int:
    """Return a port of this machine that nobody has at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def find_program(name: str) -> str | None:
    """Return where a server's program lies, also where root's programs are; or None."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _make_ca(path: Path, name: str) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    described = _describe(name, name, key)
    described = described.add_extension(x509.BasicConstraints(True, None), True)
    certificate = described.sign(key, hashes.SHA256())
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _describe(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = utc_now()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
