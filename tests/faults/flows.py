"""All flows, by their names."""

from __future__ import annotations

from . import flows_in, flows_of_leaving, flows_of_proof, flows_of_things  # noqa: F401
from .flow import FLOWS

__all__ = ["FLOWS"]
