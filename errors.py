"""The root of every error that Passport raises on purpose."""

from __future__ import annotations

from typing import Any, ClassVar


class PassportError(Exception):
    """Something that a person can be told: what happened, and what to do.

    `code` is stable and meant for programs; the message is whole English sentences;
    `details` are plain values for both. None of them ever holds a secret.
    """

    code: ClassVar[str] = "passport_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class SettingsError(PassportError):
    """A setting, from the environment or passport.toml, cannot be used."""

    code = "settings_invalid"


class DependencyMissingError(PassportError):
    """A Python package that Passport needs is not installed."""

    code = "dependency_missing"


class UnavailableError(PassportError):
    """Passport could not start for a reason that it did not foresee."""

    code = "passport_unavailable"
