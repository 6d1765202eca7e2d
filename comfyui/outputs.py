"""Whose files a run has written, for the day on which their owner leaves."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, cast

from ..composition import Composition
from .run import Run

logger = logging.getLogger("passport")


def note_outputs(composition: Composition, run: Run | None, executor: Any) -> None:
    """Note the files of the run that has just ended. Never fails, and never delays a run of
    somebody without an account unless the store is open already.
    """
    services = composition.services
    if services is None:
        return
    try:
        result: Any = getattr(executor, "history_result", None)
        cached = _find_cached(getattr(executor, "status_messages", ()))
        paths = sorted(set(_find_paths(result, cached))) if result else []
        if paths:
            account_id = run.claim.account_id if run else None
            services.accounts.belongings.note_outputs(account_id, paths)
    except Exception as error:  # noqa: BLE001  # a run that has ended well must not fail for this
        logger.warning("Not noted whose outputs these are: %s", type(error).__name__)


def _find_cached(messages: Iterable[Any]) -> set[str]:
    """Return the nodes that did not run: what they show was made by an earlier run, whosoever's."""
    found: set[str] = set()
    for event, data in messages:
        if event == "execution_cached":
            found.update(data["nodes"])
    return found


def _find_paths(result: Mapping[str, Any], cached: Container[str]) -> Iterator[str]:
    """Give what nodes that ran have said to have written into the output folder."""
    for node_id, shown in cast("Mapping[str, Any]", result.get("outputs") or {}).items():
        if node_id in cached:
            continue
        for files in cast("Mapping[str, Any]", shown).values():
            for file in cast("list[Any]", files) if isinstance(files, list) else ():
                if isinstance(file, Mapping) and file.get("type") == "output":  # pyright: ignore[reportUnknownMemberType]
                    said = cast("Mapping[str, Any]", file)
                    yield _join(said.get("subfolder"), said.get("filename"))


def _join(subfolder: object, filename: object) -> str:
    folder = str(subfolder or "").replace("\\", "/").strip("/")
    return f"{folder}/{filename}" if folder else str(filename)
