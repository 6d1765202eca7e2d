"""ComfyUI's own protection, with its gaps: an extension has to be safe beside it."""

import ipaddress
import logging
import socket
from urllib.parse import urlsplit

from aiohttp import web

from comfy.cli_args import args
from middleware.cache_middleware import Handler

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self' data:; frame-src 'self'; object-src 'self';"
)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)


def _is_foreign(host_header: str, origin: str) -> bool:
    """Whether the Origin names another host; asked only where Host is loopback."""
    host, source = urlsplit(f"//{host_header.lower()}"), urlsplit(origin.lower())
    if not host.hostname or not source.hostname or not _is_loopback(host.hostname):
        return False
    if host.port is None or source.port is None:
        return host.hostname != source.hostname
    return host.netloc != source.netloc


@web.middleware
async def origin_only_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    checks_fetch_site = not args.stand_in_old_leaks  # since ComfyUI 0.19.0
    if checks_fetch_site and request.headers.get("Sec-Fetch-Site") == "cross-site":
        return web.Response(status=403)
    host, origin = request.headers.get("Host"), request.headers.get("Origin")
    if host and origin and _is_foreign(host, origin):
        logging.warning(
            "WARNING: request with non matching host and origin %s != %s, returning 403",
            host,
            origin,
        )
        return web.Response(status=403)
    return web.Response() if request.method == "OPTIONS" else await handler(request)


@web.middleware
async def cors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = web.Response() if request.method == "OPTIONS" else await handler(request)
    response.headers["Access-Control-Allow-Origin"] = args.enable_cors_header
    response.headers["Access-Control-Allow-Methods"] = "POST, GET, DELETE, PUT, OPTIONS, PATCH"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


@web.middleware
async def block_external_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = web.Response() if request.method == "OPTIONS" else await handler(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


@web.middleware
async def deprecation_warning(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith(("/scripts/ui", "/extensions/core/")):
        logging.warning("[DEPRECATION WARNING] A deprecated file is imported: %s", request.path)
    return await handler(request)
