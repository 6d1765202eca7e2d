"""What happens to a prompt as it is posted: credentials go out of it, a handle goes in.

ComfyUI calls the hook on the event loop and goes on with the prompt as it was when the hook
raises. So the first thing is to take credentials out, and whatever fails afterwards leaves the
prompt without one. Nothing here asks the store, which may be slow: `prompt_answer` does.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ..clock import utc_now
from ..composition import Composition
from ..secret import Secret
from ..server_routes.request_context import (
    CLAIM_HANDLE,
    current_request,
    find_principal,
    judge_request,
)
from ..vault.claims import Claim, Claims
from .execution_binding import ExecutionBinding
from .extra_data import API_KEY, AUTH_TOKEN, HANDLE, find_extra_data, leave, take_credentials
from .node_packs import find_wanting_packs
from .run import name_for

if TYPE_CHECKING:
    from ..accounts.principals import Principal
    from ..services import Services

RUN = "run"  # accounts.principals.RUN, which is not imported before it is needed

logger = logging.getLogger("passport")


class PromptHook:
    """Called by ComfyUI with each posted prompt."""

    def __init__(
        self, composition: Composition, claims: Claims, execution_binding: ExecutionBinding
    ) -> None:
        self._composition = composition
        self._claims = claims
        self._execution_binding = execution_binding

    def __call__(self, json_data: Any) -> Any:
        """Return the prompt, in which no credential stands any more."""
        extra_data = find_extra_data(json_data)
        brought: dict[str, Secret] = {}
        if extra_data is not None:
            extra_data.pop(HANDLE, None)  # whoever sends one has made it up, or has copied it
            if self._execution_binding.guarded:
                brought = take_credentials(extra_data)
        try:
            self._bind(json_data, brought)
        except Exception as error:  # noqa: BLE001  # closed by default, whatever it is
            logger.warning("No credential for this run: %s", type(error).__name__)
        return json_data

    def _bind(self, json_data: Any, brought: dict[str, Secret]) -> None:
        if brought:
            bringer = _name_bringer(self._composition.services)
            claim = Claim(utc_now(), brought=brought, brought_by=bringer)
            self._leave(json_data, claim)
            return
        claim = self._claim(json_data["prompt"])
        if claim is None:
            return
        if self._execution_binding.guarded:
            self._leave(json_data, claim)
        else:
            self._put_in_clear(json_data, claim)

    def _leave(self, json_data: dict[str, Any], claim: Claim) -> None:
        handle = self._claims.leave(claim)
        if (request := current_request.get()) is not None:
            request[CLAIM_HANDLE] = handle
        leave(json_data, HANDLE, handle)

    def _claim(self, prompt: Any) -> Claim | None:
        request, services = current_request.get(), self._composition.services
        if request is None or services is None:
            return None
        principal = _find_runner(request)
        machine = _may_use_machine_default(services, request)
        if principal is None and not machine:
            return None
        _, packs = find_wanting_packs(prompt)
        account_id = principal.account_id if principal else None
        return services.binding.claim(account_id, machine, packs)

    def _put_in_clear(self, json_data: dict[str, Any], claim: Claim) -> None:
        # The documented way, for a ComfyUI whose executor we do not know. The Doctor warns.
        extra_data = find_extra_data(json_data) or {}
        wanted, packs = find_wanting_packs(json_data["prompt"])
        if not wanted or API_KEY in extra_data or AUTH_TOKEN in extra_data:
            return
        bound = self._composition.get().binding.resolve(claim, set(packs))
        if bound is not None:
            leave(json_data, name_for(bound), bound.secret.reveal())


def _name_bringer(services: Services | None) -> str:
    request = current_request.get()
    if request is None:
        return ""
    if principal := find_principal(request):
        return principal.account_id
    if services is None:
        return str(request.remote or "")
    return str(judge_request(services.policy, request).client or "")


def _find_runner(request: Any) -> Principal | None:
    """Return who runs with their own credential: not a key that may only read."""
    principal = find_principal(request)
    return principal if principal and RUN in principal.scopes and not principal.limited else None


def _may_use_machine_default(services: Services, request: Any) -> bool:
    return services.binding.has_machine_default and services.policy.allows_machine_default(
        judge_request(services.policy, request)
    )
