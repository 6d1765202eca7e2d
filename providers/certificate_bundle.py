"""A company's own certificates: what outgoing calls trust besides the system's."""

from __future__ import annotations

import ssl

from ..errors import SettingsError


def make_tls_context(file: str) -> ssl.SSLContext:
    """Return what trusts the system's certificates and those of the file.

    Raises SettingsError.
    """
    context = ssl.create_default_context()
    # Python 3.13 became strict about the form of certificates, and the authorities that companies
    # make for themselves rarely keep to it. Whom to trust is not touched by this.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(("http/1.1",))
    _load(context, file)
    return context


def list_expiries(file: str) -> list[str]:
    """Return when each authority of the file ends: `Nov 23 02:00:00 2027 GMT`.

    Raises SettingsError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, file)
    return [str(certificate["notAfter"]) for certificate in context.get_ca_certs()]


def _load(context: ssl.SSLContext, file: str) -> None:
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise SettingsError(
            f"ca_bundle: {file} holds no certificates. It must be a text file of blocks that "
            "begin with -----BEGIN CERTIFICATE-----."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is no name of a file"
        raise SettingsError(f"ca_bundle: {file} cannot be read: {reason}.") from error
