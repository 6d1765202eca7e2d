"""What goes on while the server is up; ComfyUI never tells an extension that it ends."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from ..composition import Composition
from ..errors import PassportError
from ..server_routes.live_sockets import LiveSockets

if TYPE_CHECKING:
    from ..services import Services

logger = logging.getLogger("passport")

RECHECK_SECONDS = 60
REFRESH_SECONDS = 60
HOUSEKEEPING_SECONDS = 60 * 60
WRITE_REFUSALS_SECONDS = 5
RETRY_SECONDS = 5
ANNOUNCEMENT = """
Passport: this server has no owner yet. Whoever registers first owns it: on this machine itself,
or from elsewhere with the set-up code  {code}
"""

Work = Callable[["Services"], Awaitable[object]]


class Background:
    """Waits until the services are there, then starts what goes on."""

    def __init__(self, composition: Composition, live_sockets: LiveSockets) -> None:
        self._composition = composition
        self._live_sockets = live_sockets
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, _app: Any) -> None:
        """Begin; called by ComfyUI's server as it starts."""
        for work in (self._work(), self._live_sockets.watch()):
            self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _work(self) -> None:
        services = await self._wait_for_services()
        with suppress(PassportError):  # a database that goes away now must not end all the rest
            await services.database.run(announce_set_up_code, services)
        atexit.register(_write_last_refusals, services)
        await asyncio.gather(
            services.accounts.change_feed.watch(),
            services.accounts.outbox.work(),
            _repeat(RECHECK_SECONDS, services, _check_credentials),
            _repeat(WRITE_REFUSALS_SECONDS, services, _write_refusals),
            _repeat(REFRESH_SECONDS, services, _refresh_hosted_sessions),
            _repeat(HOUSEKEEPING_SECONDS, services, _tidy, at_once=True),
        )

    async def _wait_for_services(self) -> Services:
        while True:
            with suppress(PassportError):  # logged; each request tries again and says why
                return await self._composition.ready()
            await asyncio.sleep(RETRY_SECONDS)


def announce_set_up_code(services: Services) -> None:
    """Show the code on the terminal while the server has no owner and others can reach it.

    Not through `print` or a log: ComfyUI shows those to everybody at /internal/logs.
    """
    from ..network.checks import LOOPBACK_LISTENERS

    listeners = services.host_facts().listen.split(",")
    settings = services.settings
    for_this_machine_alone = all(name.strip() in LOOPBACK_LISTENERS for name in listeners)
    if for_this_machine_alone and not (settings.allowed_hosts or settings.trusted_proxies):
        return
    terminal = sys.__stderr__
    if terminal is None or services.accounts.people.has_owner():
        return
    code = services.accounts.admission.set_up_code.text.reveal()
    terminal.write(ANNOUNCEMENT.format(code=code))
    terminal.flush()


async def _repeat(seconds: float, services: Services, work: Work, at_once: bool = False) -> None:
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await work(services)
        except Exception as error:  # noqa: BLE001  # a fault today must not end tomorrow's work
            logger.warning("%s failed: %s", work.__name__.strip("_"), type(error).__name__)
        await asyncio.sleep(seconds)


async def _check_credentials(services: Services) -> None:
    """Ask about keys that the service has not seen yet; of several machines one does."""
    held, run = ExitStack(), services.database.run
    try:
        if await run(held.enter_context, services.database.alone("check credentials")):
            await services.credentials.check_unchecked()
    finally:
        await run(held.close)


async def _refresh_hosted_sessions(services: Services) -> None:
    await services.hosted.sessions.refresh_due()


async def _write_refusals(services: Services) -> None:
    await services.database.run(services.refusals.write)


def _write_last_refusals(services: Services) -> None:
    with suppress(PassportError):
        services.refusals.write()


async def _tidy(services: Services) -> None:
    await services.database.run(_tidy_store, services)
    await services.database.run(services.accounts.departure.tidy)  # the files of this machine


def _tidy_store(services: Services) -> None:
    """Do what is to be done in the store; of several machines one does."""
    with services.database.alone("tidy") as first:
        if first:
            services.accounts.housekeeping.tidy()
            services.accounts.purge.run()
