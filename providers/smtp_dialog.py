"""The client's side of an SMTP connection (RFC 5321) that keeps to a deadline.

The commands are the standard library's; the time is ours. `smtplib` limits each wait for bytes,
so that a server that drips one at a time would hold it for ever, and an answer without end would
fill the memory.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from typing import Any

LONGEST_REPLY_BYTES = 64 * 1024
CODE = re.compile(rb"\d{3}")
NOT_SMTP = -1
"""The code of what is no reply."""

Reply = tuple[int, bytes]


class Deadline:
    """Tells how long the next step may take."""

    def __init__(self, total_seconds: float, step_seconds: float) -> None:
        self._ends_at = time.monotonic() + total_seconds
        self._step_seconds = step_seconds

    def left(self) -> float:
        """Return seconds, above 0. Raises TimeoutError when all are used."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._step_seconds)


class Dialog(smtplib.SMTP):
    """smtplib's commands over a connection that keeps to a deadline."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        # An address literal for a name: asking DNS who we are can take long, and tells a lot.
        super().__init__(local_hostname=_literal(connection.getsockname()[0]))
        self.connection = connection
        self.sock = connection
        self._deadline = deadline
        self._unread = bytearray()

    def encrypt(self, host: str) -> None:
        """Continue over TLS. Forgets what was said in the clear (RFC 3207, 4.2)."""
        self._unread.clear()
        context = ssl.create_default_context()
        self.connection.settimeout(self._deadline.left())
        self.connection = context.wrap_socket(self.connection, server_hostname=host)
        self.sock = self.connection
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}

    def send(self, s: Any) -> None:
        """Send all of it, in time."""
        rest = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        while rest:
            self.connection.settimeout(self._deadline.left())
            rest = rest[self.connection.send(rest) :]

    def getreply(self) -> Reply:
        """Read a reply of one line or more, in time."""
        lines: list[bytes] = []
        size = 0
        while True:
            line = self._read_line()
            size += len(line)
            code, more, text = line[:3], line[3:4], line[4:].strip()
            if not CODE.fullmatch(code) or size > LONGEST_REPLY_BYTES:
                return NOT_SMTP, b"?"
            lines.append(text)
            if more != b"-":
                return int(code), b"\n".join(lines)

    def _read_line(self) -> bytes:
        while b"\n" not in self._unread and len(self._unread) <= LONGEST_REPLY_BYTES:
            self.connection.settimeout(self._deadline.left())
            received = self.connection.recv(4096)
            if not received:
                raise ConnectionError
            self._unread += received
        line, _, rest = self._unread.partition(b"\n")
        self._unread = bytearray(rest)
        return bytes(line)


def _literal(address: str) -> str:
    """Write an address as EHLO wants it (RFC 5321, 4.1.3)."""
    bare = address.partition("%")[0]
    return f"[IPv6:{bare}]" if ":" in bare else f"[{bare}]"
