"""The ways in which the fake service can misbehave."""

from aiohttp import web

MODES = ("up", "slow", "down", "server_error", "nonsense", "proxy_407", "redirect")
PAGE = "<!doctype html><title>Not the service</title><p>This page answers instead of the service."


def answer_by_mode(mode: str, request: web.Request) -> web.Response | None:
    """What is answered instead of the service, or None when the service answers itself."""
    if mode == "down":
        # A connection kept alive from before: nobody may be at its other end any more.
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)
    if mode == "server_error":
        error = {"error": "Internal Server Error", "message": "The fake service fails on request"}
        return web.json_response(error, status=500)
    if mode == "nonsense":
        return web.Response(text=PAGE, content_type="text/html")
    if mode == "proxy_407":
        headers = {"Proxy-Authenticate": 'Basic realm="practice proxy"'}
        return web.Response(status=407, text=PAGE, content_type="text/html", headers=headers)
    if mode == "redirect" and request.path != "/__captive_portal":
        return web.Response(status=302, headers={"Location": "/__captive_portal"})
    if mode == "redirect":
        return web.Response(text=PAGE, content_type="text/html")
    return None
