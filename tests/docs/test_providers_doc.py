"""docs/providers.md names settings, addresses and errors that exist."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from passport.openid_settings import FIELDS, read_openid_settings
from passport.server_routes.error_mapping import STATUS
from passport.server_routes.oauth_routes import CALLBACK
from passport.settings import SECRET_FIELDS, Settings

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
VARIABLES = sorted(set(re.findall(r"PASSPORT_[A-Z_]+[A-Z]", TEXT)))
CODES = {kind.code for kind in STATUS}


def is_setting(variable: str) -> bool:
    name = variable.removeprefix("PASSPORT_").lower()
    plain = name.removesuffix("_file")
    fields = {field.name for field in dataclasses.fields(Settings)}
    of_one = plain.removeprefix("oidc_studio_") if name.startswith("oidc_studio_") else ""
    is_secret = plain in SECRET_FIELDS or of_one == "client_secret"
    return (plain in fields or of_one in FIELDS) and (name == plain or is_secret)


@pytest.mark.parametrize("variable", VARIABLES)
def test_each_variable_is_a_setting(variable: str) -> None:
    assert is_setting(variable)


@pytest.mark.parametrize(("kind", "block"), BLOCKS)
def test_what_is_to_be_written_can_be_read(kind: str, block: str) -> None:
    if kind != "toml":
        assert all(re.fullmatch(r"PASSPORT_\w+=\S+", line) for line in block.splitlines())
        return
    table = tomllib.loads(block).get("oidc", {"studio": {"client_id": "x", **tomllib.loads(block)}})
    (found,) = read_openid_settings(table, {})
    assert found.issuer.startswith("https://")


def test_the_addresses_are_those_that_people_come_back_to() -> None:
    addresses = re.findall(r"`(https?://[^/`]+)(/passport/\S+)`", TEXT)
    assert {path for _, path in addresses} == {
        CALLBACK.format(kind=kind) for kind in ("google", "github", "oidc:studio")
    }
    assert {origin for origin, _ in addresses} == {"http://127.0.0.1:8188", "https://your.host"}


def test_each_error_exists() -> None:
    named = re.findall(r"^\| `([a-z_]+)`", TEXT, re.MULTILINE)
    named += re.findall(r"no: `([a-z_]+)`", TEXT)
    assert len(named) > 6
    assert set(named) <= CODES
