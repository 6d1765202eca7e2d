"""Everything about the hosted Comfy account, wired once."""

from __future__ import annotations

from dataclasses import dataclass

from ..clock import Clock
from ..providers.comfy_account import ComfyAccountApi
from ..providers.comfy_cloud import ComfyCloud
from ..providers.comfy_tokens import ComfyTokens
from ..providers.firebase import Firebase, FirebaseSettings
from ..providers.http_client import HttpClient
from ..providers.key_sets import KeySet
from ..settings import Settings
from ..storage.database import Database
from ..vault.credentials import Credentials
from .hosted_account import HostedAccount, HostedSubscription
from .hosted_codes import HostedCodes
from .hosted_credential import HostedCredentials
from .hosted_hand_over import HandOver
from .hosted_keys import HostedKeys, HostedLeaving
from .hosted_passwords import HostedPasswords
from .hosted_session import HostedSessions
from .wiring import Accounts


@dataclass(frozen=True)
class HostedServices:
    """The hosted service's own sides."""

    api: ComfyAccountApi
    cloud: ComfyCloud
    firebase: Firebase
    tokens: ComfyTokens
    code_allowed: bool
    """Whether the owner wants the log-in by code."""


@dataclass(frozen=True)
class Hosted:
    """The services around the hosted account, one for each thing that people do."""

    account: HostedAccount
    api: ComfyAccountApi
    codes: HostedCodes
    hand_over: HandOver
    keys: HostedKeys
    leaving: HostedLeaving
    passwords: HostedPasswords
    sessions: HostedSessions
    subscription: HostedSubscription


def make_hosted_services(
    settings: Settings, comfy_api_base: str, client: HttpClient, clock: Clock
) -> HostedServices:
    """Return the service's sides as the settings name them; nobody is asked yet."""
    firebase = FirebaseSettings(
        settings.firebase_auth_base, settings.firebase_token_base, settings.firebase_web_key
    )
    keys = KeySet(settings.firebase_keys_url, client, clock)
    return HostedServices(
        ComfyAccountApi(comfy_api_base, client),
        ComfyCloud(settings.comfy_cloud_base, client),
        Firebase(firebase, client),
        ComfyTokens(settings.firebase_project, keys, clock),
        settings.comfy_login_code,
    )


def wire_hosted(
    database: Database,
    credentials: Credentials,
    accounts: Accounts,
    services: HostedServices,
    server: tuple[str, str],
    clock: Clock,
) -> Hosted:
    """Wire the services; `server` is what people call this server, and the id of its store."""
    api, firebase = services.api, services.firebase
    sessions = HostedSessions(database, credentials, firebase, clock)
    accounts.change_feed.tell(sessions.held)
    for_runs = HostedCredentials(database, credentials, api, server, clock)
    hand_over = HandOver(
        database, services.tokens, for_runs, sessions, accounts.external_log_in, clock
    )
    account = HostedAccount(database, credentials, services.tokens, sessions, api, for_runs.name)
    return Hosted(
        account=account,
        api=api,
        codes=HostedCodes(
            database, accounts.flows, services.cloud, firebase, hand_over, services.code_allowed
        ),
        hand_over=hand_over,
        keys=HostedKeys(database, account, api, for_runs, credentials, clock),
        leaving=HostedLeaving(database, credentials, sessions, accounts.unlinking),
        passwords=HostedPasswords(database, firebase, api, hand_over, sessions, clock),
        sessions=sessions,
        subscription=HostedSubscription(account, api, services.cloud),
    )
