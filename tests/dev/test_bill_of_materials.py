"""python3 dev sbom: every package that Passport runs with, once, in the version that is here."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from passport.dev.bill_of_materials import write_bill
from passport.version import VERSION

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"


@pytest.fixture(scope="module")
def bill():
    return write_bill("passport")


@pytest.mark.asvs("15.1.2")
def test_it_names_what_passport_needs_and_what_that_needs(bill):
    found = {part["name"].lower(): part["version"] for part in bill["components"]}
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        name = re.split("[><=;]", line)[0].strip().lower()
        if "python_version" not in line:
            assert found[name] == version(name)
    assert {"yarl", "mako", "cffi"} <= found.keys(), "of aiohttp, alembic and cryptography"
    assert "pytest" not in found


def test_it_has_the_form_of_cyclonedx(bill):
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch("urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    assert bill["metadata"]["component"]["version"] == VERSION
    for part in bill["components"]:
        assert part["type"] == "library"
        assert re.fullmatch(r"pkg:pypi/[a-z0-9.-]+@\S+", part["purl"])


def test_each_part_is_there_once_and_what_it_needs_is_there(bill):
    refs = [part["bom-ref"] for part in bill["components"]]
    assert len(refs) == len(set(refs))
    assert [each["ref"] for each in bill["dependencies"]] == ["passport", *refs]
    assert {ref for each in bill["dependencies"] for ref in each["dependsOn"]} == set(refs)
