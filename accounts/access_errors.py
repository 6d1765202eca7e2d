"""Why somebody who was recognized may not do what they ask for, and what is wrong with API keys."""

from __future__ import annotations

from ..errors import PassportError


class ReauthenticationRequiredError(PassportError):
    """The call is sensitive, and the person was last proved too long ago."""

    code = "reauthentication_required"


class AccountCancelledError(PassportError):
    """The account is cancelled: it may read, export, reactivate and delete, and nothing else."""

    code = "account_cancelled"


class ScopeMissingError(PassportError):
    """The API key may not do that."""

    code = "scope_missing"


class SessionNeededError(PassportError):
    """A program with an API key cannot do that; a person in a browser can."""

    code = "session_needed"


class ScopeUnknownError(PassportError):
    """There is no such scope."""

    code = "scope_unknown"


class ApiKeyNameInvalidError(PassportError):
    """The text cannot be the name of an API key."""

    code = "api_key_name_invalid"


class ApiKeyNameTakenError(PassportError):
    """The account has a key of this name."""

    code = "api_key_name_taken"


class ApiKeyExpiryInvalidError(PassportError):
    """A key cannot end at that time."""

    code = "api_key_expiry_invalid"


class ApiKeyNotGoodError(PassportError):
    """The request shows a key of ours that is expired, deleted, or none at all."""

    code = "api_key_not_good"


class ApiKeyMissingError(PassportError):
    """The account has no such key."""

    code = "api_key_missing"


class TooManyApiKeysError(PassportError):
    """The account has as many keys as it may."""

    code = "too_many_api_keys"
