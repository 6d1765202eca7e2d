"""How long the fault tests go on: shortened as a rule, at length when it is asked for."""

from __future__ import annotations

import os

VARIABLE = "PASSPORT_FULL_TESTS"


def at_full_length() -> bool:
    """Tell whether this run is to try every point and not a sample of them."""
    return os.environ.get(VARIABLE, "") not in ("", "0")
