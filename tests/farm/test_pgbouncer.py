"""A farm behind the real PgBouncer, which gives each transaction another connection."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from passport.storage.database import Database
from passport.storage.migration import migrate
from passport.tests.backend.tcp_postgresql import PASSWORD, find_free_port, find_program
from sqlalchemy import text

SETTINGS = """
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
server_login_retry = 1
"""


@pytest.fixture(scope="module")
def bouncer_port(tcp_postgresql, tmp_path_factory):
    """Where it listens: before the server, with three connections for all."""
    program = find_program("pgbouncer")
    if program is None:
        pytest.skip("NOT TESTED: PgBouncer is not here (Debian and Ubuntu: apt install pgbouncer)")
    folder = tcp_postgresql.folder / "bouncer"
    folder.mkdir()
    port = find_free_port()
    (folder / "ini").write_text(
        SETTINGS.format(server_port=tcp_postgresql.port, port=port, folder=folder)
    )
    (folder / "users").write_text(f'"passport" "{PASSWORD}"\n')
    user = tcp_postgresql.user
    identity = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [program, str(folder / "ini")], stdout=log, stderr=log, cwd=folder, **identity
        )
    yield _wait_for(port)
    process.terminate()
    process.wait(10)


def _wait_for(port):
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user="passport", password=PASSWORD, dbname="postgres"
            ).close()
        except psycopg.OperationalError:  # noqa: PERF203  # until it serves
            time.sleep(0.05)
        else:
            return port
    raise TimeoutError("PgBouncer does not serve")


@pytest.fixture
def machines(tcp_postgresql, bouncer_port):
    """Two, on a new database, that started at once."""
    name = tcp_postgresql.new_database()
    tcp_postgresql.execute(f"ALTER DATABASE {name} SET statement_timeout = '14s'")
    url = tcp_postgresql.url(port=bouncer_port, database=name)
    opened = [Database(url), Database(url)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(migrate, opened))
    yield opened
    for database in opened:
        database.close()


def count(database):
    with database.transaction() as connection:  # the driver forgets what it prepared when undone
        return connection.execute(text("SELECT count(*) FROM accounts")).scalar_one()


def test_a_query_that_is_known_on_one_connection_is_asked_on_another(machines):
    """Were it prepared, it would be unknown there."""
    here, there = machines
    for _ in range(8):
        assert count(here) == 0
    with there.reading() as busy:
        busy.execute(text("SELECT 1"))
        assert count(here) == 0


def test_many_at_once_share_few_connections(machines):
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(count, machines * 30)) == [0] * 60


def test_a_job_runs_on_one_machine_at_a_time(machines):
    here, there = machines
    with here.alone("tidy") as first, there.alone("tidy") as second:
        assert (first, second) == (True, False)
    with there.alone("tidy") as later:
        assert later


def test_what_a_patient_transaction_set_is_its_own(machines):
    for database in machines * 3:
        with database.transaction(patient=True) as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "0"
        with database.reading() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "14s"
