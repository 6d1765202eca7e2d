"""What can go wrong with being somebody."""

from __future__ import annotations

from ..errors import PassportError


class NotSignedInError(PassportError):
    """The call needs an account, and the request shows none."""

    code = "not_signed_in"


class IdentityTakenError(PassportError):
    """The identity proves another account already."""

    code = "identity_taken"


class AccountDisabledError(PassportError):
    """The account exists and may not be used."""

    code = "account_disabled"


class AccountMissingError(PassportError):
    """There is no such account."""

    code = "account_missing"


class EmailInvalidError(PassportError):
    """The text cannot be a mail address."""

    code = "email_invalid"


class EmailTakenError(PassportError):
    """An account logs in with this mail address already."""

    code = "email_taken"


class EmailMissingError(PassportError):
    """The account has no mail address that this could be done with."""

    code = "email_missing"


class DisplayNameInvalidError(PassportError):
    """The text cannot be a name that others read."""

    code = "display_name_invalid"


class PasswordUnacceptableError(PassportError):
    """A new password is too short, too long, or among the first that somebody would try."""

    code = "password_unacceptable"


class PasswordExistsError(PassportError):
    """The account has a password already."""

    code = "password_exists"


class PasswordWrongError(PassportError):
    """The account's present password is another one."""

    code = "password_wrong"


class EmailOrPasswordWrongError(PassportError):
    """No account logs in with this pair; which half is wrong is not said."""

    code = "email_or_password_wrong"


class RegistrationClosedError(PassportError):
    """This server takes no new accounts."""

    code = "registration_closed"


class InvitationNeededError(PassportError):
    """This server takes new accounts by invitation."""

    code = "invitation_needed"


class InvitationInvalidError(PassportError):
    """The invitation was used, taken back, has expired, or is made out to another address."""

    code = "invitation_invalid"


class InvitationMissingError(PassportError):
    """There is no such invitation to take back."""

    code = "invitation_missing"


class SetUpCodeNeededError(PassportError):
    """The server has no owner yet, and this is not the machine itself."""

    code = "set_up_code_needed"


class SetUpCodeWrongError(PassportError):
    """This is not the code that the server showed at its start."""

    code = "set_up_code_wrong"


class OwnerExistsError(PassportError):
    """Somebody owns this server already."""

    code = "owner_exists"


class OwnerOnlyError(PassportError):
    """Only the server's owner may do that."""

    code = "owner_only"


class LastOwnerError(PassportError):
    """The server would be left without an owner who can log in."""

    code = "last_owner"


class BothHaveKeysError(PassportError):
    """Two accounts cannot become one while each stores a key."""

    code = "both_have_keys"


class SessionMissingError(PassportError):
    """The account has no such session."""

    code = "session_missing"


class TokenInvalidError(PassportError):
    """The token was used, has expired, is void, or was never given out."""

    code = "token_invalid"


class ConfirmationWrongError(PassportError):
    """Deleting needs a word typed as it is asked for."""

    code = "confirmation_wrong"


class DeletionRequestMissingError(PassportError):
    """There is no such request to answer."""

    code = "deletion_request_missing"


class ComfyUserInvalidError(PassportError):
    """The text is no folder of one user of ComfyUI, or another account's."""

    code = "comfy_user_invalid"


class MailNotSetUpError(PassportError):
    """This server sends no mail."""

    code = "mail_not_set_up"


class TooManyTriesError(PassportError):
    """Somebody has tried too often; it says when the next try counts."""

    code = "too_many_tries"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            f"There were too many tries. Try again {_say_when(retry_after_seconds)}.",
            retry_after_seconds=retry_after_seconds,
        )
        self.retry_after_seconds = retry_after_seconds


class ServerBusyError(PassportError):
    """More people log in at this moment than the machine can check."""

    code = "server_busy"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "Too many people are logging in at this moment. Nothing was changed; try again "
            f"{_say_when(retry_after_seconds)}.",
            retry_after_seconds=retry_after_seconds,
        )
        self.retry_after_seconds = retry_after_seconds


def _say_when(seconds: int) -> str:
    for length, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = -(-seconds // length)
            return f"in {count} {unit}{'s' if count > 1 else ''}"
    return f"in {seconds} second{'s' if seconds > 1 else ''}"
