"""Keeping a bound credential out of messages, histories and logs while it is in use."""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

from ..secret import Secret
from .wrapping import wrap

REPLACEMENT = "***"
SENSITIVE_HEADERS = frozenset({"authorization", "x-api-key"})
REQUEST_LOGGERS = ("comfy_api_nodes.util.request_logger", "comfy_api_nodes.apis.request_logger")


class LiveSecrets:
    """The secrets that nodes hold at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._texts)

    @contextmanager
    def hold(self, secrets: Iterable[Secret]) -> Generator[None, None, None]:
        """Redact these secrets until the block is left."""
        texts = Counter(secret.reveal() for secret in secrets if secret)
        self._change(texts)
        try:
            yield
        finally:
            self._change(Counter({text: -count for text, count in texts.items()}))

    def redact(self, value: Any) -> Any:
        """Return the value without any live secret; the value itself when it holds none.

        Looks into texts, bytes, lists, tuples and dicts.
        """
        if not self._texts:
            return value
        if isinstance(value, str):
            return self._redact_text(value)
        if isinstance(value, (bytes, bytearray)):
            return self._redact_bytes(bytes(value))
        if isinstance(value, (list, tuple)):
            return self._redact_items(cast("list[Any] | tuple[Any, ...]", value))
        if isinstance(value, dict):
            return self._redact_mapping(cast("dict[Any, Any]", value))
        return value

    def _change(self, difference: Counter[str]) -> None:
        with self._lock:
            self._counts.update(difference)
            self._texts = tuple(text for text, count in self._counts.items() if count > 0)
            for text in [text for text, count in self._counts.items() if count <= 0]:
                del self._counts[text]

    def _redact_text(self, value: str) -> str:
        for text in self._texts:
            value = value.replace(text, REPLACEMENT)
        return value

    def _redact_bytes(self, value: bytes) -> bytes:
        for text in self._texts:
            value = value.replace(text.encode(), REPLACEMENT.encode())
        return value

    def _redact_items(self, value: list[Any] | tuple[Any, ...]) -> Any:
        items = [self.redact(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return items if isinstance(value, list) else tuple(items)

    def _redact_mapping(self, value: dict[Any, Any]) -> dict[Any, Any]:
        items = {self.redact(key): self.redact(item) for key, item in value.items()}
        same = all(items.get(key, items) is item for key, item in value.items())
        return value if same else items


class RedactingFilter(logging.Filter):
    """Takes live secrets out of log records before a handler writes them."""

    def __init__(self, live: LiveSecrets) -> None:
        super().__init__()
        self._live = live

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, redacted."""
        if self._live:
            self._redact(record)
        return True

    def _redact(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        redacted = self._live.redact(message)
        if redacted != message:
            record.msg, record.args = redacted, ()
        if record.exc_info:
            text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = self._live.redact(text)


class Redaction:
    """Covers the ways out that ComfyUI has, each only where its form is the one we know."""

    def __init__(self, live: LiveSecrets) -> None:
        self.live = live
        self._filter = RedactingFilter(live)
        self.covered: dict[str, bool] = {}
        """Which ways out are covered, by their name in ComfyUI."""

    def install(self, execution: Any, server_class: Any) -> None:
        """Cover error reports and the socket."""
        self.covered["format_value"] = wrap(execution, "format_value", ("x",), self._format_value)
        self.covered["send_sync"] = wrap(
            server_class, "send_sync", ("self", "event", "data", "sid"), self._send_sync
        )

    def cover_logs(self) -> None:
        """Cover log handlers and the request log of the API nodes, which come and go."""
        for handler in logging.getLogger().handlers:
            if self._filter not in handler.filters:
                handler.addFilter(self._filter)
        for name in REQUEST_LOGGERS:
            module = sys.modules.get(name)
            if module is not None and name not in self.covered:
                first = ("operation_id", "request_method", "request_url", "request_headers")
                self.covered[name] = wrap(
                    module, "log_request_response", first, self._log_request_response
                )

    def clean_results(self, executor: Any) -> None:
        """Redact what the executor hands to the history."""
        for name in ("status_messages", "history_result"):
            if hasattr(executor, name):
                setattr(executor, name, self.live.redact(getattr(executor, name)))

    def _format_value(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def format_value(x: Any) -> Any:
            return self.live.redact(original(x))

        return format_value

    def _send_sync(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def send_sync(server: Any, event: Any, data: Any, sid: Any = None) -> Any:
            return original(server, event, self.live.redact(data), sid)

        return send_sync

    def _log_request_response(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def log_request_response(*arguments: Any, **named: Any) -> Any:
            arguments = tuple(_mask_headers(self.live.redact(item)) for item in arguments)
            named = {key: _mask_headers(self.live.redact(item)) for key, item in named.items()}
            return original(*arguments, **named)

        return log_request_response


def _mask_headers(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    headers = cast("dict[Any, Any]", value)
    return {
        key: REPLACEMENT if str(key).lower() in SENSITIVE_HEADERS else item
        for key, item in headers.items()
    }
