"""Does a log-in provider know this server, as its owner has set it up?"""

from __future__ import annotations

from ..errors import PassportError
from ..network.checks import FAIL, OK, Check
from ..providers.errors import (
    ProviderAnswerInvalidError,
    ProviderClientRefusedError,
    ServiceUnreachableError,
)
from ..providers.log_in_provider import LogInProvider

REMEDY_CLIENT = (
    "Copy the client id and the secret from the provider's page again, write them into the "
    "settings and restart ComfyUI."
)
REMEDY_DEVICE = "Switch on the device flow for this application at the provider."
REMEDY_ISSUER = "Write the issuer exactly as the provider's own configuration spells it."
REMEDY_REACH = "See the row of this provider in the Login Doctor."


async def check_client(provider: LogInProvider) -> Check:
    """Does the provider know the client id and the secret?"""
    try:
        await provider.try_client()
    except ProviderClientRefusedError as error:
        return _fail("provider_client", error, REMEDY_CLIENT)
    except PassportError as error:
        return _fail("provider_client", error, _find_remedy(error))
    return Check(
        "provider_client", OK, f"{provider.label} answers, and knows this server's client.", None
    )


async def check_device_flow(provider: LogInProvider) -> Check:
    """Does the provider let this client use the device flow?"""
    try:
        await provider.begin_device_flow()
    except ProviderClientRefusedError as error:
        return _fail("provider_device", error, REMEDY_DEVICE)
    except PassportError as error:
        return _fail("provider_device", error, _find_remedy(error))
    return Check("provider_device", OK, f"Log-in by code works at {provider.label}.", None)


def _find_remedy(error: PassportError) -> str:
    if isinstance(error, ServiceUnreachableError):
        return REMEDY_REACH
    return REMEDY_ISSUER if isinstance(error, ProviderAnswerInvalidError) else REMEDY_CLIENT


def _fail(check_id: str, error: PassportError, remedy: str) -> Check:
    return Check(check_id, FAIL, error.message, remedy, {"code": error.code, **error.details})
