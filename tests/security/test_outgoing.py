"""No request makes the server call an address that the request names (SSRF)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from passport.server_routes.table import ROUTES
from passport.tests.security.standing import Standing
from passport.tests.server_routes.every_route import BODIES, fill

FORMS = (
    "http://{address}/",
    "https://{address}/",
    "//{address}/x",
    "{address}",
    "http://a@{address}/",
    "ftp://{address}/",
    "gopher://{address}/_x",
    "person@{address}",
    "person@[127.0.0.1]:{port}",
    "comfyui-http://{address}/{long}",
)
HEADERS = ("Origin", "Referer", "Host", "X-Forwarded-Host", "Forwarded", "X-Original-URL", "Via")


class Trap:
    """Listens, and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self.port = 0

    async def note(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()

    def spell(self, form: str) -> str:
        return form.format(address=f"127.0.0.1:{self.port}", port=self.port, long="a" * 40)


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    trap = Trap()
    server = await asyncio.start_server(trap.note, "127.0.0.1", 0)
    trap.port = server.sockets[0].getsockname()[1]
    yield trap
    server.close()
    await server.wait_closed()


@pytest.mark.asvs("1.3.6", "13.2.4")
async def test_an_address_in_any_field_query_path_or_header_is_called_by_nobody(server, trap):
    browser = server.browser(cookies=False)
    await browser.status()
    owner = Standing(server, "owner")
    Standing(server, "owner").cookie()
    for form in FORMS:
        address = trap.spell(form)
        for route in ROUTES:
            body = BODIES.get(route[:2])
            sent = body and {
                name: address if isinstance(value, str) and name != "confirmation" else value
                for name, value in body.items()
            }
            server.clock.advance(hours=2)  # or a throttle would answer
            headers = {"Cookie": owner.cookie()}
            path = f"{fill(route.path)}?next={address}&url={address}&after={address}"
            answer = await browser.call(route.method, path, sent, headers=headers)
            assert answer.status < 500, (route, answer.body)
            assert "Location" not in answer.headers
    assert trap.visits == 0


@pytest.mark.asvs("1.3.6", "3.7.2")
async def test_an_address_in_a_header_leads_nowhere(server, owner, trap):
    for name in HEADERS:
        for form in FORMS:
            if name != "Host" or form == "{address}":
                answer = await owner.get("status", headers={name: trap.spell(form)})
                assert "Location" not in answer.headers
                assert str(trap.port) not in answer.body.decode()
    assert trap.visits == 0


async def test_the_trap_notices_who_comes(server, trap):
    _, writer = await asyncio.open_connection("127.0.0.1", trap.port)
    writer.close()
    await asyncio.sleep(0)
    while not trap.visits:
        await asyncio.sleep(0.01)
    assert trap.visits == 1
