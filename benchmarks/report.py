"""Showing sections: on the terminal as they come, and in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

import alias  # noqa: F401  # first: it makes `passport` importable
from passport.clock import utc_now
from rows import Row, Section, Target

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
MARKERS = ("<!-- the tables begin -->", "<!-- the tables end -->")


def print_section(section: Section) -> None:
    """Print it for whoever waits."""
    print(f"\n{section.title}", flush=True)
    for row in section.rows:
        target, verdict = "", ""
        if row.target:
            target, verdict = row.target.text, "met" if row.target.met else "MISSED"
        print(f"  {row.name:<52} {row.figure:>32}   {target:<12} {verdict}".rstrip(), flush=True)


def describe_machine() -> str:
    """Say where and when this is measured, and what."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    return (
        f"{utc_now():%d %B %Y}, commit {commit.strip() or 'unknown'}: {os.cpu_count()} cores "
        f"({platform.machine()}), Python {platform.python_version()} on {platform.system()}, "
        f"load {load:.1f} at the start."
    )


def write_document(machine: str, sections: Sequence[Section]) -> None:
    """Put these tables into the document, in place of all that stood between its markers."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(MARKERS[0])
    _, _, after = rest.partition(MARKERS[1])
    tables = "\n\n".join([machine, *(_write_section(section) for section in sections)])
    text = f"{before}{MARKERS[0]}\n{tables}\n{MARKERS[1]}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


def _write_section(section: Section) -> str:
    head = [f"### {section.title}", "", "| what | figure | target | |", "|---|---|---|---|"]
    return "\n".join([*head, *(_write_row(row) for row in section.rows)])


def _write_row(row: Row) -> str:
    target = row.target
    text = target.text if target else ""
    return f"| {row.name} | {row.figure} | {text} | {_write_verdict(target)} |"


def _write_verdict(target: Target | None) -> str:
    if target is None:
        return ""
    if target.met:
        return "met"
    return f"**missed**: {target.reason}" if target.reason else "**missed**"
