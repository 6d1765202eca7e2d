"""Which version is older."""

from __future__ import annotations

import pytest
from passport.network.versions import is_older


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [
        ("0.3.33", "0.3.34", True),
        ("0.3.34", "0.3.34", False),
        ("0.3.100", "0.3.34", False),
        ("0.33.0", "0.3.34", False),
        ("v0.3.64", "0.3.34", False),
        ("1.9.9", "1.18.0", True),
        ("1.18", "1.18.0", False),
        ("1", "1.18.0", True),
        ("2", "1.18.0", False),
        ("1.18.0.5", "1.18.0", False),
        ("1.18.0rc1", "1.18.0", False),
        ("", "1.18.0", False),
        ("unknown", "1.18.0", False),
    ],
)
def test_versions(version, than, older):
    assert is_older(version, than) is older
