"""A request as far as it says where it comes from. Imported early, so it is light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Connection(NamedTuple):
    """What a request says of where it comes from; nothing of it is believed yet."""

    peer: str
    scheme: str
    headers: Mapping[str, str]
    http_version: tuple[int, int] = (1, 1)
