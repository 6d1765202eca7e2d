"""What an owner can set: one typed model, read from PASSPORT_* over passport.toml."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import SettingsError
from .openid_settings import OpenIdSettings, read_openid_settings
from .setting_values import DAY_SECONDS, convert, read_secret

PREFIX = "PASSPORT_"


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

    hsts_seconds: int = 0
    """How long browsers are to reach this server's name by HTTPS alone. 0: as they like."""

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

    log_in_notices: bool = True
    """Tell people by mail when somebody logs in to their account from somewhere new."""

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

    ca_bundle: str = ""
    """File of certificates (PEM) that outgoing calls trust besides the system's own."""

    google_client_id: str = ""
    google_client_secret: str = field(default="", repr=False)
    google_device_client_id: str = ""
    """Google's device flow wants a client of its own kind, “TVs and limited input devices”."""

    google_device_client_secret: str = field(default="", repr=False)
    google_issuer: str = "https://accounts.google.com"

    github_client_id: str = ""
    github_client_secret: str = field(default="", repr=False)
    """Empty: GitHub by device flow alone."""

    github_base: str = "https://github.com"
    github_api_base: str = "https://api.github.com"

    oidc: tuple[OpenIdSettings, ...] = ()
    """OpenID Connect providers: `[oidc.NAME]`, or PASSPORT_OIDC_NAME_ISSUER and so on."""

    comfy_cloud_base: str = "https://cloud.comfy.org"
    comfy_login_code: bool = False
    """Offer the hosted service's log-in by code, which it made for its own desktop program."""

    firebase_web_key: str = ""
    """The public web key of the hosted service's Firebase project. Empty: no log-in by mail."""

    firebase_project: str = "dreamboothy"
    firebase_auth_base: str = "https://identitytoolkit.googleapis.com/v1"
    firebase_token_base: str = "https://securetoken.googleapis.com/v1"  # noqa: S105  # an address
    firebase_keys_url: str = (
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
    )


SECRET_FIELDS = (
    "master_key",
    "database_url",
    "smtp_password",
    "google_client_secret",
    "google_device_client_secret",
    "github_client_secret",
)
OIDC = "oidc"


def load_settings(environment: Mapping[str, str], toml_file: Path) -> Settings:
    """Read the settings.

    Raises SettingsError for a file that is not TOML, a name that does not exist, or a value of
    the wrong kind. The message names the setting, never its value.
    """
    values = _from_file(toml_file)
    values.update(_from_environment(environment))
    providers = read_openid_settings(values.pop(OIDC, {}), environment)
    fields = _fields()
    unknown = values.keys() - fields.keys()
    if unknown:
        names = ", ".join(sorted(unknown))
        raise SettingsError(f"{toml_file.name} has a setting that does not exist: {names}.")
    converted = {name: convert(name, fields[name].default, value) for name, value in values.items()}
    return Settings(**converted, oidc=providers)


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
    for name in _fields().keys() - {OIDC}:
        variable = PREFIX + name.upper()
        if name in SECRET_FIELDS:
            value = read_secret(environment, variable)
        else:
            value = environment.get(variable, "").strip()
        if value:
            values[name] = value
    return values
