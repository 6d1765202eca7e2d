"""What can be wrong with a request before anybody looks at what it wants."""

from __future__ import annotations

from ..errors import PassportError


class BodyTooLargeError(PassportError):
    """More was sent than any call needs."""

    code = "body_too_large"


class BodyTooSlowError(PassportError):
    """The body did not come in the time that any body needs."""

    code = "body_too_slow"


class BodyNotJsonError(PassportError):
    """The Content-Type is not JSON; a plain HTML form could have sent it."""

    code = "body_not_json"


class InvalidJsonError(PassportError):
    """The body does not parse."""

    code = "invalid_json"


class InvalidFieldError(PassportError):
    """A field is missing, unknown, or of the wrong kind."""

    code = "invalid_field"


class ForeignRequestError(PassportError):
    """Another site's page has sent the request."""

    code = "foreign_request"


class MissingHeaderError(PassportError):
    """The header that no plain form can send is not there."""

    code = "missing_passport_header"


class InsecureConnectionError(PassportError):
    """A secret would travel in clear, and nobody has confirmed that."""

    code = "insecure_connection"


class HostNotListedError(PassportError):
    """The server is not known under the name that it was reached by."""

    code = "host_not_listed"
