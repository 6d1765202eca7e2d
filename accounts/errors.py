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
