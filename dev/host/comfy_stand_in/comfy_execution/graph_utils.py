"""What counts as a link between two nodes."""

from typing import Any


def is_link(value: Any) -> bool:
    match value:
        case [str(), int() | float()]:
            return True
        case _:
            return False
