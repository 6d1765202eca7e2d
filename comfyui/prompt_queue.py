"""Looking into ComfyUI's queue of prompts; nothing is changed there."""

from __future__ import annotations

from typing import Any

from .extra_data import HANDLE

EXTRA_DATA = 3
"""Where it stands in a queued prompt: number, id, graph, extra_data, outputs."""


def find_queued_handles(server: Any) -> set[object] | None:
    """Return the handles of the prompts that wait; None for a queue of a form that is new to us."""
    try:
        queued = [item[EXTRA_DATA] for item in list(server.prompt_queue.queue)]
        return {each[HANDLE] for each in queued if isinstance(each, dict) and HANDLE in each}
    except (AttributeError, IndexError, TypeError):
        return None
