"""Which answers a browser may keep, by ComfyUI's rules."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
NOT_FOUND_SECONDS = 3600
IMAGE_SECONDS = 86400
MOVED_FOR_NOW = (302, 303, 307)


def _is_code(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return path.endswith((".js", ".css")) or (name.startswith("index") and name.endswith(".json"))


@web.middleware
async def cache_control(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if _is_code(request.path):
        response.headers.setdefault("Cache-Control", "no-store")
    elif request.path.lower().endswith(IMAGE_ENDINGS):
        if response.status == web.HTTPNotFound.status_code:
            kept = f"public, max-age={NOT_FOUND_SECONDS}"
        elif response.status in MOVED_FOR_NOW:
            kept = "no-cache"
        else:
            kept = f"public, max-age={IMAGE_SECONDS}"
        response.headers.setdefault("Cache-Control", kept)
    return response
