"""What is wrong with the address of the database is said in one line, with what to do about it."""

from __future__ import annotations

import pytest
from passport.errors import PassportError, SettingsError
from passport.storage.database import Database
from passport.storage.errors import (
    DatabaseNotPermittedError,
    DatabaseTooNewError,
    DatabaseUnreachableError,
)
from passport.storage.migration import migrate, read_revision
from passport.tests.backend.tcp_postgresql import ENCODED, PASSWORD, find_free_port
from sqlalchemy import text


def refusal(url):
    """What somebody reads who starts with this address."""
    with pytest.raises(PassportError) as caught:
        open_store(url)
    error = caught.value
    told = f"{error!r} {error.message} {error.details}"
    assert "\n" not in error.message
    assert error.message.endswith(".")
    for secret in (PASSWORD, ENCODED, "w/rd", "ss:w", "wrong-secret"):
        assert secret not in told
    return error


def open_store(url):
    database = Database(url)
    try:
        migrate(database)
        with database.reading() as connection:
            return read_revision(connection)
    finally:
        database.close()


WRONG = {
    "host": ({"host": "nowhere.invalid"}, "Correct the name"),
    "port": ({"port": find_free_port()}, "Start PostgreSQL there"),
    "password": ({"password": "wrong-secret"}, "Correct them"),
    "percent sign": ({"password": ENCODED.replace("%25", "%")}, "% as %25"),
    "no password": ({"password": ""}, "Correct them"),
    "user": ({"user": "nobody"}, "Correct them"),
    "user of another machine": ({"user": "outsider"}, "pg_hba.conf"),
    "database": ({"database": "nosuch"}, "CREATE DATABASE"),
    "sslmode": ({"more": "sslmode=verify"}, "sslmode=verify-full"),
    "word": ({"more": "nonsense=1"}, "Take it out"),
    "value": ({"more": "connect_timeout=soon"}, "Take it out"),
    "missing ca": ({"more": "sslmode=verify-full&sslrootcert=/nowhere"}, "sslrootcert"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_the_server_or_the_driver_refuses(tcp_postgresql, name):
    wrong, advice = WRONG[name]
    error = refusal(tcp_postgresql.url(**wrong))
    assert type(error) is DatabaseUnreachableError
    assert advice in error.message
    assert "PASSPORT_DATABASE_URL" in error.message or "pg_hba.conf" in error.message


@pytest.mark.parametrize("wrong", ["@", ":", "/", "?"])
def test_a_password_that_is_not_encoded(tcp_postgresql, wrong):
    error = refusal(tcp_postgresql.url(password=f"wrong{wrong}secret"))
    if wrong in "@/":  # the others are clear all the same, and wrong
        assert isinstance(error, SettingsError)
    assert "@ as %40" in error.message


@pytest.mark.parametrize(
    "scheme", ["mysql", "postgresq", "http", "postgresql+nonsense//", "mongodb+srv"]
)
def test_another_kind_of_database(tcp_postgresql, scheme):
    error = refusal(tcp_postgresql.url().replace("postgresql", scheme, 1))
    assert isinstance(error, SettingsError)
    assert "postgresql://USER:PASSWORD@HOST/NAME" in error.message


@pytest.mark.parametrize("driver", ["", "+psycopg", "+psycopg2", "+asyncpg"])
def test_another_driver_is_none_of_our_business(tcp_postgresql, driver):
    name = tcp_postgresql.new_database()
    url = tcp_postgresql.url(database=name).replace("postgresql", f"postgresql{driver}", 1)
    assert open_store(url) is not None


def test_a_user_without_rights(tcp_postgresql):
    name = tcp_postgresql.new_database()
    error = refusal(tcp_postgresql.url(user="guest", database=name))
    assert type(error) is DatabaseNotPermittedError
    assert "GRANT USAGE, CREATE ON SCHEMA" in error.message


def test_a_server_that_takes_no_changes(tcp_postgresql):
    error = refusal(tcp_postgresql.url(user="reader"))
    assert type(error) is DatabaseUnreachableError
    assert "has to name the primary" in error.message


def test_a_store_of_a_newer_passport(tcp_postgresql):
    url = tcp_postgresql.url(database=tcp_postgresql.new_database())
    open_store(url)
    database = Database(url)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    error = refusal(url)
    assert type(error) is DatabaseTooNewError
    assert "Update Passport" in error.message


class TestTls:
    def test_a_server_is_believed_by_its_ca(self, tcp_postgresql):
        name = tcp_postgresql.new_database()
        more = f"sslmode=verify-full&sslrootcert={tcp_postgresql.ca}"
        assert open_store(tcp_postgresql.url(database=name, more=more)) is not None
        database = Database(tcp_postgresql.url(database=name, more=more))
        with database.reading() as connection:
            ssl = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert connection.execute(text(ssl)).scalar_one() is True
        database.close()

    def test_and_not_by_another(self, tcp_postgresql):
        more = f"sslmode=verify-full&sslrootcert={tcp_postgresql.other_ca}"
        error = refusal(tcp_postgresql.url(more=more))
        assert "is not signed by the CA that sslrootcert" in error.message

    def test_nor_under_another_name(self, tcp_postgresql):
        more = f"sslmode=verify-full&sslrootcert={tcp_postgresql.ca}"
        error = refusal(tcp_postgresql.url(host="localhost", more=more))
        assert "Write the name that the certificate has" in error.message
