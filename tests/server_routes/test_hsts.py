"""Strict-Transport-Security: where the owner wants it, over HTTPS, and never for localhost."""

from __future__ import annotations

import pytest

from .certificate import make_tls

HSTS = "Strict-Transport-Security"
YEAR = "31536000"
BEHIND = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Host": "comfy.example"}
PROXY = {"PASSPORT_TRUSTED_PROXIES": "127.0.0.1", "PASSPORT_ALLOWED_HOSTS": "comfy.example"}


async def sent(server, place, path="status"):
    return (await server.browser(place=place).get(path)).headers.get(HSTS)


@pytest.mark.asvs("3.4.1")
@pytest.mark.parametrize("path", ["status", "account", "oauth/github/callback?state=x&code=y"])
async def test_answers_errors_and_pages_have_it_behind_a_proxy(start_server, path):
    server = await start_server(PASSPORT_HSTS_SECONDS=YEAR, **PROXY)
    assert await sent(server, BEHIND, path) == f"max-age={YEAR}"


@pytest.mark.asvs("3.4.1")
async def test_and_where_comfyui_serves_https_itself(start_server, tmp_path):
    server = await start_server(tls=make_tls(tmp_path), PASSPORT_HSTS_SECONDS=YEAR)
    assert await sent(server, {"Host": "comfy.example"}) == f"max-age={YEAR}"
    assert await sent(server, {}) is None, "localhost is everybody's"


@pytest.mark.parametrize(
    "place", [{}, {**BEHIND, "X-Forwarded-Proto": "http"}, {"Host": "comfy.example"}]
)
async def test_not_over_plain_http(start_server, place):
    server = await start_server(PASSPORT_HSTS_SECONDS=YEAR, **PROXY)
    assert await sent(server, place) is None


async def test_a_header_that_anybody_can_send_does_not_make_it_https(start_server):
    server = await start_server(PASSPORT_HSTS_SECONDS=YEAR)
    assert await sent(server, BEHIND) is None


async def test_off_unless_it_is_asked_for(start_server):
    assert await sent(await start_server(**PROXY), BEHIND) is None
