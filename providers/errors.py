"""How a remote service can disappoint."""

from __future__ import annotations

from typing import Any

from ..errors import PassportError


class ServiceUnreachableError(PassportError):
    """No answer that comes from the service itself. Says nothing about what was asked.

    `cause` is one of: dns, connect, tls, timeout, proxy, busy, server_error, redirect,
    not_public, not_encrypted. `retry_after_seconds` is known when the service named a time, or
    when it is left alone after several failures.
    """

    code = "service_unreachable"

    def __init__(
        self, message: str, cause: str, host: str, retry_after_seconds: int | None = None
    ) -> None:
        details: dict[str, Any] = {"cause": cause, "host": host}
        if retry_after_seconds is not None:
            details["retry_after_seconds"] = retry_after_seconds
        super().__init__(message, **details)
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


class ProviderAnswerInvalidError(PassportError):
    """A log-in provider's answer does not prove what it should; it was refused.

    `reason` is a word for programs: state, issuer, signature, algorithm, audience, expired, nonce,
    subject, code, malformed.
    """

    code = "provider_answer_invalid"

    def __init__(self, message: str, reason: str, **details: Any) -> None:
        super().__init__(message, reason=reason, **details)
        self.reason = reason


class ProviderClientRefusedError(PassportError):
    """The provider does not know this server's client id, or its secret is another one."""

    code = "provider_client_refused"


class LogInDeniedError(PassportError):
    """The person, or the provider for them, said no."""

    code = "log_in_denied"


class FlowExpiredError(PassportError):
    """The time to finish a log-in elsewhere is over."""

    code = "flow_expired"
