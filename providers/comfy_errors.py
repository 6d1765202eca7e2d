"""How the hosted Comfy account can disappoint."""

from __future__ import annotations

from ..errors import PassportError

REVOKED, EXPIRED, DISABLED, DELETED = "revoked", "expired", "disabled", "deleted"

REMEDIES = {
    REVOKED: "Comfy has ended this log-in, as it does after a change of the password. Log in at "
    "Comfy again.",
    EXPIRED: "The log-in at Comfy has expired. Log in at Comfy again.",
    DISABLED: "Comfy has disabled this account. Write to support@comfy.org.",
    DELETED: "This account does not exist at Comfy any more. Log in with another one.",
}
"""Why a log-in at the hosted service is over, and what to do."""


class ComfyRefusedError(PassportError):
    """The hosted service said no, and why: `reason` is a word for programs.

    One of: email_or_password_wrong, user_disabled, too_many_attempts, password_log_in_off,
    email_exists, email_invalid, password_missing, password_weak, code_expired, code_invalid,
    reset_limit, log_in_again, second_factor_needed, not_permitted, not_set_up, other.
    """

    code = "comfy_refused"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class ComfySessionEndedError(PassportError):
    """The log-in that is kept for the account is over at the service.

    `cause` is one of: revoked, expired, disabled, deleted.
    """

    code = "comfy_session_ended"

    def __init__(self, cause: str) -> None:
        super().__init__(REMEDIES[cause], cause=cause)
        self.cause = cause


class ComfyLogInNeededError(PassportError):
    """No log-in at the hosted service is at hand: neither the browser's nor a stored one."""

    code = "comfy_log_in_needed"


class ComfyTokenInvalidError(PassportError):
    """The token proves nobody at the hosted service, or somebody else."""

    code = "comfy_token_invalid"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class ComfyKeyMissingError(PassportError):
    """The service knows no such API key of this account."""

    code = "comfy_key_missing"
