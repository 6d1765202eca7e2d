"""The V3 node interface, as far as this stand-in has it."""

from comfy_api.latest import _io as io
from comfy_api.latest import _ui as ui

IO = io
UI = ui


class ComfyExtension:
    """What `comfy_entrypoint` returns: a list of V3 node classes."""

    async def on_load(self) -> None:
        """Called once before the list is asked for."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        raise NotImplementedError


__all__ = ["IO", "UI", "ComfyExtension", "io", "ui"]
