"""The log-in providers that this server's owner has set up."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import Clock
from ..secret import Secret
from ..settings import Settings
from .github import KIND as GITHUB
from .github import GitHub
from .http_client import HttpClient
from .log_in_provider import LogInProvider
from .oauth import OAuthClient
from .openid import Clients, OpenIdProvider

GOOGLE = "google"
OIDC_PREFIX = "oidc:"
ALWAYS_SHOWN = {GOOGLE: "Google", GITHUB: "GitHub"}
"""People look for these, so they are told when they are not set up."""


def make_providers(
    settings: Settings, http: HttpClient, clock: Clock
) -> Mapping[str, LogInProvider]:
    """Return the providers by kind, in the order in which people see them."""
    found: dict[str, LogInProvider] = {}
    clients = Clients(
        _client(settings.google_client_id, settings.google_client_secret),
        _client(settings.google_device_client_id, settings.google_device_client_secret),
    )
    if clients.redirect or clients.device:
        issuer = settings.google_issuer
        found[GOOGLE] = OpenIdProvider(GOOGLE, "Google", issuer, clients, http, clock)
    app = _client(settings.github_client_id, settings.github_client_secret)
    if app is not None:
        found[GITHUB] = GitHub(settings.github_base, settings.github_api_base, app, http)
    for one in settings.oidc:
        client = _client(one.client_id, one.client_secret)
        kind = OIDC_PREFIX + one.name
        both = Clients(client, client if one.device else None)
        label = one.label or one.name
        found[kind] = OpenIdProvider(kind, label, one.issuer, both, http, clock)
    return found


def _client(client_id: str, secret: str) -> OAuthClient | None:
    return OAuthClient(client_id, Secret(secret)) if client_id else None
