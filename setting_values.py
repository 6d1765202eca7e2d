"""Turning what stands in a file or a variable into a setting's value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from .errors import SettingsError

DAY_SECONDS = 24 * 60 * 60
LONGEST_SECONDS = 10 * 365 * DAY_SECONDS
LONGEST_DAYS = LONGEST_SECONDS // DAY_SECONDS
HIGHEST_PORT = 65535
CHOICES = {
    "default_credential_for": ("loopback", "everyone"),
    "registration": ("open", "invite", "closed"),
    "smtp_security": ("starttls", "tls", "none"),
}


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


def convert(name: str, default: Any, value: Any) -> Any:
    """Return the value as the setting of this default wants it. Raises SettingsError."""
    if isinstance(default, bool):
        return to_bool(name, value)
    if isinstance(default, int):
        return _to_number(name, value, lowest=min(default, 1))
    if isinstance(default, tuple):
        return _to_names(name, value)
    if not isinstance(value, str):
        raise SettingsError(f"{name} must be text.")
    if value not in CHOICES.get(name, (value,)):
        raise SettingsError(f"{name} must be one of: {', '.join(CHOICES[name])}.")
    return value


def to_bool(name: str, value: Any) -> bool:
    """Return what a yes or no says. Raises SettingsError."""
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    known = words.get(str(value).lower())
    if known is None:
        raise SettingsError(f"{name} must be true or false.")
    return known


def _to_number(name: str, value: Any, lowest: int) -> int:
    unit, highest = _measure(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is not int or not lowest <= value <= highest:
        raise SettingsError(f"{name} must be {unit} from {lowest} to {highest}.")
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
