"""Keeping a bound credential out of messages, histories and logs while it is in use."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from .live_secrets import REPLACEMENT, LiveSecrets
from .wrapping import wrap

SENSITIVE_HEADERS = frozenset({"authorization", "x-api-key"})
REQUEST_LOGGERS = ("comfy_api_nodes.util.request_logger", "comfy_api_nodes.apis.request_logger")


class RedactingFilter(logging.Filter):
    """Takes live secrets out of log records before a handler writes them."""

    def __init__(self, live: LiveSecrets) -> None:
        super().__init__()
        self._live = live

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, redacted. Never fails: the log call may be anybody's."""
        if self._live:
            with suppress(Exception):  # what cannot be formatted, no handler can write either
                self._redact_message(record)
            with suppress(Exception):
                self._redact_traceback(record)
        return True

    def _redact_message(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # the arguments do not fit, and are not shown
            record.args = ()
            message = str(record.msg)
        redacted = self._live.redact(message)
        if redacted != message:
            record.msg, record.args = redacted, ()

    def _redact_traceback(self, record: logging.LogRecord) -> None:
        if not record.exc_info:
            return
        text = record.exc_text or logging.Formatter().formatException(record.exc_info)
        redacted = self._live.redact(text)
        if redacted != text:  # a formatter of somebody's own would read the exception itself
            record.exc_info, record.exc_text = None, redacted


class Redaction:
    """Covers the ways out that ComfyUI has, each only where its form is the one we know."""

    def __init__(self, live: LiveSecrets) -> None:
        self.live = live
        self._filter = RedactingFilter(live)
        self.covered: dict[str, bool] = {}
        """Which ways out are covered, by their name in ComfyUI."""

    def install(self, execution: Any, server_class: Any) -> None:
        """Cover error reports, the socket, and the console, which /internal/logs shows."""
        self.covered["format_value"] = wrap(execution, "format_value", ("x",), self._format_value)
        self.covered["send_sync"] = wrap(
            server_class, "send_sync", ("self", "event", "data", "sid"), self._send_sync
        )
        console = getattr(sys.modules.get("app.logger"), "LogInterceptor", None)
        if console is not None:
            self.covered["console"] = wrap(console, "write", ("self", "data"), self._write)

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
        def format_value(x: Any, *more: Any, **named: Any) -> Any:
            return self.live.redact(original(x, *more, **named))

        return format_value

    def _send_sync(self, original: Callable[..., Any]) -> Callable[..., Any]:
        redact = self.live.redact

        def send_sync(self: Any, event: Any, data: Any, *more: Any, **named: Any) -> Any:
            return original(self, event, redact(data), *more, **named)

        return send_sync

    def _write(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def write(stream: Any, data: Any, *more: Any, **named: Any) -> Any:
            return original(stream, self.live.redact(data), *more, **named)

        return write

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
