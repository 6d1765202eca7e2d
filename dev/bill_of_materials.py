"""The parts that Passport runs with, as CycloneDX 1.6 (https://cyclonedx.org) writes them down."""

import importlib
import uuid
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def write_bill(package: str) -> dict[str, Any]:
    """Return the bill of this release, in the versions that are installed here.

    Needs what requirements.txt needs, and what that needs in turn. Raises PackageNotFoundError.
    """
    wanted = [Requirement(line) for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()]
    parts: dict[str, Distribution] = {}
    needs: dict[str, list[str]] = {}
    direct = _collect(wanted, parts, needs)
    version = importlib.import_module(f"{package}.version").VERSION
    root = {"type": "application", "bom-ref": "passport", "name": "passport", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {"component": root},
        "components": [_describe(parts[name]) for name in sorted(parts)],
        "dependencies": [
            {"ref": "passport", "dependsOn": _refer(direct, parts)},
            *(
                {"ref": _purl(parts[name]), "dependsOn": _refer(needs[name], parts)}
                for name in sorted(parts)
            ),
        ],
    }


def _collect(
    wanted: list[Requirement], parts: dict[str, Distribution], needs: dict[str, list[str]]
) -> list[str]:
    """Add what is wanted here, and what it needs, to `parts` and `needs`; return its names."""
    names: list[str] = []
    for requirement in wanted:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(requirement.name)
        names.append(name)
        if name not in parts:
            parts[name] = distribution(name)
            further = [Requirement(line) for line in parts[name].requires or []]
            needs[name] = _collect(further, parts, needs)
    return names


def _describe(part: Distribution) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _purl(part),
        "name": part.metadata["Name"],
        "version": part.version,
        "purl": _purl(part),
    }


def _purl(part: Distribution) -> str:
    return f"pkg:pypi/{canonicalize_name(part.metadata['Name'])}@{part.version}"


def _refer(names: list[str], parts: dict[str, Distribution]) -> list[str]:
    return sorted({_purl(parts[name]) for name in names})
