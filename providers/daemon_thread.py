"""Calls what blocks for long on a thread that the end of the process does not wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


async def call_on_daemon_thread(
    name: str, function: Callable[..., Result], *arguments: Any
) -> Result:
    """Call the function on a thread of its own, and return or raise what it does.

    The threads of an executor are waited for when Python ends: a mail server that hangs would
    hold up whoever stops ComfyUI.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: Exception | None) -> None:
        if outcome.done():  # nobody waits any more
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # pyright: ignore[reportArgumentType]

    def run() -> None:
        result = problem = None
        try:
            result = function(*arguments)
        except Exception as error:  # noqa: BLE001  # handed on to whoever waits
            problem = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await outcome
