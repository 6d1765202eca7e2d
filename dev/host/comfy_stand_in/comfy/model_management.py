"""The interrupt flag; there are no models here."""

import threading

_interrupted = threading.Event()


class InterruptProcessingException(Exception):  # noqa: N818  (ComfyUI's name)
    """The person asked the running prompt to stop."""


def interrupt_current_processing(value: bool = True) -> None:
    if value:
        _interrupted.set()
    else:
        _interrupted.clear()


def processing_interrupted() -> bool:
    return _interrupted.is_set()


def throw_exception_if_processing_interrupted() -> None:
    if _interrupted.is_set():
        _interrupted.clear()
        raise InterruptProcessingException
