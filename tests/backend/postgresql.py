"""A real PostgreSQL for tests: started here, on a Unix socket, as a user who is not root."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

DEBIAN = Path("/usr/lib/postgresql")
NEEDED = "PostgreSQL is not here (Debian and Ubuntu: apt install postgresql)"
SPEED_OVER_DURABILITY = ("-c", "fsync=off", "-c", "full_page_writes=off")


def find_binaries() -> Path | None:
    """Return the folder of initdb and pg_ctl, or None."""
    folders = sorted(DEBIAN.glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


class PostgreSQL:
    """`start`, `make_database` as often as wanted, `stop`."""

    listening: tuple[str, ...] = ("-c", "listen_addresses=")

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._numbers = itertools.count()
        # Not below pytest's folder, which only its owner may enter; and short, for the socket.
        self.folder = Path(tempfile.mkdtemp(prefix="passport-pg-"))
        self.user = _unprivileged_user()
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)

    def start(self) -> None:
        self._call("initdb", "-A", "trust", "-U", "passport", "-E", "UTF8", "--no-sync")
        self.come_up()

    def come_up(self) -> None:
        """Serve; again after `go_down`, or after `crash` with what is there."""
        options = [*self.listening, "-k", str(self.folder), *SPEED_OVER_DURABILITY]
        self._call("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", " ".join(options), "start")

    def go_down(self) -> None:
        """Cut every connection and serve no more; what was committed stays."""
        self._call("pg_ctl", "-w", "-m", "fast", "stop")

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def crash(self) -> None:
        """End as a server does that is killed: whoever is connected is cut off."""
        self._call("pg_ctl", "-w", "-m", "immediate", "stop")

    def freeze(self) -> None:
        """Stop all of its processes where they are: it takes connections, and says nothing."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        for process in self._processes():
            with suppress(ProcessLookupError):  # it has served its connection meanwhile
                os.kill(process, number)

    def _processes(self) -> list[int]:
        """Return the server's own process and those that serve connections, the server first."""
        server = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", server], capture_output=True, text=True, check=False
        )
        return [int(number) for number in (server, *found.stdout.split())]

    def execute(self, statement: str) -> None:
        """Have the server do something, on a connection of its own."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="passport", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def make_database(self) -> str:
        """Return the URL of a new and empty store: a schema, which is made faster."""
        name = f"store_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        place = f"host={quote(str(self.folder))}&options=-csearch_path%3D{name}"
        return f"postgresql://passport@/postgres?{place}"

    def _call(self, program: str, *arguments: str) -> None:
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid} if self.user else {}
        subprocess.run(
            [self._binaries / program, "-D", self.folder / "data", *arguments],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=60,
            **identity,
        )


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom to become: the server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    users = {user.pw_name: user for user in pwd.getpwall()}
    return users.get("postgres") or users["nobody"]
