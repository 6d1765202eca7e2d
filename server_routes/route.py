"""What every route of ours does before and after its own work."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from ..composition import Composition
from ..errors import PassportError, UnavailableError
from .access import Access, enforce
from .errors import ForeignRequestError, InvalidFieldError, MissingHeaderError
from .request_context import judge_request

if TYPE_CHECKING:
    from ..services import Services

logger = logging.getLogger("passport")

HEADER = "X-Passport"
SAFE_METHODS = ("GET", "HEAD")

RouteHandler = Callable[[web.Request, "Services"], Awaitable[web.Response]]


def guard(
    composition: Composition, access: Access, handler: RouteHandler
) -> Callable[..., Awaitable[web.Response]]:
    """Return the handler with the services, our rules for who may call, and our errors."""

    async def respond(request: web.Request) -> web.Response:
        try:
            services = await composition.ready()
            if not access.from_elsewhere:
                _refuse_foreign(request, services)
            _refuse_nul(request)
            await enforce(access, request, services)
            return await handler(request, services)
        except PassportError as error:
            return _answer_error(composition, request, error)
        except web.HTTPException:
            raise
        except Exception:
            logger.exception("Passport failed to answer %r", request.path)  # no line of its own
            error = UnavailableError(
                "Something went wrong in Passport. The log of ComfyUI tells more."
            )
            return _answer_error(composition, request, error)

    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.Response:
        response = await respond(request)
        _keep_to_https(composition.services, request, response)
        return response

    return answer


def _keep_to_https(services: Services | None, request: web.Request, response: web.Response) -> None:
    """Have browsers reach this name by HTTPS alone from now on, if the owner wants that.

    Each page of ComfyUI asks for the status, so that no answer but ours needs the header.
    """
    if services is None or not (seconds := services.settings.hsts_seconds):
        return
    vantage = judge_request(services.policy, request)
    # Not for `localhost`: everything else on the machine would be bound with it.
    if vantage.secure and not vantage.loopback:
        response.headers["Strict-Transport-Security"] = f"max-age={seconds}"


def _answer_error(
    composition: Composition, request: web.Request, error: PassportError
) -> web.Response:
    from .refusals import refuse

    return refuse(composition.services, request, error)


def _refuse_nul(request: web.Request) -> None:
    # No name of ours has one, and PostgreSQL cannot even be asked for it.
    if "\0" in request.path or "\0" in request.query_string:
        raise InvalidFieldError("There is a character in this address that no name has.")


def _refuse_foreign(request: web.Request, services: Services) -> None:
    if judge_request(services.policy, request).foreign:
        raise ForeignRequestError(
            "Another site's page sent this request, so it was refused. If you meant it, open "
            "ComfyUI itself and try there."
        )
    if request.method not in SAFE_METHODS and request.headers.get(HEADER) != "1":
        raise MissingHeaderError(f"Send the header {HEADER}: 1 with calls that change something.")
