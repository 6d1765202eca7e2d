"""Logging in, linking and proving oneself at a provider, by redirect or by code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..errors import PassportError
from ..providers.directory import ALWAYS_SHOWN
from ..providers.errors import ProviderAnswerInvalidError
from ..providers.log_in_provider import LogInProvider, RedirectFlow
from ..providers.oauth import DeviceCode, Pending, raise_refusal
from ..providers.proved_identity import ProvedIdentity
from ..secret import Secret
from ..storage.database import Database
from .admission import Application
from .errors import NotSignedInError
from .external_errors import FlowInvalidError, ProviderNotSetUpError, ProviderUnknownError
from .external_log_in import ExternalLogIn
from .flows import Flow, Flows
from .merging import Asking
from .provider_flow import LOG_IN, REAUTHENTICATE, Asker, Callback, Finished, Wish

REDIRECT, DEVICE = "redirect", "device"
REDIRECT_LIFETIME = timedelta(minutes=10)
VERIFIER_LENGTH_BYTES = 48  # RFC 7636, 4.1: 43 to 128 characters
NONCE_LENGTH_BYTES = 32


class ProviderLogIn:
    """Takes people to a provider and back."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[str, LogInProvider],
        flows: Flows,
        external_log_in: ExternalLogIn,
        clock: Clock,
    ) -> None:
        self.providers = providers
        self._database = database
        self._flows = flows
        self._external_log_in = external_log_in
        self._clock = clock

    async def begin_redirect(
        self, kind: str, wish: Wish, asker: Asker, redirect_uri: str
    ) -> tuple[Flow, str]:
        """Return the flow and where the browser is to go.

        Raises ProviderUnknownError, ProviderNotSetUpError, NotSignedInError, TooManyTriesError,
        and what the provider's discovery raises.
        """
        provider = self.find(kind, REDIRECT)
        details = _note(kind, REDIRECT, wish, asker)
        await self._database.run(self._flows.count, asker.client.network)
        flow = self._flows.plan(REDIRECT_LIFETIME)
        redirect = RedirectFlow(
            redirect_uri,
            flow.id,
            secrets.token_urlsafe(VERIFIER_LENGTH_BYTES),
            secrets.token_urlsafe(NONCE_LENGTH_BYTES),
            fresh=wish.purpose == REAUTHENTICATE,
        )
        url = await provider.make_authorization_url(redirect)
        await self._database.run(self._flows.begin, flow, {**details, REDIRECT: asdict(redirect)})
        return flow, url

    async def finish_redirect(
        self, kind: str, callback: Callback, secret: Secret | None, asker: Asker
    ) -> Finished:
        """Do what the flow was begun for. It is used up, whatever comes of it.

        Raises FlowInvalidError, FlowExpiredError, LogInDeniedError, what `LogInProvider.redeem`
        raises, and what the purpose's method of `ExternalLogIn` raises.
        """
        provider = self.find(kind, REDIRECT)
        details = await self._database.run(self._flows.take, callback.state, secret)
        _require_same(details, kind, REDIRECT, asker)
        if callback.error is not None:
            raise_refusal(callback.error)
        if not callback.code:
            raise_refusal("invalid_request")
        flow = RedirectFlow(**details[REDIRECT])
        try:
            proved = await provider.redeem(flow, callback.code, callback.issuer)
        except ProviderAnswerInvalidError as error:
            await self._database.run(self._note_failure, kind, error.reason, asker.client)
            raise
        return await self._finish(Wish(**details["wish"]), proved, asker)

    async def begin_device(self, kind: str, wish: Wish, asker: Asker) -> tuple[Flow, DeviceCode]:
        """Return the flow and the code to show. Raises what `begin_redirect` raises."""
        provider = self.find(kind, DEVICE)
        details = _note(kind, DEVICE, wish, asker)
        await self._database.run(self._flows.count, asker.client.network)
        shown = await provider.begin_device_flow()
        flow = self._flows.plan(timedelta(seconds=shown.expires_in))
        device = {"code": shown.device_code.reveal(), "interval": shown.interval}
        await self._database.run(self._flows.begin, flow, {**details, DEVICE: device})
        # The first question waits its turn as well.
        wait = timedelta(seconds=shown.interval)
        await self._database.run(self._flows.may_poll, flow.id, wait)
        return flow, shown

    async def poll_device(
        self, kind: str, flow_id: str, secret: Secret | None, asker: Asker
    ) -> Finished | Pending:
        """Do what the flow was begun for, or tell how long to wait. The provider is asked no more
        often than it wants, however often this is called. Raises what `finish_redirect` raises.
        """
        provider = self.find(kind, DEVICE)
        details = await self._database.run(self._flows.look_at, flow_id, secret)
        _require_same(details, kind, DEVICE, asker)
        device = details[DEVICE]
        interval = int(device["interval"])
        wait = timedelta(seconds=interval)
        if not await self._database.run(self._flows.may_poll, flow_id, wait):
            return Pending(interval)
        try:
            proved = await provider.poll_device_flow(Secret(device["code"]), interval)
        except PassportError as error:
            if not _may_go_on(error):
                await self._database.run(self._flows.end, flow_id)
            raise
        if isinstance(proved, Pending):
            if proved.interval != interval and secret is not None:
                slower = {**details, DEVICE: {**device, "interval": proved.interval}}
                wait = timedelta(seconds=proved.interval)
                await self._database.run(self._flows.slow_down, flow_id, secret, slower, wait)
            return proved
        await self._database.run(self._flows.end, flow_id)
        return await self._finish(Wish(**details["wish"]), proved, asker)

    async def _finish(self, wish: Wish, proved: ProvedIdentity, asker: Asker) -> Finished:
        session = asker.session
        if wish.purpose == LOG_IN:
            application = Application(
                invitation=wish.invitation,
                set_up_code=wish.set_up_code,
                on_the_machine=asker.on_the_machine,
            )
            signed_in = await self._external_log_in.log_in(
                proved, application, wish.shared_computer, asker.client
            )
            return Finished(wish.purpose, signed_in=signed_in)
        if session is None:  # `_require_same` has let nobody else through
            raise RuntimeError("A flow for a session has none.")
        if wish.purpose == REAUTHENTICATE:
            token = await self._external_log_in.reauthenticate(session, proved, asker.client)
            return Finished(wish.purpose, token=token)
        asking = Asking(session.account_id, asker.client)
        await self._external_log_in.link(asking, proved, wish.link_accounts)
        return Finished(wish.purpose)

    def find(self, kind: str, way: str | None = None) -> LogInProvider:
        """Return the provider; `way` is what it has to be set up for.

        Raises ProviderUnknownError or ProviderNotSetUpError.
        """
        provider = self.providers.get(kind)
        if provider is None and kind not in ALWAYS_SHOWN:
            raise ProviderUnknownError("This server has no log-in provider of this name.")
        if provider is None or not (way is None or way_is_set_up(provider, way)):
            raise ProviderNotSetUpError(
                "The owner of this server has not set this up. Choose another way to log in.",
                provider=kind,
                way=way,
            )
        return provider

    def _note_failure(self, kind: str, reason: str, client: Client) -> None:
        with self._database.transaction() as connection:
            audit.record(
                connection,
                self._clock(),
                audit.SIGN_IN_FAILED,
                None,
                client,
                method=kind,
                reason=reason,
            )


