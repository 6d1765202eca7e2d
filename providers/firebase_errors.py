"""What Firebase Auth says when it says no, and what that means to a person."""

from __future__ import annotations

from typing import Any, cast

from ..errors import PassportError
from .comfy_errors import (
    DELETED,
    DISABLED,
    EXPIRED,
    REVOKED,
    ComfyRefusedError,
    ComfySessionEndedError,
)
from .errors import ServiceAnsweredNonsenseError
from .http_client import Answer

WRONG = "The mail address or the password is wrong."
OFF = "Comfy does not allow log-ins by mail and password at the moment. Choose another way."
WEAK = "Comfy takes no such password. Choose a longer one, with letters and digits."
EXISTS = (
    "There is an account with this mail address at Comfy already. Log in to it, or reset its "
    "password."
)
OTHER_PROJECT = (
    "Comfy's log-in code is for another project than this server is set up for. Ask this server's "
    "owner."
)
DEAD_LINK = "This link from Comfy's mail is not good any more. Ask for a new one."

REFUSALS: dict[str, tuple[str, str]] = {
    "EMAIL_NOT_FOUND": ("email_or_password_wrong", WRONG),
    "INVALID_PASSWORD": ("email_or_password_wrong", WRONG),
    "INVALID_LOGIN_CREDENTIALS": ("email_or_password_wrong", WRONG),
    "USER_DISABLED": (
        "user_disabled",
        "Comfy has disabled this account. Write to support@comfy.org.",
    ),
    "TOO_MANY_ATTEMPTS_TRY_LATER": (
        "too_many_attempts",
        "There were too many tries at Comfy. Wait some minutes, or reset the password.",
    ),
    "PASSWORD_LOGIN_DISABLED": ("password_log_in_off", OFF),
    "OPERATION_NOT_ALLOWED": ("password_log_in_off", OFF),
    "EMAIL_EXISTS": (
        "email_exists",
        EXISTS,
    ),
    "INVALID_EMAIL": ("email_invalid", "This is not a whole mail address. Check its spelling."),
    "MISSING_EMAIL": ("email_invalid", "Enter the mail address of the Comfy account."),
    "MISSING_PASSWORD": ("password_missing", "Enter the password of the Comfy account."),
    "WEAK_PASSWORD": ("password_weak", WEAK),
    "PASSWORD_DOES_NOT_MEET_REQUIREMENTS": ("password_weak", WEAK),
    "EXPIRED_OOB_CODE": ("code_expired", DEAD_LINK),
    "INVALID_OOB_CODE": ("code_invalid", DEAD_LINK),
    "INVALID_CUSTOM_TOKEN": ("code_invalid", "Comfy's log-in code is not good. Begin again."),
    "CREDENTIAL_MISMATCH": (
        "code_invalid",
        OTHER_PROJECT,
    ),
    "RESET_PASSWORD_EXCEED_LIMIT": (
        "reset_limit",
        "Comfy has sent too many mails to this address. Try again tomorrow.",
    ),
    "CREDENTIAL_TOO_OLD_LOGIN_AGAIN": (
        "log_in_again",
        "Comfy wants a fresh log-in for this. Log in at Comfy again, then try once more.",
    ),
    "INVALID_ID_TOKEN": (
        "log_in_again",
        "Comfy does not take this log-in any more. Log in at Comfy again.",
    ),
}

ENDINGS = {
    "TOKEN_EXPIRED": EXPIRED,
    "INVALID_REFRESH_TOKEN": REVOKED,
    "MISSING_REFRESH_TOKEN": REVOKED,
    "INVALID_GRANT_TYPE": REVOKED,
    "PROJECT_NUMBER_MISMATCH": REVOKED,
    "USER_DISABLED": DISABLED,
    "USER_NOT_FOUND": DELETED,
}
"""Codes that end a kept log-in, when they come as the answer to its refresh."""

LOG_IN_ENDINGS = {"TOKEN_EXPIRED": EXPIRED, "USER_NOT_FOUND": DELETED}
"""The same, when they come as the answer to a call with an ID token."""

SECOND_FACTOR = (
    "This Comfy account asks for a second factor, which this form cannot. Log in with Comfy's own "
    "dialog, or paste an API key."
)


def read_code(answer: Answer) -> str | None:
    """Return the code of Firebase's error, or None; what stands after ` : ` is for people."""
    error: Any = None
    if isinstance(answer.body, dict):
        error = cast("dict[str, Any]", answer.body).get("error")  # pyright: ignore[reportUnknownMemberType]
    message = cast("dict[str, Any]", error).get("message") if isinstance(error, dict) else None
    return message.partition(" : ")[0].strip() if isinstance(message, str) else None


def name_refusal(answer: Answer) -> PassportError:
    """Return the error for an answer to a call with a password or an ID token."""
    code = read_code(answer)
    if code is None:
        return nonsense(answer)
    if code in LOG_IN_ENDINGS:
        return ComfySessionEndedError(LOG_IN_ENDINGS[code])
    reason, message = REFUSALS.get(code, ("other", "Comfy refused this and did not say why."))
    return ComfyRefusedError(message, reason)


def name_ending(answer: Answer) -> PassportError:
    """Return the error for an answer to a refresh: only what Firebase itself says ends one."""
    code = read_code(answer)
    if code is None:
        return nonsense(answer)
    if code in ENDINGS:
        return ComfySessionEndedError(ENDINGS[code])
    return name_refusal(answer)


def nonsense(answer: Answer) -> ServiceAnsweredNonsenseError:
    """Return the error for an answer that is not Firebase's."""
    return ServiceAnsweredNonsenseError(
        "Something answered for Comfy's log-in, and it was not Comfy: a proxy, a captive portal "
        "or a wrong address in the settings. Nothing was changed.",
        status=answer.status,
    )
