"""The machine's default credential, for headless servers: COMFY_API_KEY or COMFY_API_KEY_FILE."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import SettingsError
from ..secret import Secret
from ..setting_values import read_secret
from .api_key_shape import parse_api_key
from .errors import ApiKeyMalformedError

VARIABLE = "COMFY_API_KEY"


class MachineCredential:
    """Reads the key anew each time, so that a replaced file counts at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @property
    def configured(self) -> bool:
        """Whether somebody meant this machine to have one. Costs two look-ups."""
        return bool(self._environment.get(VARIABLE) or self._environment.get(f"{VARIABLE}_FILE"))

    def read(self) -> Secret | None:
        """Return the key, or None where none is configured or it cannot be one.

        `explain_problem` says why.
        """
        if not self.configured:
            return None
        try:
            return parse_api_key(read_secret(self._environment, VARIABLE))
        except (SettingsError, ApiKeyMalformedError):
            return None

    def explain_problem(self) -> str | None:
        """Return why the configured key cannot be used, or None."""
        if not self.configured:
            return None
        try:
            parse_api_key(read_secret(self._environment, VARIABLE))
        except (SettingsError, ApiKeyMalformedError) as error:
            return error.message
        return None