def way_is_set_up(provider: LogInProvider, way: str) -> bool:
    """Tell whether the owner has set the provider up for this way."""
    return provider.redirects if way == REDIRECT else provider.has_device_flow


def _note(kind: str, way: str, wish: Wish, asker: Asker) -> dict[str, Any]:
    """Return what the flow has to remember. Raises NotSignedInError."""
    if wish.purpose != LOG_IN and asker.session is None:
        raise NotSignedInError("You are not signed in to this server. Log in and try again.")
    session_id = asker.session.id if asker.session and wish.purpose != LOG_IN else None
    return {"kind": kind, "way": way, "wish": asdict(wish), "session": session_id}


def _require_same(details: dict[str, Any], kind: str, way: str, asker: Asker) -> None:
    """Raise FlowInvalidError when a flow is finished elsewhere than where it was begun."""
    session_id = asker.session.id if asker.session else None
    of_another = details.get("session") not in (None, session_id)
    if details.get("kind") != kind or details.get("way") != way or of_another:
        raise FlowInvalidError(
            "This log-in was begun in another session, or at another provider. Begin again."
        )


def _may_go_on(error: PassportError) -> bool:
    """Tell whether a failed question is only a matter of the network."""
    return error.code in ("service_unreachable", "service_answered_nonsense")
