"""Every error of ours has a status, a code and a whole sentence."""

from __future__ import annotations

import importlib
import re

import pytest
from passport.errors import PassportError
from passport.server_routes.error_mapping import STATUS
from passport.tests.architecture.source import PRODUCT, name_of

COMFYUI_IS_NEEDED = ("comfyui/", "nodes/", "__init__.py", "storage/migrations/")
SAID_BY_TWO = {"data_folder_not_writable"}  # the folder cannot be made; the store in it not written


def import_the_product() -> None:
    for path in PRODUCT:
        name = name_of(path)
        if not name.startswith(COMFYUI_IS_NEEDED):
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            importlib.import_module(f"passport.{module}")


def all_errors(kind: type[PassportError] = PassportError) -> list[type[PassportError]]:
    below = [error for child in kind.__subclasses__() for error in all_errors(child)]
    return [*kind.__subclasses__(), *below] if kind is PassportError else [kind, *below]


import_the_product()
ERRORS = sorted(
    {error for error in all_errors() if error.__module__.startswith("passport.")},
    key=lambda error: error.__qualname__,
)


def test_the_table_is_just_the_errors_there_are():
    assert set(STATUS) == set(ERRORS)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_each_has_a_code_of_its_own_a_status_and_a_docstring(error):
    assert "code" in vars(error)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    assert error.__doc__
    assert error.__name__.endswith("Error")
    assert 400 <= STATUS[error] <= 599


def test_a_code_is_used_twice_only_where_the_remedy_is_the_same():
    codes = [error.code for error in ERRORS]
    twice = {code for code in codes if codes.count(code) > 1}
    assert twice <= SAID_BY_TWO
    for code in twice:
        assert len({STATUS[error] for error in ERRORS if error.code == code}) == 1


def test_what_is_the_servers_fault_and_what_the_clients():
    for error, status in STATUS.items():
        if error.__module__.endswith("storage.errors") and error.code != "already_exists":
            assert status >= 500
        if error.__module__.endswith(("accounts.errors", "server_routes.errors")):
            assert status in (*range(400, 500), 503)
