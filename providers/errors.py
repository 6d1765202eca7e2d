"""How a remote service can disappoint."""

from __future__ import annotations

from typing import Any

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


class MailNotSentError(PassportError):
    """A letter did not leave, or we cannot know that it did.

    `cause` is one of: not_set_up, malformed, dns, connect, timeout, tls, not_encrypted, greeting,
    auth, refused_sender, refused_recipient, refused, address_not_supported. `permanent` says that
    this letter will not leave later either.
    """

    code = "mail_not_sent"

    def __init__(self, message: str, cause: str, permanent: bool = False, **details: Any) -> None:
        super().__init__(message, cause=cause, **details)
        self.cause = cause
        self.permanent = permanent
