"""What can go wrong with logging in by way of another service."""

from __future__ import annotations

from ..errors import PassportError


class ProviderUnknownError(PassportError):
    """There is no such provider."""

    code = "provider_unknown"


class ProviderNotSetUpError(PassportError):
    """The owner has not set this provider up, or not in this way."""

    code = "provider_not_set_up"


class FlowInvalidError(PassportError):
    """No log-in of this browser's is under way by this name: it was used, or never begun here."""

    code = "flow_invalid"


class EmailHasAccountError(PassportError):
    """A new account would have the mail address of one that logs in by password."""

    code = "email_has_account"


class IdentityExistsError(PassportError):
    """The account has an identity of this kind already."""

    code = "identity_exists"


class IdentityOtherError(PassportError):
    """Somebody else was proved than the person whose session it is."""

    code = "identity_other"


class IdentityMissingError(PassportError):
    """The account has no identity of this kind."""

    code = "identity_missing"


class LastWayInError(PassportError):
    """Without this identity nobody could log in to the account any more."""

    code = "last_way_in"
