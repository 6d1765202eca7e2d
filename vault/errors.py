"""What can go wrong between a stored credential and the run that wants it."""

from __future__ import annotations

from ..errors import PassportError


class MasterKeyInvalidError(PassportError):
    """The configured master key is no master key."""

    code = "master_key_invalid"


class MasterKeyMissingError(PassportError):
    """Something is sealed with a master key that is not here."""

    code = "master_key_missing"


class MasterKeyUnchangeableError(PassportError):
    """The master key cannot be changed from here, or not now."""

    code = "master_key_unchangeable"


class CredentialUnreadableError(PassportError):
    """A stored credential does not open: another key, or changed bytes."""

    code = "credential_unreadable"


class CredentialMissingError(PassportError):
    """The account stores no such credential."""

    code = "credential_missing"


class CredentialExpiredError(PassportError):
    """The stored credential was good for a while, and that is over."""

    code = "credential_expired"


class ServiceUnknownError(PassportError):
    """Passport keeps no credentials of this service."""

    code = "service_unknown"


class ApiKeyMalformedError(PassportError):
    """The text cannot be an API key of the service."""

    code = "api_key_malformed"


class NodePackNotAllowedError(PassportError):
    """A run would hand the credential to a pack that its account has not allowed."""

    code = "node_pack_not_allowed"


class NodePackNameInvalidError(PassportError):
    """The text cannot be a node pack's name."""

    code = "node_pack_name_invalid"
