"""Logging in at the hosted Comfy service by a code that is approved on whatever device."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from ..audit.clients import Client
from ..errors import PassportError
from ..providers.comfy_cloud import ComfyCloud, LoginCode
from ..providers.firebase import Firebase
from ..secret import Secret
from ..storage.database import Database
from .external_errors import FlowInvalidError
from .flows import Flow, Flows
from .hosted_hand_over import Brought, HandOver
from .hosted_passwords import require_set_up

COMFY_CODE = "comfy-code"
VERIFIER_LENGTH_BYTES = 48  # RFC 7636, 4.1: 43 to 128 characters
NOT_FINAL = ("service_unreachable", "service_answered_nonsense")


@dataclass(frozen=True)
class CodeWish:
    """What a log-in by code is for, and whose session asked, if it is to be linked."""

    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    session_id: str | None = None
    link_accounts: bool = False


@dataclass(frozen=True)
class Approved:
    """A code that was approved."""

    brought: Brought
    wish: CodeWish


@dataclass(frozen=True)
class Waiting:
    """A code that nobody has approved yet; seconds until it is worth asking again."""

    interval: int


class HostedCodes:
    """Log-in by a code that is approved at cloud.comfy.org, on whatever device people like.

    The service made it for its own desktop program: it is off unless the owner wants it.
    """

    def __init__(
        self,
        database: Database,
        flows: Flows,
        cloud: ComfyCloud,
        firebase: Firebase,
        hand_over: HandOver,
        allowed: bool,
    ) -> None:
        self._database = database
        self._flows = flows
        self._cloud = cloud
        self._firebase = firebase
        self._hand_over = hand_over
        self._allowed = allowed

    async def begin(self, wish: CodeWish, client: Client) -> tuple[Flow, LoginCode]:
        """Return the flow and the code to show. Raises ProviderNotSetUpError and
        TooManyTriesError.
        """
        self.require_set_up()
        await self._database.run(self._flows.count, client.network)
        verifier = secrets.token_urlsafe(VERIFIER_LENGTH_BYTES)
        digest = hashlib.sha256(verifier.encode()).digest()
        shown = await self._cloud.begin_code(urlsafe_b64encode(digest).rstrip(b"=").decode())
        flow = self._flows.plan(timedelta(seconds=shown.expires_in))
        details = {
            "kind": COMFY_CODE,
            "code": shown.code.reveal(),
            "verifier": verifier,
            "interval": shown.interval,
            "wish": asdict(wish),
        }
        await self._database.run(self._flows.begin, flow, details)
        wait = timedelta(seconds=shown.interval)
        await self._database.run(self._flows.may_poll, flow.id, wait)
        return flow, shown

    def require_set_up(self) -> None:
        """Raise ProviderNotSetUpError unless the owner wants this way and has named the web key."""
        require_set_up(self._allowed and self._firebase.configured)

    async def poll(
        self, flow_id: str, secret: Secret | None, session_id: str | None
    ) -> Approved | Waiting:
        """Return who has approved the code, or how long to wait.

        Raises FlowInvalidError, FlowExpiredError, LogInDeniedError; an answer that is the
        service's own no ends the flow.
        """
        details = await self._database.run(self._flows.look_at, flow_id, secret)
        if details.get("kind") != COMFY_CODE:
            raise FlowInvalidError("This log-in was begun at another provider. Begin again.")
        wish, interval = CodeWish(**details["wish"]), int(details["interval"])
        if wish.session_id not in (None, session_id):
            raise FlowInvalidError("This log-in was begun in another session. Begin again.")
        wait = timedelta(seconds=interval)
        if not await self._database.run(self._flows.may_poll, flow_id, wait):
            return Waiting(interval)
        try:
            token = await self._cloud.exchange_code(
                Secret(details["code"]), Secret(details["verifier"])
            )
        except PassportError as error:
            if error.code not in NOT_FINAL:
                await self._database.run(self._flows.end, flow_id)
            raise
        if token is None:
            return Waiting(interval)
        await self._database.run(self._flows.end, flow_id)  # the token is given out once
        tokens = await self._firebase.log_in_with_custom_token(token)
        return Approved(await self._hand_over.prove(tokens.id_token, tokens), wish)
