"""Services are built at the first use, once, and again some seconds after a failure."""

from __future__ import annotations

import asyncio
import threading

import pytest
from passport.composition import RETRY_AFTER, Composition
from passport.errors import (
    DependencyMissingError,
    PassportError,
    SettingsError,
    UnavailableError,
)
from passport.tests.backend.fixtures import clock  # noqa: F401


class Builder:
    """Counts how often it was asked; fails as long as `problem` is set."""

    def __init__(self, problem=None):
        self.problem = problem
        self.asked = 0
        self.result = object()

    def __call__(self):
        self.asked += 1
        if self.problem:
            raise self.problem
        return self.result


def test_nothing_is_built_before_somebody_asks():
    builder = Builder()
    composition = Composition(builder)
    assert (composition.services, builder.asked) == (None, 0)
    assert composition.get() is builder.result is composition.services
    assert composition.get() is builder.result
    assert builder.asked == 1


async def test_requests_that_come_at_once_wait_for_one_building():
    builder = Builder()
    composition = Composition(builder)
    found = await asyncio.gather(*(composition.ready() for _ in range(20)))
    assert set(found) == {builder.result}
    assert await composition.ready() is builder.result
    assert builder.asked == 1


async def test_building_does_not_block_the_event_loop():
    inside, go_on = threading.Event(), threading.Event()

    def build():
        inside.set()
        assert go_on.wait(5)

    task = asyncio.create_task(Composition(build).ready())
    while not inside.is_set():
        await asyncio.sleep(0.001)
    go_on.set()
    await task


def test_a_failure_is_told_to_everybody_and_tried_again_later(clock):  # noqa: F811
    builder = Builder(SettingsError("Mend it."))
    composition = Composition(builder, clock)
    for _ in range(3):
        with pytest.raises(SettingsError, match="Mend it"):
            composition.get()
    assert builder.asked == 1
    builder.problem = None
    clock.advance(seconds=RETRY_AFTER.total_seconds())
    assert composition.get() is builder.result


@pytest.mark.parametrize(
    ("problem", "kind", "said"),
    [
        (ImportError("x", name="alembic"), DependencyMissingError, "“alembic” is not installed"),
        (ZeroDivisionError("canary"), UnavailableError, "ComfyUI itself runs on"),
        (MemoryError(), UnavailableError, "could not start"),
    ],
)
def test_whatever_goes_wrong_is_one_of_our_errors(problem, kind, said, caplog):
    composition = Composition(Builder(problem))
    with pytest.raises(kind) as caught:
        composition.get()
    assert said in caught.value.message
    assert "canary" not in caught.value.message
    assert "Passport cannot start" in caplog.text
    assert composition.services is None


async def test_waiting_requests_are_told_the_failure():
    composition = Composition(Builder(SettingsError("Mend it.")))
    found = await asyncio.gather(*(composition.ready() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(error, PassportError) for error in found)
