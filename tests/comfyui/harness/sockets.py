"""A client's web socket that keeps all it hears, and lets a test wait for one message."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp

PATIENCE_SECONDS = 30
Message = dict[str, Any]


class Socket:
    """Listens on a thread of its own from the moment it is made."""

    def __init__(self, url: str, client_id: str, headers: Mapping[str, str] | None = None) -> None:
        self.texts: list[str] = []
        self.binaries: list[bytes] = []
        self._url = f"{url.replace('http', 'ws', 1)}/ws?clientId={client_id}"
        self._headers = dict(headers or {})
        self._heard = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.wait_for(lambda message: message["type"] == "status")

    def messages(self) -> list[Message]:
        return [json.loads(text) for text in self.texts]

    def wait_for(self, wanted: Callable[[Message], Any]) -> Message:
        """The first message of this kind, heard already or still to come."""
        found: list[Message] = []

        def look() -> bool:
            if self._error is not None:
                raise self._error
            found.extend(message for message in self.messages() if wanted(message))
            return bool(found)

        with self._heard:
            if not self._heard.wait_for(look, PATIENCE_SECONDS):
                raise TimeoutError(f"not among {[m['type'] for m in self.messages()]}")
        return found[0]

    def wait_until(self, is_so: Callable[[], Any]) -> Any:
        """What `is_so` gives as soon as it is true; asked again after each message."""
        with self._heard:
            if not self._heard.wait_for(is_so, PATIENCE_SECONDS):
                raise TimeoutError("It did not become so.")
        return is_so()

    def ends_within(self, seconds: float) -> bool:
        """Whether the server has ended it, now or within so long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def close(self) -> None:
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        except (aiohttp.ClientError, OSError) as error:
            self._error = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            with self._heard:
                self._heard.notify_all()

    async def _listen(self) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(self._url, max_msg_size=0, headers=self._headers) as socket,
        ):
            reading = asyncio.ensure_future(self._read(socket))
            ending = asyncio.ensure_future(self._end.wait())
            _, waiting = await asyncio.wait((reading, ending), return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            with self._heard:
                if message.type == aiohttp.WSMsgType.TEXT:
                    self.texts.append(message.data)
                elif message.type == aiohttp.WSMsgType.BINARY:
                    self.binaries.append(message.data)
                self._heard.notify_all()
