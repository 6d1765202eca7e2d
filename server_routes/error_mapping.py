"""Error to status, in one table."""

from __future__ import annotations

from aiohttp import web

from ..accounts import access_errors as access
from ..accounts import errors as accounts
from ..accounts import external_errors as external
from ..data_folder import DataFolderUnusableError
from ..errors import (
    DependencyMissingError,
    PassportError,
    SettingsError,
    UnavailableError,
)
from ..providers import comfy_errors as comfy
from ..providers import errors as providers
from ..storage import errors as storage
from ..vault import errors as vault
from . import errors as requests
from .responses import json_response

STATUS: dict[type[PassportError], int] = {
    SettingsError: 503,
    DependencyMissingError: 503,
    UnavailableError: 503,
    DataFolderUnusableError: 503,
    accounts.NotSignedInError: 401,
    accounts.IdentityTakenError: 409,
    accounts.AccountDisabledError: 403,
    accounts.AccountMissingError: 404,
    accounts.EmailInvalidError: 422,
    accounts.EmailTakenError: 409,
    accounts.EmailMissingError: 409,
    accounts.DisplayNameInvalidError: 422,
    accounts.PasswordUnacceptableError: 422,
    accounts.PasswordExistsError: 409,
    accounts.PasswordWrongError: 403,
    accounts.EmailOrPasswordWrongError: 401,
    accounts.RegistrationClosedError: 403,
    accounts.InvitationNeededError: 403,
    accounts.InvitationInvalidError: 403,
    accounts.InvitationMissingError: 404,
    accounts.SetUpCodeNeededError: 403,
    accounts.SetUpCodeWrongError: 403,
    accounts.OwnerExistsError: 409,
    accounts.OwnerOnlyError: 403,
    accounts.LastOwnerError: 409,
    accounts.BothHaveKeysError: 409,
    accounts.SessionMissingError: 404,
    accounts.TokenInvalidError: 410,
    accounts.MailNotSetUpError: 409,
    access.ReauthenticationRequiredError: 403,
    access.AccountCancelledError: 403,
    access.ScopeMissingError: 403,
    access.SessionNeededError: 403,
    access.ScopeUnknownError: 422,
    access.ApiKeyNameInvalidError: 422,
    access.ApiKeyNameTakenError: 409,
    access.ApiKeyExpiryInvalidError: 422,
    access.ApiKeyNotGoodError: 401,
    access.ApiKeyMissingError: 404,
    access.TooManyApiKeysError: 409,
    accounts.ConfirmationWrongError: 422,
    accounts.DeletionRequestMissingError: 404,
    accounts.ComfyUserInvalidError: 422,
    accounts.TooManyTriesError: 429,
    accounts.ServerBusyError: 503,
    external.ProviderUnknownError: 404,
    external.ProviderNotSetUpError: 409,
    external.FlowInvalidError: 410,
    external.EmailHasAccountError: 409,
    external.IdentityExistsError: 409,
    external.IdentityOtherError: 403,
    external.IdentityMissingError: 404,
    external.LastWayInError: 409,
    providers.ProviderAnswerInvalidError: 502,
    providers.ProviderClientRefusedError: 502,
    providers.LogInDeniedError: 403,
    providers.FlowExpiredError: 410,
    comfy.ComfyRefusedError: 403,
    comfy.ComfyTokenInvalidError: 403,
    comfy.ComfyKeyMissingError: 404,
    comfy.ComfyLogInNeededError: 409,
    comfy.ComfySessionEndedError: 409,
    providers.MailNotSentError: 502,
    providers.ServiceUnreachableError: 502,
    providers.ServiceAnsweredNonsenseError: 502,
    providers.ApiKeyRefusedError: 401,
    providers.ApiKeyNotPermittedError: 403,
    requests.BodyTooLargeError: 413,
    requests.BodyNotJsonError: 415,
    requests.InvalidJsonError: 400,
    requests.InvalidFieldError: 422,
    requests.ForeignRequestError: 403,
    requests.MissingHeaderError: 403,
    requests.InsecureConnectionError: 403,
    requests.HostNotListedError: 403,
    storage.StorageError: 503,
    storage.DatabaseBusyError: 503,
    storage.DatabaseUnreachableError: 503,
    storage.CommitUncertainError: 503,
    storage.DatabaseDamagedError: 503,
    storage.DatabaseTooNewError: 503,
    storage.DataFolderNotWritableError: 503,
    storage.DiskFullError: 507,
    storage.AlreadyExistsError: 409,
    vault.MasterKeyInvalidError: 503,
    vault.MasterKeyMissingError: 503,
    vault.CredentialUnreadableError: 409,
    vault.CredentialMissingError: 404,
    vault.CredentialExpiredError: 409,
    vault.ServiceUnknownError: 404,
    vault.ApiKeyMalformedError: 422,
    vault.NodePackNotAllowedError: 403,
    vault.NodePackNameInvalidError: 422,
}


def error_response(error: PassportError) -> web.Response:
    """Answer with the error in the envelope."""
    body = {"code": error.code, "message": error.message, "details": error.details}
    response = json_response({"error": body}, STATUS[type(error)])
    if isinstance(error, (accounts.TooManyTriesError, accounts.ServerBusyError)):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response
