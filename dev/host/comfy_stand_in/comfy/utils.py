"""The progress bar that nodes use; ComfyUI keeps it in a module of this name."""

from collections.abc import Callable
from typing import Any

_hook: Callable[..., Any] | None = None


def set_progress_bar_global_hook(hook: Callable[..., Any] | None) -> None:
    global _hook  # noqa: PLW0603  (one hook for the process, as in ComfyUI)
    _hook = hook


class ProgressBar:
    """Steps of the running node, shown to the client that queued the prompt."""

    def __init__(self, total: int, node_id: str | None = None) -> None:
        self.total = total
        self.current = 0
        self.node_id = node_id

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        self.total = total or self.total
        self.current = min(value, self.total)
        if _hook is not None:
            _hook(self.current, self.total, preview, node_id=self.node_id)

    def update(self, value: int) -> None:
        self.update_absolute(self.current + value)
