"""The OpenID Connect providers that an owner names: `[oidc.NAME]`, or PASSPORT_OIDC_NAME_…."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from .errors import SettingsError
from .setting_values import read_secret, to_bool

PREFIX = "PASSPORT_OIDC_"
NAME_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class OpenIdSettings:
    """One provider, as its own page of the application shows it."""

    name: str
    issuer: str
    """Its address, exactly as its `/.well-known/openid-configuration` spells it."""

    client_id: str
    client_secret: str = field(default="", repr=False)
    label: str = ""
    """What people read on the button. Empty: the name."""

    device: bool = False
    """The application may use the device flow (RFC 8628) as well."""


FIELDS = tuple(item.name for item in dataclasses.fields(OpenIdSettings) if item.name != "name")
NEEDED = ("issuer", "client_id")


def read_openid_settings(tables: Any, environment: Mapping[str, str]) -> tuple[OpenIdSettings, ...]:
    """Return the providers by name; the environment wins over the tables of passport.toml.

    Raises SettingsError, which names the setting and never its value.
    """
    values = _from_tables(tables)
    for name, fields in _from_environment(environment).items():
        values.setdefault(name, {}).update(fields)
    return tuple(_build(name, values[name]) for name in sorted(values))


def _from_tables(tables: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(tables, dict):
        raise SettingsError("oidc must be tables: [oidc.NAME] with issuer and client_id.")
    found: dict[str, dict[str, Any]] = {}
    for name, table in cast("dict[str, Any]", tables).items():
        if not isinstance(table, dict):
            raise SettingsError(f"oidc.{name} must be a table: [oidc.{name}].")
        fields = cast("dict[str, Any]", table)
        if unknown := sorted(fields.keys() - set(FIELDS)):
            raise SettingsError(f"oidc.{name} has a setting that does not exist: {unknown[0]}.")
        found[name] = dict(fields)
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX):
            continue
        plain = variable.removesuffix("_FILE")
        name, field_name = _split(plain)
        is_file = plain != variable
        if not field_name or (is_file and field_name != "client_secret"):
            raise SettingsError(
                f"{variable} is no setting. There are: "
                f"{', '.join(f'{PREFIX}NAME_{item.upper()}' for item in FIELDS)}."
            )
        value = (
            read_secret(environment, plain)
            if field_name == "client_secret"
            else environment[variable].strip()
        )
        if value:
            found.setdefault(name, {})[field_name] = value
    return found


def _split(variable: str) -> tuple[str, str]:
    rest = variable.removeprefix(PREFIX).lower()
    for field_name in FIELDS:
        if rest.endswith(f"_{field_name}"):
            return rest.removesuffix(f"_{field_name}").replace("_", "-"), field_name
    return "", ""


def _build(name: str, values: dict[str, Any]) -> OpenIdSettings:
    if not NAME_FORM.fullmatch(name):
        raise SettingsError("The name in [oidc.NAME] must be small letters, digits and hyphens.")
    for field_name in NEEDED:
        if not values.get(field_name):
            raise SettingsError(f"oidc.{name} needs {field_name}.")
    device = values.get("device", False)
    texts = {key: value for key, value in values.items() if key != "device"}
    if not all(isinstance(value, str) for value in texts.values()):
        raise SettingsError(f"oidc.{name}: issuer, client_id, client_secret and label are texts.")
    return OpenIdSettings(name=name, device=to_bool(f"oidc.{name}.device", device), **texts)
