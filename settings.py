"""What an owner can set: one typed model, read from PASSPORT_* over passport.toml."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from .errors import SettingsError

PREFIX = "PASSPORT_"
DAY_SECONDS = 24 * 60 * 60
LONGEST_SECONDS = 10 * 365 * DAY_SECONDS


@dataclass(frozen=True)
class Settings:
    """Each field is also the environment variable `PASSPORT_<FIELD>`; the environment wins.

    A field of `SECRET_FIELDS` can come from a file instead: `PASSPORT_<FIELD>_FILE`.
    """

    database_url: str = field(default="", repr=False)
    """SQLAlchemy URL. Empty: SQLite in the data folder."""

    comfy_api_base: str = ""
    """Base URL of the hosted service. Empty: ComfyUI's --comfy-api-base."""

    master_key: str = field(default="", repr=False)
    """Base64 of 32 bytes, several separated by commas, newest first. Empty: keyring or file."""

    use_keyring: bool = False
    """Keep the master key in the operating system's keyring (needs the `keyring` extra)."""

    allowed_hosts: tuple[str, ...] = ()
    """Names under which this server is reached on purpose; `*.example.org` takes subdomains."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the reverse proxies whose forwarding headers count."""

    session_idle_seconds: int = 30 * DAY_SECONDS
    session_lifetime_seconds: int = 90 * DAY_SECONDS
    shared_computer_idle_seconds: int = 30 * 60

    registration: str = "open"
    """Who may make an account: `open`, `invite` or `closed`."""

    public_url: str = ""
    """Where people reach this server, `https://comfy.example.org`; it stands in links of mails."""

    smtp_host: str = ""
    """The mail server. Empty: Passport sends no mail, and says so where it matters."""

    smtp_port: int = 587
    smtp_security: str = "starttls"
    """`starttls`, `tls` or `none`; `none` only where nobody can listen in between."""

    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)

    mail_from: str = ""
    """The sender: `Studio <comfy@example.org>`. Empty: `smtp_user`."""

    audit_retention_days: int = 365

    cancelled_account_days: int = 30
    """How long a cancelled account can still be reactivated; then it is deleted."""

    server_name: str = ""
    """What people call this server. Empty: the host of `public_url`, or a name of its own."""

    default_account: str = ""
    """Id of the account whose credential is the machine's default."""

    default_credential_for: str = "loopback"
    """Who may run with the machine's default: `loopback`, or `everyone` who is not foreign."""

    allowed_node_packs: tuple[str, ...] = ()
    """Node packs that may have the machine's default credential."""


SECRET_FIELDS = ("master_key", "database_url", "smtp_password")

CHOICES = {
    "default_credential_for": ("loopback", "everyone"),
    "registration": ("open", "invite", "closed"),
    "smtp_security": ("starttls", "tls", "none"),
}
LONGEST_DAYS = LONGEST_SECONDS // DAY_SECONDS
HIGHEST_PORT = 65535


def load_settings(environment: Mapping[str, str], toml_file: Path) -> Settings:
    """Read the settings.

    Raises SettingsError for a file that is not TOML, a name that does not exist, or a value of
    the wrong kind. The message names the setting, never its value.
    """
    values = _from_file(toml_file)
    values.update(_from_environment(environment))
    unknown = values.keys() - _fields().keys()
    if unknown:
        names = ", ".join(sorted(unknown))
        raise SettingsError(f"{toml_file.name} has a setting that does not exist: {names}.")
    return Settings(**{name: _convert(name, value) for name, value in values.items()})


def read_secret(environment: Mapping[str, str], name: str) -> str:
    """Return the value of `name`, or the content of the file that `<name>_FILE` names, or ""."""
    if value := environment.get(name, "").strip():
        return value
    path = environment.get(f"{name}_FILE", "").strip()
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The file that {name}_FILE names cannot be read. Check its path and its permissions.",
            variable=f"{name}_FILE",
        ) from error


def _fields() -> dict[str, dataclasses.Field[Any]]:
    return {item.name: item for item in dataclasses.fields(Settings)}


def _from_file(toml_file: Path) -> dict[str, Any]:
    try:
        content = toml_file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{toml_file.name} cannot be read: {error.strerror}.") from error
    try:
        return _parse_toml(content.decode("utf-8-sig"))  # Windows likes to put a mark in front
    except ValueError as error:
        raise SettingsError(f"{toml_file.name} is not valid TOML: {error}.") from error


def _parse_toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in _fields():
        variable = PREFIX + name.upper()
        if name in SECRET_FIELDS:
            value = read_secret(environment, variable)
        else:
            value = environment.get(variable, "").strip()
        if value:
            values[name] = value
    return values


def _convert(name: str, value: Any) -> Any:
    default = _fields()[name].default
    if isinstance(default, bool):
        return _to_bool(name, value)
    if isinstance(default, int):
        return _to_number(name, value)
    if isinstance(default, tuple):
        return _to_names(name, value)
    if not isinstance(value, str):
        raise SettingsError(f"{name} must be text.")
    if value not in CHOICES.get(name, (value,)):
        raise SettingsError(f"{name} must be one of: {', '.join(CHOICES[name])}.")
    return value


def _to_bool(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    known = words.get(str(value).lower())
    if known is None:
        raise SettingsError(f"{name} must be true or false.")
    return known


def _to_number(name: str, value: Any) -> int:
    unit, highest = _measure(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is not int or not 0 < value <= highest:
        raise SettingsError(f"{name} must be {unit} above 0, and no more than {highest}.")
    return value


def _measure(name: str) -> tuple[str, int]:
    if name.endswith("_port"):
        return "a port: a whole number", HIGHEST_PORT
    if name.endswith("_days"):
        return "a whole number of days", LONGEST_DAYS
    return "a whole number of seconds", LONGEST_SECONDS


def _to_names(name: str, value: Any) -> tuple[str, ...]:
    items = cast("Any", value.split(",") if isinstance(value, str) else value)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):  # pyright: ignore[reportUnknownVariableType]
        raise SettingsError(f"{name} must be a list of texts.")
    names = [item.strip() for item in cast("list[str]", items)]
    return tuple(item for item in names if item)
