"""What goes on round a request that posts a prompt, before and after ComfyUI has looked at it."""

from __future__ import annotations

import logging
from functools import partial
from http import HTTPStatus

from aiohttp import web

from ..composition import Composition
from ..errors import PassportError
from ..server_routes.middleware import Handler, WrapPrompt
from ..server_routes.request_context import CLAIM_HANDLE
from ..vault.claims import Claims

logger = logging.getLogger("passport")


def wrap_prompt(composition: Composition, claims: Claims) -> WrapPrompt:
    """Return what our middleware puts round the answer to a posted prompt.

    No middleware of its own: each of ComfyUI's requests would pass by it.
    """

    async def answer(handler: Handler, request: web.Request) -> web.StreamResponse:
        await _prepare(composition)
        queued = False
        try:
            response = await handler(request)
            queued = response.status == HTTPStatus.OK
        finally:
            if not queued:  # nobody comes for the claim of a prompt that was refused
                claims.take(request.get(CLAIM_HANDLE))
        await _decide(composition, claims, request.get(CLAIM_HANDLE))
        return response

    return lambda handler: partial(answer, handler)


async def _decide(composition: Composition, claims: Claims, handle: str | None) -> None:
    """Ask the store what the claim needs to know: the hook runs on the event loop and cannot.

    A run that has begun meanwhile, or cannot be decided about now, asks for itself.
    """
    claim, services = claims.find(handle), composition.services
    if handle is None or claim is None or claim.decided or services is None:
        return
    try:
        claims.replace(handle, await services.database.run(services.binding.decide, claim))
    except Exception as error:  # noqa: BLE001  # the prompt is queued, and is answered so
        logger.warning("Not decided yet who pays for a run: %s", type(error).__name__)


async def _prepare(composition: Composition) -> None:
    """Have the machine's default ready for a prompt that comes right after the start."""
    if composition.services is None:
        try:
            await composition.ready()
        except PassportError:
            return  # ComfyUI goes on without us; our own routes say why
