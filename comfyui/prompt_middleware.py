"""What goes on round a request that posts a prompt, before and after ComfyUI has looked at it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from ..composition import Composition
from ..errors import PassportError
from ..server_routes.request_context import CLAIM_HANDLE
from ..vault.claims import Claims

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_prompt_middleware(
    composition: Composition, claims: Claims
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware; put it behind the one that recognizes who asks."""

    @web.middleware
    async def passport_prompt(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "POST" or not request.path.endswith("/prompt"):
            return await handler(request)
        await _prepare(composition)
        queued = False
        try:
            response = await handler(request)
            queued = response.status == HTTPStatus.OK
            return response
        finally:
            if not queued:  # nobody comes for the claim of a prompt that was refused
                claims.take(request.get(CLAIM_HANDLE))

    return passport_prompt


async def _prepare(composition: Composition) -> None:
    """Have the machine's default ready for a prompt that comes right after the start."""
    if composition.services is None:
        try:
            await composition.ready()
        except PassportError:
            return  # ComfyUI goes on without us; our own routes say why
