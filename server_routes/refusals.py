"""Answering with an error, and writing down those that somebody who means harm would see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from ..accounts import access_errors as access
from ..accounts import errors as accounts
from ..accounts import external_errors as external
from ..audit.refusals import Refusal
from ..errors import PassportError
from . import errors as requests
from .error_mapping import error_response
from .request_context import find_client, find_principal

if TYPE_CHECKING:
    from ..services import Services

# What asks a person for something more is none: to prove again who they are, to confirm that a
# key travels in clear. Wrong passwords and keys are written down one by one, where they are tried.
WRITTEN_DOWN: frozenset[type[PassportError]] = frozenset(
    {
        access.AccountCancelledError,
        access.ApiKeyNotGoodError,
        access.ScopeMissingError,
        access.SessionNeededError,
        accounts.AccountDisabledError,
        accounts.InvitationInvalidError,
        accounts.OwnerOnlyError,
        accounts.RegistrationClosedError,
        accounts.SetUpCodeWrongError,
        accounts.TokenInvalidError,
        accounts.TooManyTriesError,
        external.FlowInvalidError,
        external.IdentityOtherError,
        requests.ForeignRequestError,
        requests.HostNotListedError,
        requests.MissingHeaderError,
    }
)


def refuse(services: Services | None, request: web.Request, error: PassportError) -> web.Response:
    """Answer with the error in the envelope, and note it where it is to be written down."""
    note_refusal(services, request, error)
    return error_response(error)


def note_refusal(services: Services | None, request: web.Request, error: PassportError) -> None:
    """Count the refused call, if it is one that is written down."""
    if services is None or type(error) not in WRITTEN_DOWN:
        return
    principal = find_principal(request)
    account_id = principal.account_id if principal else None
    network = find_client(services.policy, request).network
    services.refusals.note(Refusal(error.code, account_id, network))
