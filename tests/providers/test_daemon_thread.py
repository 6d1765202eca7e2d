"""What blocks is called elsewhere, and neither the loop nor the end of the process waits for it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from passport.providers.daemon_thread import call_on_daemon_thread


async def test_it_returns_or_raises_what_the_function_does():
    assert await call_on_daemon_thread("a name", pow, 2, 3) == 8
    with pytest.raises(ZeroDivisionError):
        await call_on_daemon_thread("a name", lambda: 1 / 0)


async def test_the_thread_has_its_name_and_holds_up_no_exit():
    thread = await call_on_daemon_thread("a name", threading.current_thread)
    assert (thread.name, thread.daemon) == ("a name", True)


@pytest.mark.parametrize("fails", [False, True])
async def test_whoever_stops_waiting_is_not_bothered_by_the_outcome(fails):
    go_on, threads = threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        go_on.wait(5)
        if fails:
            raise ValueError

    task = asyncio.create_task(call_on_daemon_thread("a name", work))
    while not threads:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await asyncio.to_thread(threads[0].join)
    await asyncio.sleep(0.01)


def test_an_outcome_after_the_loop_has_ended_is_dropped():
    go_on, threads = threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        go_on.wait(5)

    async def begin():
        task = asyncio.create_task(call_on_daemon_thread("a name", work))
        while not threads:
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(begin())
    go_on.set()
    threads[0].join()
