"""Builds the services when somebody needs them, so that ComfyUI's start does not wait."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .clock import Clock, utc_now
from .errors import DependencyMissingError, PassportError, UnavailableError

if TYPE_CHECKING:
    from .services import Services

logger = logging.getLogger("passport")

RETRY_AFTER = timedelta(seconds=5)


class Composition:
    """Builds the services at the first use, and again some seconds after a failure."""

    def __init__(self, build: Callable[[], Services], clock: Clock = utc_now) -> None:
        self._build = build
        self._clock = clock
        self._lock = threading.Lock()
        self._failed_at: datetime | None = None
        self._failure: PassportError | None = None
        self._building: asyncio.Task[Services] | None = None
        self.services: Services | None = None
        """The services, or None as long as nobody has needed them or they cannot be built."""

    @property
    def failing(self) -> bool:
        """Whether the services could not be built when they were last needed."""
        return self.services is None and self._failure is not None

    def get(self) -> Services:
        """Return the services; blocks while they are built. Raises PassportError."""
        if self.services is not None:
            return self.services
        with self._lock:
            if self.services is None:
                self.services = self._try()
            return self.services

    async def ready(self) -> Services:
        """Return the services without blocking the event loop. Raises PassportError.

        However many wait, one thread builds: ComfyUI serves its files from the same threads.
        """
        if self.services is not None:
            return self.services
        if self._building is None or self._building.done():
            self._building = asyncio.create_task(asyncio.to_thread(self.get))
        return await asyncio.shield(self._building)

    def _try(self) -> Services:
        now = self._clock()
        # Either way round: a clock that was set back since does not make us wait until then.
        if self._failure and self._failed_at and abs(now - self._failed_at) < RETRY_AFTER:
            raise self._failure.with_traceback(None)  # or it would grow with every request
        try:
            return self._build()
        except PassportError as error:
            self._failure = error
        except ImportError as error:
            self._failure = DependencyMissingError(
                f"The Python package “{error.name}” is not installed. Run "
                "`pip install -r requirements.txt` in the folder of Passport with the Python of "
                "ComfyUI, then restart ComfyUI.",
                package=error.name,
            )
        except Exception:  # ComfyUI must not suffer from anything that goes wrong here
            logger.exception("Passport cannot start")
            self._failure = UnavailableError(
                "Passport could not start. The log of ComfyUI tells more; ComfyUI itself runs on."
            )
        self._failed_at = now
        logger.error("Passport cannot start: %s", self._failure.message)
        raise self._failure
