"""doctor: what can be found out without a browser's request and without ComfyUI."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import re
import sys
from argparse import Namespace
from pathlib import Path

from ..errors import PassportError
from ..network.checks import FAIL, OK, Check, find_most_important
from ..network.versions import is_older
from ..version import VERSION
from .errors import DONE, FAILED, CommandError
from .output import Answer
from .place import find_place

REQUIREMENTS_FILE = "requirements.txt"
REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)>=([0-9.]+)(;.*)?$")
HAS_TOMLLIB = (3, 11)


def examine(options: Namespace, extension: Path) -> Answer:
    """Return a row for each check; the exit code tells whether one has failed."""
    packages = check_packages(extension / REQUIREMENTS_FILE)
    checks = [check_versions(), packages]
    if packages.state == OK:
        checks += _check_store(options, extension)
    failed = any(check.state == FAIL for check in checks)
    document = {
        "checks": [dataclasses.asdict(check) for check in checks],
        "most_important": find_most_important(checks),
    }
    return Answer(document, _draw(checks), exit_code=FAILED if failed else DONE)


def check_versions() -> Check:
    """Which Passport runs here, on which Python?"""
    python = ".".join(str(number) for number in sys.version_info[:3])
    details = {"passport": VERSION, "python": python, "executable": sys.executable}
    return Check("versions", OK, f"Passport {VERSION} on Python {python}.", None, details)


def check_packages(requirements: Path) -> Check:
    """Does this Python have the packages that Passport needs?"""
    found: dict[str, str | None] = {}
    wrong: list[str] = []
    for name, wanted in _read_requirements(requirements):
        found[name] = _find_version(name)
        if found[name] is None:
            wrong.append(f"{name} is missing")
        elif is_older(found[name] or "", wanted):
            wrong.append(f"{name} {found[name]} is older than {wanted}")
    if not wrong:
        return Check("packages", OK, "The packages that Passport needs are there.", None, found)
    return Check(
        "packages",
        FAIL,
        f"Packages that Passport needs are not there: {', '.join(wrong)}.",
        "Run this with the Python of ComfyUI; if it is that one, run "
        f"`pip install -r {requirements.name}` with it, in the folder of Passport.",
        found,
    )


def _check_store(options: Namespace, extension: Path) -> list[Check]:
    from ..accounts.checks import check_mail, check_owner
    from ..vault.checks import (
        check_data_folder,
        check_database,
        check_machine_credential,
        check_master_key,
    )
    from .opening import open_services

    try:
        place = find_place(options.data_folder, os.environ, extension)
        with open_services(os.environ, place) as services:
            machine = check_machine_credential(services.machine_credential)
            return [
                check_data_folder(place.folder, name_it=True),
                check_database(services.credentials),
                check_master_key(services.credentials),
                check_owner(services.accounts.people),
                check_mail(services.accounts.outbox),
                *([machine] if machine else []),
            ]
    except (CommandError, PassportError) as error:
        return [Check("store", FAIL, error.message, None, {"code": error.code, **error.details})]


def _read_requirements(file: Path) -> list[tuple[str, str]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := REQUIREMENT.match(line.strip()))]
    # The one marker there is: what Python 3.11 brings itself.
    return [
        (name, wanted)
        for name, wanted, marker in (match.groups() for match in found)
        if not marker or sys.version_info < HAS_TOMLLIB
    ]


def _find_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _draw(checks: list[Check]) -> str:
    lines: list[str] = []
    for check in checks:
        lines.append(f"{check.state:<8}{check.id:<20}{check.cause}")
        if check.remedy:
            lines.append(f"{'':<28}{check.remedy}")
    return "\n".join(lines)
