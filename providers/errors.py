"""How a remote service can disappoint."""

from __future__ import annotations

from ..errors import PassportError


class ServiceUnreachableError(PassportError):
    """No answer that comes from the service itself. Says nothing about what was asked.

    `cause` is one of: dns, connect, tls, timeout, proxy, busy, server_error, redirect.
    """

    code = "service_unreachable"

    def __init__(self, message: str, cause: str, host: str) -> None:
        super().__init__(message, cause=cause, host=host)
        self.cause = cause


class ServiceAnsweredNonsenseError(PassportError):
    """Somebody answered, and it was not the service as we know it."""

    code = "service_answered_nonsense"


class ApiKeyRefusedError(PassportError):
    """The service does not know the key."""

    code = "api_key_refused"


class ApiKeyNotPermittedError(PassportError):
    """The service knows the key and does not let its owner use keys."""

    code = "api_key_not_permitted"
