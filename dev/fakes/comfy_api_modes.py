"""The ways in which the fake service can misbehave."""

from aiohttp import web

MODES = ("up", "slow", "down", "server_error", "nonsense", "proxy_407", "redirect")
PORTAL = "/__captive_portal"
PAGE = "<!doctype html><title>Not the service</title><p>This page answers instead of the service."


def _page(status: int = 200, **headers: str) -> web.Response:
    return web.Response(text=PAGE, status=status, content_type="text/html", headers=headers)


def answer_by_mode(mode: str, request: web.Request) -> web.Response | None:
    """What is answered instead of the service, or None when the service answers itself."""
    if mode in {"up", "slow"}:
        return None
    if mode == "down" and request.transport is not None:
        # A connection kept alive from before: nobody may be at its other end any more.
        request.transport.abort()
    if mode == "nonsense" or request.path == PORTAL:
        return _page()
    if mode == "proxy_407":
        return _page(407, **{"Proxy-Authenticate": 'Basic realm="practice proxy"'})
    if mode == "redirect":
        return web.Response(status=302, headers={"Location": PORTAL})
    error = {"error": "Internal Server Error", "message": "The fake service fails on request."}
    return web.json_response(error, status=500)
