"""What is paid before anybody asks: the import, the memory, and the panel's files."""

from __future__ import annotations

import gzip
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from report import ROOT
from rows import Row, Section, at_most, spell

HERE = Path(__file__).resolve().parent
STARTS = 9
MOST_MILLISECONDS, MOST_MEBIBYTES = 30, 10
MOST_OF_THE_PANEL_KIB = 30
MOST_TO_PANEL_MILLISECONDS = 100
STATIC_IMPORT = re.compile(r"""^import\b[^;'"(]*?['"](\.[^'"]+)['"]""", re.MULTILINE)
WHY_THE_START = "some forty small modules are read and run; what is heavy is imported later"
WHY_THE_PANEL = (
    "the target is older than the pages for passwords, sessions, activity and the server; the "
    "dialog loads while the page is idle, each of its pages when it is opened"
)
WHY_THE_CLICK = "on a busy machine the browser gets too little of the two cores"


def measure_start() -> Section:
    """Start fresh processes: an import happens only once in each."""
    runs = [_run_alone("start_up.py", "--front-end-root", str(HERE)) for _ in range(STARTS)]
    cpu = statistics.median(run["milliseconds"] for run in runs)
    memory = statistics.median(run["mebibytes"] for run in runs)
    least = min(run["milliseconds"] for run in runs)
    cpu_target = at_most(cpu, MOST_MILLISECONDS, "ms", WHY_THE_START)
    memory_target = at_most(memory, MOST_MEBIBYTES, "MiB")
    return Section(
        "Importing the extension, beside what ComfyUI has loaded",
        [
            Row("CPU", f"{cpu:.1f} ms (least {least:.1f})", cpu_target),
            Row("memory", f"{memory:.1f} MiB", memory_target),
        ],
    )


def measure_session_cache() -> Section:
    """Fill the memory of who asks, and go on when it is full."""
    found = _run_alone("session_cache.py")
    kept, beyond = spell(found["sessions"]), found["mebibytes_beyond"]
    return Section(
        "The memory of who asks",
        [
            Row(f"{kept} sessions", f"{found['mebibytes']:.1f} MiB"),
            Row("after 12 000, and as well after 100 000: it keeps no more", f"{beyond:.1f} MiB"),
            Row("forgetting one account when it is full", f"{found['forget_milliseconds']:.3f} ms"),
        ],
    )


def measure_panel(browsers: bool) -> Section:
    """Add up the panel's files as a server would send them; and click it open."""
    folder = ROOT / "web" / "js"
    files = {file for file in folder.rglob("*") if file.is_file()}
    first = _imported_by(folder / "passport.js") | {folder / "passport.css"}
    dialog = _imported_by(folder / "dialog" / "dialog_element.mjs") - first
    dialog |= {folder / "dialog" / "dialog.css"}
    whole, early, then = (_packed_kibibytes(each) for each in (files, first, dialog))
    target = at_most(whole, MOST_OF_THE_PANEL_KIB, "KiB", WHY_THE_PANEL)
    return Section(
        "The panel, gzip",
        [
            Row(f"with every page of ComfyUI, {len(first)} files", f"{early:.1f} KiB"),
            Row(f"with the dialog, {len(dialog)} files more", f"{then:.1f} KiB"),
            Row(f"with all its pages, {len(files)} files", f"{whole:.1f} KiB", target),
            *(_open_panels() if browsers else []),
        ],
    )


def _open_panels() -> list[Row]:
    """Measure from the click to the dialog's layout, in the oldest and the newest frontend."""
    command = [sys.executable, "dev", "test", "--full", "-q", "-s"]
    command += ["tests/browser/measure_first_paint.py"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    found = re.findall(r"first paint: median (\d+) ms", done.stdout)
    if not found:
        return [Row("click to panel", "not measured: no browser")]
    rows: list[Row] = []
    for frontend, text in zip(("oldest", "newest"), found, strict=False):
        target = at_most(int(text), MOST_TO_PANEL_MILLISECONDS, "ms", WHY_THE_CLICK)
        rows.append(Row(f"click to panel, {frontend} frontend", f"{text} ms", target))
    return rows


def _run_alone(file: str, *arguments: str) -> dict[str, Any]:
    """Run one of our files in a process of its own; return the JSON that it prints."""
    command = [sys.executable, str(HERE / file), *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _packed_kibibytes(files: set[Path]) -> float:
    return sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in files) / 1024


def _imported_by(file: Path) -> set[Path]:
    """Return the file and what it imports at once, and so on; ComfyUI's own files are not ours."""
    found: set[Path] = set()
    waiting = [file.resolve()]
    while waiting:
        each = waiting.pop()
        if each in found or not each.is_file():
            continue
        found.add(each)
        names = STATIC_IMPORT.findall(each.read_text(encoding="utf-8"))
        waiting += [(each.parent / name).resolve() for name in names]
    return found
